package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"daybook/migrations"
)

// Metrics counts and times the jobs that a process works. It is a prometheus.Collector, and a middleware for Config.
type Metrics struct {
	river.MiddlewareDefaults
	worked   *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewMetrics makes the metrics of a process.
func NewMetrics() *Metrics {
	return &Metrics{
		worked: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_jobs_worked_total",
			Help: "Jobs that this process has worked, by how it ended: completed, failed (it is tried again), cancelled or snoozed."}, []string{"kind", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "daybook_job_duration_seconds",
			Help: "Time to work a job, its wait for a run that it joined included.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9)}, []string{"kind"}),
	}
}

// Work is part of rivertype.WorkerMiddleware.
func (m *Metrics) Work(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	begin := time.Now()
	err := work(ctx)
	m.duration.WithLabelValues(job.Kind).Observe(time.Since(begin).Seconds())
	m.worked.WithLabelValues(job.Kind, result(err)).Inc()
	return err
}

// result names how a job ended.
func result(err error) string {
	var snoozed *river.JobSnoozeError
	var cancelled *river.JobCancelError
	switch {
	case err == nil:
		return "completed"
	case errors.As(err, &snoozed):
		return "snoozed"
	case errors.As(err, &cancelled):
		return "cancelled"
	}
	return "failed"
}

// Describe is part of prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.worked.Describe(ch)
	m.duration.Describe(ch)
}

// Collect is part of prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.worked.Collect(ch)
	m.duration.Collect(ch)
}

// Queued is how many jobs of one kind and queue are in one state, of those that are not done.
type Queued struct {
	Kind, Queue, State string
	Jobs               int64
	// Oldest is how long the oldest has been due; 0 for jobs that are not.
	Oldest time.Duration
}

// Backlog returns the jobs that are not done, or that were given up, by kind, queue and state.
func Backlog(ctx context.Context, db *pgxpool.Pool) ([]Queued, error) {
	rows, _ := db.Query(ctx, `
		SELECT kind, queue, state::text,
			count(*) AS jobs, CASE WHEN state = 'available' THEN GREATEST(clock_timestamp() - min(scheduled_at), '0') ELSE '0' END AS oldest
		FROM `+migrations.RiverSchema+`.river_job
		WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled', 'discarded')
		GROUP BY kind, queue, state ORDER BY kind, queue, state`)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Queued])
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	return list, nil
}

// Idle returns how long ago the last job was completed, in any process. found is false where none is kept: none ran in the
// last ten minutes, or none ever did.
func Idle(ctx context.Context, db *pgxpool.Pool) (idle time.Duration, found bool, err error) {
	var since *time.Duration
	err = db.QueryRow(ctx, `
		SELECT GREATEST(clock_timestamp() - max(finalized_at), '0') FROM `+migrations.RiverSchema+`.river_job
		WHERE state = 'completed' AND finalized_at IS NOT NULL`).Scan(&since)
	if err != nil {
		return 0, false, fmt.Errorf("age of the last job: %w", err)
	}
	if since == nil {
		return 0, false, nil
	}
	return *since, true, nil
}

// IdleAfter is how long workers may complete nothing before they count as missing: sweeps come every five seconds.
const IdleAfter = 30 * time.Second

// kinds are those of all jobs.
var kinds = []string{
	RefreshArgs{}.Kind(), SweepArgs{}.Kind(), RenewArgs{}.Kind(), RebuildArgs{}.Kind(), VerifyAllArgs{}.Kind(), VerifyArgs{}.Kind(),
	TextsArgs{}.Kind(), RetainArgs{}.Kind(),
}

var (
	queuedJobs = prometheus.NewDesc("daybook_jobs", "Jobs that are not done, or were given up (discarded), by kind and state.", []string{"kind", "state"}, nil)
	queueLag   = prometheus.NewDesc("daybook_job_queue_lag_seconds", "How long the oldest job of a queue has been due and waits for a worker.", []string{"queue"}, nil)
	idleTime   = prometheus.NewDesc("daybook_workers_idle_seconds", "Time since any worker completed a job; sweeps come every five seconds. Infinite if none did in ten minutes.", nil, nil)
)

// State is a prometheus.Collector of the jobs in the database, read at every scrape. They are of the database, so one
// process is enough to show them.
type State struct {
	DB     *pgxpool.Pool
	Logger *slog.Logger
}

// Describe is part of prometheus.Collector.
func (State) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queuedJobs, queueLag, idleTime} {
		ch <- d
	}
}

// Collect is part of prometheus.Collector. It sends nothing if the database does not answer within five seconds.
func (s State) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := Backlog(ctx, s.DB)
	if err != nil {
		s.Logger.WarnContext(ctx, "cannot read the metrics of the jobs", "error", err)
		return
	}
	idle, found, err := Idle(ctx, s.DB)
	if err != nil {
		s.Logger.WarnContext(ctx, "cannot read the metrics of the jobs", "error", err)
		return
	}
	jobs, lag := map[[2]string]int64{}, map[string]time.Duration{}
	for _, queue := range []string{QueueRefresh, QueueViews, QueueMaintenance, QueueSweep, QueueTexts} {
		lag[queue] = 0
	}
	for _, kind := range kinds {
		for _, state := range []string{"available", "running", "retryable", "discarded"} {
			jobs[[2]string{kind, state}] = 0
		}
	}
	for _, q := range list {
		jobs[[2]string{q.Kind, q.State}] += q.Jobs
		lag[q.Queue] = max(lag[q.Queue], q.Oldest)
	}
	for of, n := range jobs {
		ch <- prometheus.MustNewConstMetric(queuedJobs, prometheus.GaugeValue, float64(n), of[0], of[1])
	}
	for queue, age := range lag {
		ch <- prometheus.MustNewConstMetric(queueLag, prometheus.GaugeValue, age.Seconds(), queue)
	}
	seconds := math.Inf(1)
	if found {
		seconds = idle.Seconds()
	}
	ch <- prometheus.MustNewConstMetric(idleTime, prometheus.GaugeValue, seconds)
}
