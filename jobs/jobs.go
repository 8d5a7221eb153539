// Package jobs wakes the projection engine: River workers that refresh, sweep, rebuild and
// verify; makes the texts of audit events and deletes what is kept long enough; and has the
// one list of queues and periodic jobs.
//
// A job is only a wake-up; the marks in the database are the truth. A refresh job absorbs
// all marks of its projection, so the jobs behind it find nothing and end at once. Refresh
// jobs are never unique: River's uniqueness covers the running job too, and would drop the
// wake-up of a write that the running refresh cannot see any more.
package jobs

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"daybook/migrations"
	"daybook/projection"
)

// The queues. Refreshes of materialized views are long and have a queue of their own, with
// one worker; so have rebuilds and verifications. The sweep is short and comes often, so it
// waits behind none of them; nor do texts, of which many may come one after the other.
const (
	QueueRefresh     = "refresh"
	QueueViews       = "views"
	QueueMaintenance = "maintenance"
	QueueSweep       = "sweep"
	QueueTexts       = "texts"
)

// Client inserts and works jobs.
type Client = river.Client[pgx.Tx]

// Config says what a client is for.
type Config struct {
	// Work is whether the client works jobs; without, it only inserts them.
	Work   bool
	Logger *slog.Logger
	// Middleware wraps inserting and working, for tracing.
	Middleware []rivertype.Middleware
	// SweepEvery and VerifyEvery are the periods of those jobs; 0 is 5 seconds and an
	// hour. A client that starts to work starts with a sweep.
	SweepEvery, VerifyEvery time.Duration
	// SliceBudget is how long a rebuild or verify job goes on from slice to slice before it
	// hands the rest to a new job; 0 is 20 seconds. It does one slice at least.
	SliceBudget time.Duration
	// TextsEvery and RetainEvery are the periods of those jobs; 0 is 5 seconds and an hour.
	TextsEvery, RetainEvery time.Duration
	// KeepEvents is how long audit events are kept, KeepKeys idempotency keys; 0 is for ever and
	// 30 days.
	KeepEvents, KeepKeys time.Duration
}

// NewClient makes a client on the pool. One that works must be started and stopped by the
// caller.
func NewClient(pool *pgxpool.Pool, engine *projection.Engine, config Config) (*Client, error) {
	c := &river.Config{
		Schema:                      migrations.RiverSchema,
		Logger:                      config.Logger,
		FetchCooldown:               5 * time.Millisecond,
		FetchPollInterval:           100 * time.Millisecond,
		CompletedJobRetentionPeriod: 10 * time.Minute,
		// The sweep is unique: one that died with its process would hold up the next. Jobs
		// with a longer Timeout of their own are left that time.
		RescueStuckJobsAfter: 2 * time.Minute,
		Middleware:           config.Middleware,
	}
	if config.Work {
		c.Workers = workers(pool, engine, config)
		c.Queues = map[string]river.QueueConfig{
			QueueRefresh:     {MaxWorkers: 8},
			QueueViews:       {MaxWorkers: 1},
			QueueMaintenance: {MaxWorkers: 2},
			QueueSweep:       {MaxWorkers: 1},
			QueueTexts:       {MaxWorkers: 1},
		}
		c.PeriodicJobs = []*river.PeriodicJob{
			periodic("sweep", config.SweepEvery, 5*time.Second, SweepArgs{}, true),
			periodic("verify", config.VerifyEvery, time.Hour, VerifyAllArgs{}, false),
			periodic("texts", config.TextsEvery, 5*time.Second, TextsArgs{}, true),
			periodic("retain", config.RetainEvery, time.Hour, RetainArgs{}, true),
		}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), c)
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return client, nil
}

func periodic(id string, every, otherwise time.Duration, args river.JobArgs, onStart bool) *river.PeriodicJob {
	if every == 0 {
		every = otherwise
	}
	return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{ID: id, RunOnStart: onStart})
}

func workers(pool *pgxpool.Pool, engine *projection.Engine, config Config) *river.Workers {
	w, budget := river.NewWorkers(), cmp.Or(config.SliceBudget, 20*time.Second)
	river.AddWorker(w, &refreshWorker{engine: engine})
	river.AddWorker(w, &sweepWorker{engine: engine})
	river.AddWorker(w, &rebuildWorker{engine: engine, pool: pool, budget: budget})
	river.AddWorker(w, &verifyAllWorker{engine: engine})
	river.AddWorker(w, &verifyWorker{engine: engine, pool: pool, budget: budget})
	river.AddWorker(w, &textsWorker{pool: pool})
	river.AddWorker(w, &retainWorker{pool: pool, events: config.KeepEvents, keys: cmp.Or(config.KeepKeys, 30*24*time.Hour)})
	return w
}

// Wake returns the function that the write side calls before it commits: it inserts one
// refresh job for each marked projection, in the writer's own transaction.
func Wake(client *Client, engine *projection.Engine) func(ctx context.Context, tx pgx.Tx, projections []string) error {
	return func(ctx context.Context, tx pgx.Tx, projections []string) error {
		inserts, err := refreshes(ctx, engine, projections)
		if err != nil || len(inserts) == 0 {
			return err
		}
		if _, err := client.InsertManyTx(ctx, tx, inserts); err != nil {
			return fmt.Errorf("enqueue refreshes: %w", err)
		}
		return nil
	}
}

// Refresh inserts a refresh job for each of the projections.
func Refresh(ctx context.Context, client *Client, engine *projection.Engine, projections ...string) error {
	inserts, err := refreshes(ctx, engine, projections)
	if err != nil || len(inserts) == 0 {
		return err
	}
	if _, err := client.InsertMany(ctx, inserts); err != nil {
		return fmt.Errorf("enqueue refreshes: %w", err)
	}
	return nil
}

func refreshes(ctx context.Context, engine *projection.Engine, projections []string) ([]river.InsertManyParams, error) {
	var inserts []river.InsertManyParams
	for _, name := range projections {
		kind, err := engine.Kind(ctx, name)
		if err != nil {
			return nil, err
		}
		queue := QueueRefresh
		if kind == "materialized_view" {
			queue = QueueViews
		}
		inserts = append(inserts, river.InsertManyParams{Args: RefreshArgs{Projection: name}, InsertOpts: &river.InsertOpts{Queue: queue}})
	}
	return inserts, nil
}
