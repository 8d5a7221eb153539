package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	withoutText = prometheus.NewDesc("daybook_audit_events_without_text", "Events whose text is not stored yet; readers get it all the same.", nil, nil)
	textLag     = prometheus.NewDesc("daybook_audit_text_lag_seconds", "Age of the oldest event whose text is not stored yet.", nil, nil)
)

// Metrics is a prometheus.Collector of how far the texts are behind, read from the database at every scrape.
type Metrics struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
}

// Describe is part of prometheus.Collector.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- withoutText
	ch <- textLag
}

// Collect is part of prometheus.Collector. It sends nothing if the database does not answer within five seconds.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var events, seconds float64
	err := m.DB.QueryRow(ctx, `SELECT waiting.events, COALESCE(EXTRACT(epoch FROM clock_timestamp() - (SELECT occurred_at FROM audit.events WHERE id = waiting.first)), 0)
		FROM (SELECT count(*) AS events, min(event_id) AS first FROM audit.textless) AS waiting`).Scan(&events, &seconds)
	if err != nil {
		m.Logger.WarnContext(ctx, "cannot read the metrics of the audit log", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(withoutText, prometheus.GaugeValue, events)
	ch <- prometheus.MustNewConstMetric(textLag, prometheus.GaugeValue, seconds)
}
