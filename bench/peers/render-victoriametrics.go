// A page of os.Args[1] counters by VictoriaMetrics/metrics. For each line of its input all of them change; the answer is
// milliseconds for the page, and its bytes.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

const endpoints = 4

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	set := metrics.NewSet()
	counters := make([]*metrics.Counter, count)
	for i := range counters {
		counters[i] = set.NewCounter(series(i))
	}
	lines := bufio.NewScanner(os.Stdin)
	var page bytes.Buffer
	for lines.Scan() {
		for i, counter := range counters {
			counter.Add(9001 * (1000 + i%1000))
		}
		page.Reset()
		start := time.Now()
		set.WritePrometheus(&page)
		fmt.Printf("%.3f %d\n", float64(time.Since(start))/1e6, page.Len())
	}
}

func series(i int) string {
	client, endpoint := i/endpoints, i%endpoints
	return fmt.Sprintf(`lb_rule_interaction_bytes{service="web",sip="10.%d.%d.%d",dip="192.168.0.%d"}`,
		client>>16&255, client>>8&255, client&255, endpoint+1)
}
