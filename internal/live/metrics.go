package live

import "github.com/prometheus/client_golang/prometheus"

var (
	subscribersDesc = prometheus.NewDesc("daybook_live_subscribers", "Subscribers of live queries.", nil, nil)
	queriesDesc     = prometheus.NewDesc("daybook_live_queries", "Live queries that differ: equal ones of many subscribers are one.", nil, nil)
	runsDesc        = prometheus.NewDesc("daybook_live_runs_total", "How often live queries were run.", nil, nil)
	listeningDesc   = prometheus.NewDesc("daybook_live_listening", "1 while changes are heard from the database, or would be if there were subscribers.", nil, nil)
)

// Describe is part of prometheus.Collector.
func (h *Hub) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{subscribersDesc, queriesDesc, runsDesc, listeningDesc} {
		ch <- desc
	}
}

// Collect is part of prometheus.Collector.
func (h *Hub) Collect(ch chan<- prometheus.Metric) {
	h.mu.Lock()
	defer h.mu.Unlock()
	listening := 0.0
	if h.asking || h.connected && len(h.all) == 0 {
		listening = 1
	}
	ch <- prometheus.MustNewConstMetric(subscribersDesc, prometheus.GaugeValue, float64(h.subscribers))
	ch <- prometheus.MustNewConstMetric(queriesDesc, prometheus.GaugeValue, float64(len(h.groups)))
	ch <- prometheus.MustNewConstMetric(runsDesc, prometheus.CounterValue, float64(h.runs))
	ch <- prometheus.MustNewConstMetric(listeningDesc, prometheus.GaugeValue, listening)
}
