// A page of os.Args[1] counters by VictoriaMetrics/metrics. For each line of its input all of them change, and one of
// twenty gives way to a new one; the answer is milliseconds for the page, and its bytes.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

const endpoints = 4
const churn = 20

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	names := make([]string, 0, count)
	for i := 0; i < count; i++ {
		names = append(names, series(i))
	}
	lines := bufio.NewScanner(os.Stdin)
	var page bytes.Buffer
	for made := count; lines.Scan(); made += count / churn {
		names = replace(names, made, count/churn)
		set := register(names)
		page.Reset()
		start := time.Now()
		set.WritePrometheus(&page)
		fmt.Printf("%.3f %d\n", float64(time.Since(start))/1e6, page.Len())
	}
}

// The library keeps what is left in the order of the last page, and appends what is new.
func replace(names []string, made, count int) []string {
	sort.Strings(names)
	left := names[:0]
	for i, name := range names {
		if i%churn != 0 {
			left = append(left, name)
		}
	}
	for i := 0; i < count; i++ {
		left = append(left, series(made+i))
	}
	return left
}

// A set made anew is as one in which series were replaced, and UnregisterMetric takes a millisecond for each of them.
func register(names []string) *metrics.Set {
	set := metrics.NewSet()
	for i, name := range names {
		set.NewCounter(name).Set(uint64(9001 * (1000 + i%1000)))
	}
	return set
}

func series(i int) string {
	client, endpoint := i/endpoints, i%endpoints
	return fmt.Sprintf(`lb_rule_interaction_bytes{service="web",sip="10.%d.%d.%d",dip="192.168.0.%d"}`,
		client>>16&255, client>>8&255, client&255, endpoint+1)
}
