package projection

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are of the refreshes of this process.
type metrics struct {
	batch    *prometheus.HistogramVec
	marks    *prometheus.CounterVec
	stored   *prometheus.CounterVec
	failures *prometheus.CounterVec
}

func newMetrics() metrics {
	label := []string{"projection"}
	m := metrics{
		batch: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "daybook_projection_batch_seconds",
			Help: "Duration of one refresh batch, the wait for its lock included.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9)}, label),
		marks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_projection_marks_absorbed_total",
			Help: "Marks absorbed by refreshes."}, label),
		stored: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_projection_rows_stored_total",
			Help: "Rows that refreshes inserted, changed or deleted."}, label),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_projection_failures_total",
			Help: "Refreshes that failed as a whole: lost connections, time-outs, exhausted locks."}, label),
	}
	for _, model := range Defined() { // from the start, so that the first failure is a change from 0
		name := model.ReadModel()
		m.batch.WithLabelValues(name)
		for _, counter := range []*prometheus.CounterVec{m.marks, m.stored, m.failures} {
			counter.WithLabelValues(name)
		}
	}
	return m
}

// storedReads counts the reads of this process that asked for exact rows and got stored ones.
var storedReads = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_projection_stored_reads_total",
	Help: "Reads that came from the stored copy though stored rows were not asked for, by reason: backlog or error."}, []string{"projection", "reason"})

func (m metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.batch, m.marks, m.stored, m.failures, storedReads}
}

// gauges describe the state of the database, read at every scrape.
var gauges = map[string]*prometheus.Desc{
	"backlog":     prometheus.NewDesc("daybook_projection_backlog", "Marks waiting to be absorbed.", []string{"projection"}, nil),
	"lag":         prometheus.NewDesc("daybook_projection_lag_seconds", "Age of the oldest mark; exact reads do not lag.", []string{"projection"}, nil),
	"quarantined": prometheus.NewDesc("daybook_projection_quarantined", "Keys whose source row cannot be computed.", []string{"projection"}, nil),
	"drift":       prometheus.NewDesc("daybook_projection_drift_total", "Stored rows that verification found to differ unmarked.", []string{"projection"}, nil),
	"paused":      prometheus.NewDesc("daybook_projection_paused", "1 while the projection is paused: it is not refreshed.", []string{"projection"}, nil),
}

// Describe sends the descriptions of all metrics of the engine.
func (e *Engine) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range e.metrics.collectors() {
		c.Describe(ch)
	}
	for _, d := range gauges {
		ch <- d
	}
}

// Collect sends this process's counters, and the gauges that it reads from the database. They
// are left out if the database does not answer within five seconds.
func (e *Engine) Collect(ch chan<- prometheus.Metric) {
	for _, c := range e.metrics.collectors() {
		c.Collect(ch)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := e.List(ctx)
	if err != nil {
		e.logger.WarnContext(ctx, "cannot read the projections' metrics", "error", err)
		return
	}
	for _, s := range list {
		paused := 0.0
		if s.Paused {
			paused = 1
		}
		for name, v := range map[string]float64{"backlog": float64(s.Backlog), "lag": s.OldestMark.Seconds(),
			"quarantined": float64(s.Quarantined), "drift": float64(s.DriftFound), "paused": paused} {
			ch <- prometheus.MustNewConstMetric(gauges[name], prometheus.GaugeValue, v, s.Name)
		}
	}
}
