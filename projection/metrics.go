package projection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
		reads.of(name)
	}
	return m
}

func (m metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.batch, m.marks, m.stored, m.failures, &reads}
}

// gauges describe the state of the database, read at every scrape.
var gauges = map[string]*prometheus.Desc{
	"backlog":     prometheus.NewDesc("daybook_projection_backlog", "Marks waiting to be absorbed.", []string{"projection"}, nil),
	"lag":         prometheus.NewDesc("daybook_projection_lag_seconds", "Age of the oldest mark; exact reads do not lag.", []string{"projection"}, nil),
	"quarantined": prometheus.NewDesc("daybook_projection_quarantined", "Keys whose source row cannot be computed.", []string{"projection"}, nil),
	"drift":       prometheus.NewDesc("daybook_projection_drift_rows", "Stored rows that verifications found to differ unmarked, since the beginning.", []string{"projection"}, nil),
	"paused":      prometheus.NewDesc("daybook_projection_paused", "1 while the projection is paused: it is not refreshed.", []string{"projection"}, nil),
}

// These two say who keeps dead rows from being removed, and since when.
var (
	horizonTransactions = prometheus.NewDesc("daybook_horizon_transactions", "How many transactions ago the oldest held snapshot or open transaction began, by who holds it; dead rows since then cannot be removed.", []string{"holder"}, nil)
	horizonSeconds      = prometheus.NewDesc("daybook_horizon_seconds", "The same in seconds, where the server tells.", []string{"holder"}, nil)
)

// horizon is who holds the oldest snapshot or transaction that keeps rows of this database: a session or a standby by its
// application's name, a prepared transaction or a replication slot by its own. age counts transactions; since is nil where the
// server does not tell this role. No row means that nobody does.
const horizon = `SELECT holder, age, extract(epoch FROM clock_timestamp() - since)::float8 FROM (
	SELECT CASE backend_type WHEN 'walsender' THEN 'standby ' ELSE 'session ' END || application_name, age(CASE WHEN age(backend_xid) > age(backend_xmin) THEN backend_xid ELSE COALESCE(backend_xmin, backend_xid) END), xact_start
	FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker' AND (datname = current_database() OR datname IS NULL)
	UNION ALL SELECT 'prepared transaction ' || gid, age(transaction), prepared FROM pg_prepared_xacts WHERE database = current_database()
	UNION ALL SELECT 'replication slot ' || slot_name, age(xmin), NULL FROM pg_replication_slots WHERE xmin IS NOT NULL) h (holder, age, since)
ORDER BY age DESC LIMIT 1`

// Horizon is who holds the oldest snapshot or transaction, so that dead rows since then cannot be removed.
type Horizon struct {
	// Holder is "nobody" if nobody does.
	Holder string
	// Transactions is how many transactions ago it began, and Age how long ago; nil where the server does not tell.
	Transactions int64
	Age          *time.Duration
}

// Horizon returns who holds the horizon of the database.
func (e *Engine) Horizon(ctx context.Context) (Horizon, error) {
	var h Horizon
	var seconds *float64
	err := e.pool.QueryRow(ctx, horizon).Scan(&h.Holder, &h.Transactions, &seconds)
	if errors.Is(err, pgx.ErrNoRows) {
		return Horizon{Holder: "nobody", Age: new(time.Duration)}, nil
	}
	if err != nil {
		return Horizon{}, fmt.Errorf("read the horizon: %w", err)
	}
	if seconds != nil {
		age := time.Duration(*seconds * float64(time.Second))
		h.Age = &age
	}
	return h, nil
}

// collectHorizon sends the age of the horizon and who holds it.
func (e *Engine) collectHorizon(ctx context.Context, ch chan<- prometheus.Metric) error {
	h, err := e.Horizon(ctx)
	if err != nil {
		return err
	}
	ch <- prometheus.MustNewConstMetric(horizonTransactions, prometheus.GaugeValue, float64(h.Transactions), h.Holder)
	if h.Age != nil {
		ch <- prometheus.MustNewConstMetric(horizonSeconds, prometheus.GaugeValue, h.Age.Seconds(), h.Holder)
	}
	return nil
}

// Describe sends the descriptions of the engine's counters and histograms.
func (e *Engine) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range e.metrics.collectors() {
		c.Describe(ch)
	}
}

// Collect sends this process's counters and histograms. What is the same for all processes is State's.
func (e *Engine) Collect(ch chan<- prometheus.Metric) {
	for _, c := range e.metrics.collectors() {
		c.Collect(ch)
	}
}

// State returns a collector of the gauges that are read from the database at every scrape: backlog, lag, quarantine, drift,
// pauses, and the horizon. They are of the database, so one process is enough to show them.
func (e *Engine) State() prometheus.Collector { return databaseState{e} }

type databaseState struct{ *Engine }

// Describe is part of prometheus.Collector.
func (databaseState) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range gauges {
		ch <- d
	}
	ch <- horizonTransactions
	ch <- horizonSeconds
}

// Collect is part of prometheus.Collector. It leaves out what the database does not answer within five seconds.
func (e databaseState) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := e.collectHorizon(ctx, ch); err != nil {
		e.logger.WarnContext(ctx, "cannot read the horizon's metrics", "error", err)
	}
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
