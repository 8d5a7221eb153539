package webhooks

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

var deliveries = prometheus.NewDesc("daybook_webhook_deliveries", "Deliveries to webhooks that are neither delivered nor given up, by whether they have failed: pending or failing.", []string{"state"}, nil)

// Metrics is a prometheus.Collector of the deliveries that are not settled, read from the database at every scrape.
type Metrics struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
}

// Describe is part of prometheus.Collector.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) { ch <- deliveries }

// Collect is part of prometheus.Collector. It sends nothing if the database does not answer within five seconds.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var unsettled, failing float64
	err := m.DB.QueryRow(ctx, `SELECT coalesce(sum(pending), 0)::float, coalesce(sum(failing), 0)::float FROM exact.webhook_totals`).Scan(&unsettled, &failing)
	if err != nil {
		m.Logger.WarnContext(ctx, "cannot read the metrics of webhooks", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(deliveries, prometheus.GaugeValue, unsettled-failing, "pending")
	ch <- prometheus.MustNewConstMetric(deliveries, prometheus.GaugeValue, failing, "failing")
}
