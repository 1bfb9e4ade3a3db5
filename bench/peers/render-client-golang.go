// A page of os.Args[1] counters by client_golang's constant metrics, as exporters of foreign numbers make them. For each
// line of its input all of them change, and one of twenty gives way to a new one; the answer is milliseconds for the
// page, and its bytes.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

const endpoints = 4
const churn = 20

type pairs struct {
	description *prometheus.Desc
	clients     []string
	endpoints   [endpoints]string
	counted     []float64
}

func (p *pairs) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- p.description
}

func (p *pairs) Collect(samples chan<- prometheus.Metric) {
	for i, value := range p.counted {
		samples <- prometheus.MustNewConstMetric(p.description, prometheus.CounterValue, value,
			"web", p.clients[i/endpoints], p.endpoints[i%endpoints])
	}
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	collector := newPairs(count)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector)
	lines := bufio.NewScanner(os.Stdin)
	var page bytes.Buffer
	for made := count; lines.Scan(); made += count / churn {
		copy(collector.clients, collector.clients[count/churn/endpoints:])
		nameClients(collector.clients[len(collector.clients)-count/churn/endpoints:], made/endpoints)
		for i := range collector.counted {
			collector.counted[i] += float64(9001 * (1000 + i%1000))
		}
		page.Reset()
		start := time.Now()
		if err := render(registry, &page); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.3f %d\n", float64(time.Since(start))/1e6, page.Len())
	}
}

func newPairs(count int) *pairs {
	p := &pairs{
		description: prometheus.NewDesc("lb_rule_interaction_bytes", "Bytes between the client and the endpoint.",
			[]string{"service", "sip", "dip"}, nil),
		clients: make([]string, (count+endpoints-1)/endpoints),
		counted: make([]float64, count),
	}
	nameClients(p.clients, 0)
	for i := range p.endpoints {
		p.endpoints[i] = fmt.Sprintf("192.168.0.%d", i+1)
	}
	return p
}

func nameClients(clients []string, first int) {
	for i := range clients {
		client := first + i
		clients[i] = fmt.Sprintf("10.%d.%d.%d", client>>16&255, client>>8&255, client&255)
	}
}

func render(registry *prometheus.Registry, page *bytes.Buffer) error {
	families, err := registry.Gather()
	if err != nil {
		return err
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(page, family); err != nil {
			return err
		}
	}
	return nil
}
