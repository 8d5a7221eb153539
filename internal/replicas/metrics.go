package replicas

import "github.com/prometheus/client_golang/prometheus"

var standingBy = prometheus.NewDesc("daybook_replicas_standing_by", "Replicas that answer, and stand by.", nil, nil)

// Describe is part of prometheus.Collector.
func (s *Set) Describe(ch chan<- *prometheus.Desc) { ch <- standingBy }

// Collect is part of prometheus.Collector.
func (s *Set) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.replicas {
		if r.standsBy {
			n++
		}
	}
	ch <- prometheus.MustNewConstMetric(standingBy, prometheus.GaugeValue, float64(n))
}
