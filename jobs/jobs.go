// Package jobs is the work in the background, done by River: refreshing, sweeping, rebuilding and
// verifying projections, writing the texts of audit events, sending changes to webhooks, telling users of them, and deleting what has been kept long
// enough. It has the one list of queues and periodic jobs, and a file for each kind of job.
//
// A process that answers requests makes a client that only inserts, and hands Wake to the write
// side; one that works makes a client with Config.Work and starts it:
//
//	client, err := jobs.NewClient(pool, engine, jobs.Config{Work: true, Logger: logger})
//	err = client.Start(ctx)
//
// A refresh job is only a wake-up; the marks in the database say what is to be done. A commit
// inserts one, which names the projections that it has marked. In a process at most one run of a
// projection is under way and one waits, which later jobs join; under load runs begin Config.Lag
// apart. Refresh jobs are not unique: River's uniqueness counts the running job too, and would
// drop the wake-up of a write whose marks the running refresh cannot see.
package jobs

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"daybook/internal/audit"
	"daybook/migrations"
	"daybook/projection"
)

// The queues. Refreshes of materialized views are long and have a queue of their own, of which
// one is worked at a time; rebuilds, verifications and deletions share another. The sweep is short and
// frequent, and texts may take many jobs in a row: each of the two has its own queue, so that
// neither waits for the long ones. So has reading the feed of changes, and so have sending to webhooks
// and sending e-mails, whose receivers may be slow.
const (
	QueueRefresh     = "refresh"
	QueueViews       = "views"
	QueueMaintenance = "maintenance"
	QueueSweep       = "sweep"
	QueueTexts       = "texts"
	QueueFeed        = "feed"
	QueueWebhooks    = "webhooks"
	QueueMails       = "mails"
)

// maxWebhookJobs is how many endpoints a process sends to at once. Jobs mostly wait for receivers.
const maxWebhookJobs = 32

// seldom is how often workers look by themselves in the queues whose jobs are inserted again, and notified of again, five seconds
// later: by the next period, for as long as there is something to do.
const seldom = 30 * time.Second

// usualLag is the Config.Lag of who gives none. A part of the lag passes between two fetches, the rest between two runs of a projection.
const (
	usualLag      = 100 * time.Millisecond
	fetchesPerLag = 4
)

// Client inserts jobs and, if its Config says so, works them.
type Client = river.Client[pgx.Tx]

// Config configures a client.
type Config struct {
	// Work says that the client works jobs; otherwise it only inserts them.
	Work bool
	// Logger is River's and the workers'; nil is slog's default.
	Logger *slog.Logger
	// Middleware wraps inserting and working, for tracing.
	Middleware []rivertype.Middleware
	// Lag is how long a commit waits at most, under load, until a refresh begins that absorbs it
	// together with others; 0 is 100 milliseconds. Without load it waits for nothing.
	Lag time.Duration
	// SweepEvery and VerifyEvery are the periods of those jobs; 0 is 5 seconds and an
	// hour. A sweep also runs when a client starts to work.
	SweepEvery, VerifyEvery time.Duration
	// RenewEvery is the period in which materialized views are refreshed though nothing was marked; 0 is never.
	RenewEvery time.Duration
	// SliceBudget is how long a rebuild or verify job goes on from slice to slice before it
	// requeues the rest; 0 is 20 seconds. A job does at least one slice.
	SliceBudget time.Duration
	// TextsEvery and RetainEvery are the periods of those jobs; 0 is 5 seconds and an hour. A period in which all events
	// have their texts has no job.
	TextsEvery, RetainEvery time.Duration
	// KeepEvents is how long audit events are kept, and KeepKeys idempotency keys; 0 is for
	// ever and 30 days.
	KeepEvents, KeepKeys time.Duration
	// Webhooks sends changes to webhooks; nil sends nothing.
	Webhooks *Webhooks
	// Notifications tells users of changes; nil tells nothing.
	Notifications *Notifications
	// FeedEvery is the period in which the feed of changes is read for those who are told of them; 0 is a second. A period
	// in which nobody is to be told of anything has no job.
	FeedEvery time.Duration
}

