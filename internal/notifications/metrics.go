package notifications

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

var mails = prometheus.NewDesc("daybook_notification_mails", "E-mails that are not sent, by what they are: pending, of which nobody has tried any; retried after a failure; failed for good within the last day.", []string{"state"}, nil)

// Metrics is a prometheus.Collector of the e-mails that are not sent, read from the database at every scrape.
type Metrics struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
}

// Describe is part of prometheus.Collector.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) { ch <- mails }

// Collect is part of prometheus.Collector. It sends nothing if the database does not answer within five seconds.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var pending, retried, failed float64
	err := m.DB.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'pending' AND failure = ''), count(*) FILTER (WHERE state = 'pending' AND failure <> ''),
			count(*) FILTER (WHERE state = 'failed')
		FROM canonical.notifications WHERE state = 'pending' OR state = 'failed' AND next_attempt_at > now() - interval '1 day'`).Scan(&pending, &retried, &failed)
	if err != nil {
		m.Logger.WarnContext(ctx, "cannot read the metrics of notifications", "error", err)
		return
	}
	for state, value := range map[string]float64{"pending": pending, "retried": retried, "failed": failed} {
		ch <- prometheus.MustNewConstMetric(mails, prometheus.GaugeValue, value, state)
	}
}
