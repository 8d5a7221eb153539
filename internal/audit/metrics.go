package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	textless = prometheus.NewDesc("daybook_audit_events_without_text", "Events whose text is still to be made and stored; readers have it.", nil, nil)
	waited   = prometheus.NewDesc("daybook_audit_text_lag_seconds", "Age of the oldest of them.", nil, nil)
)

// Metrics tells Prometheus how far the texts of events are behind, as the database says at every scrape.
type Metrics struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
}

// Describe is part of prometheus.Collector.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- textless
	ch <- waited
}

// Collect is part of prometheus.Collector. Where the database does not answer within five seconds, nothing is said.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var events, seconds float64
	err := m.DB.QueryRow(ctx, `SELECT count(*), COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(occurred_at)), 0)
		FROM audit.events WHERE text IS NULL AND text_error IS NULL`).Scan(&events, &seconds)
	if err != nil {
		m.Logger.WarnContext(ctx, "metrics of the audit log are not to be had", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(textless, prometheus.GaugeValue, events)
	ch <- prometheus.MustNewConstMetric(waited, prometheus.GaugeValue, seconds)
}