// NewClient makes a client on the pool. The caller starts and stops a client that works; its
// pool must be of the role that owns the projections.
func NewClient(pool *pgxpool.Pool, engine *projection.Engine, config Config) (*Client, error) {
	c := &river.Config{
		Schema:        migrations.RiverSchema,
		Logger:        config.Logger,
		FetchCooldown: 5 * time.Millisecond,
		// Workers are notified of inserted jobs. They look by themselves too, for what was inserted
		// while they could not listen.
		FetchPollInterval:           5 * time.Second,
		CompletedJobRetentionPeriod: 10 * time.Minute,
		// A job that died with its process counts as running until it is rescued: River looks every
		// 30 seconds for jobs older than both this and their Timeout.
		JobTimeout:           10 * time.Second,
		RescueStuckJobsAfter: 15 * time.Second,
		Middleware:           append([]rivertype.Middleware{&logged{logger: cmp.Or(config.Logger, slog.Default())}}, config.Middleware...),
	}
	if config.Work {
		config.Lag = cmp.Or(config.Lag, usualLag)
		fetch := max(config.Lag/fetchesPerLag, c.FetchCooldown)
		c.Workers = workers(pool, engine, config)
		c.Queues = map[string]river.QueueConfig{
			QueueRefresh:     {MaxWorkers: maxRefreshJobs, FetchCooldown: fetch},
			QueueViews:       {MaxWorkers: maxRefreshJobs, FetchCooldown: fetch},
			QueueMaintenance: {MaxWorkers: 2},
			QueueSweep:       {MaxWorkers: 1, FetchPollInterval: seldom},
			QueueTexts:       {MaxWorkers: 1},
		}
		c.PeriodicJobs = []*river.PeriodicJob{
			periodic("sweep", config.SweepEvery, 5*time.Second, SweepArgs{}, true),
			periodic("verify", config.VerifyEvery, time.Hour, VerifyAllArgs{}, false),
			periodic("retain", config.RetainEvery, time.Hour, RetainArgs{}, true),
			where(pool, audit.Textless, cmp.Or(config.TextsEvery, 5*time.Second), TextsArgs{}),
		}
	}
	if config.Work && (config.Webhooks != nil || config.Notifications != nil) {
		c.Queues[QueueFeed] = river.QueueConfig{MaxWorkers: 1, FetchPollInterval: seldom}
		c.PeriodicJobs = append(c.PeriodicJobs, where(pool, feedWaiting(config), cmp.Or(config.FeedEvery, time.Second), FeedArgs{}))
		river.AddWorker(c.Workers, &feedWorker{engine: engine, pool: pool, webhooks: config.Webhooks, notifications: config.Notifications})
	}
	if config.Work && config.Webhooks != nil {
		c.Queues[QueueWebhooks] = river.QueueConfig{MaxWorkers: maxWebhookJobs, FetchPollInterval: seldom}
		river.AddWorker(c.Workers, &webhookWorker{engine: engine, pool: pool, config: *config.Webhooks})
	}
	if config.Work && config.Notifications != nil && config.Notifications.Mailer != nil {
		c.Queues[QueueMails] = river.QueueConfig{MaxWorkers: 2, FetchPollInterval: seldom}
		river.AddWorker(c.Workers, &mailsWorker{pool: pool, config: *config.Notifications})
	}
	if config.Work && config.RenewEvery > 0 {
		c.PeriodicJobs = append(c.PeriodicJobs, periodic("renew", config.RenewEvery, 0, RenewArgs{}, false))
	}
	client, err := river.NewClient(riverpgxv5.New(pool), c)
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return client, nil
}

func workers(pool *pgxpool.Pool, engine *projection.Engine, config Config) *river.Workers {
	w, budget := river.NewWorkers(), cmp.Or(config.SliceBudget, 20*time.Second)
	river.AddWorker(w, newRefreshWorker(engine, config.Lag-config.Lag/fetchesPerLag))
	river.AddWorker(w, &sweepWorker{engine: engine, pool: pool})
	river.AddWorker(w, &renewWorker{engine: engine})
	river.AddWorker(w, &rebuildWorker{engine: engine, pool: pool, budget: budget})
	river.AddWorker(w, &verifyAllWorker{engine: engine})
	river.AddWorker(w, &verifyWorker{engine: engine, pool: pool, budget: budget})
	river.AddWorker(w, &textsWorker{pool: pool})
	river.AddWorker(w, &retainWorker{pool: pool, events: config.KeepEvents, keys: cmp.Or(config.KeepKeys, 30*24*time.Hour)})
	return w
}
