package jobs

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/propagation"

	"daybook/migrations"
)

// insertRefreshes inserts one job for the tables and sums, and one for the materialized views, among the read models that the
// transaction has marked, with the metadata $5; as River's client does, but by one statement. The columns that it leaves out have its defaults.
const insertRefreshes = `
	INSERT INTO ` + migrations.RiverSchema + `.river_job (kind, max_attempts, queue, args, metadata)
	SELECT $1, $2, CASE WHEN kind = 'materialized_view' THEN $3 ELSE $4 END, jsonb_build_object('projections', jsonb_agg(name ORDER BY name)), $5
	FROM engine.projections WHERE name = ANY (string_to_array(current_setting('engine.marked', true), ','))
	GROUP BY kind = 'materialized_view' RETURNING queue`

// traceOf returns the metadata with which a job links to the span of ctx, as River's traces expect it; empty without a span.
func traceOf(ctx context.Context) propagation.MapCarrier {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier
}

// Wake returns the function that the write side calls when a transaction ends. Its statement inserts the refresh jobs of what
// the transaction has marked, and after the commit the workers are notified through pool.
//
// PostgreSQL lets transactions that notify commit one after the other, so the writing ones do not. Under load one notification
// follows many commits, since workers fetch jobs no more often. One that is lost with the process delays its jobs until the workers look by themselves.
func Wake(pool *pgxpool.Pool, logger *slog.Logger) func(ctx context.Context, last *pgx.Batch) (committed func()) {
	n := &notifier{pool: pool, logger: logger}
	return func(ctx context.Context, last *pgx.Batch) func() {
		var queues []string
		last.Queue(insertRefreshes, RefreshArgs{}.Kind(), river.MaxAttemptsDefault, QueueViews, QueueRefresh, traceOf(ctx)).Query(func(rows pgx.Rows) (err error) {
			queues, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		return func() { n.notify(queues) }
	}
}

// notifier notifies workers of the queues into which jobs were inserted.
type notifier struct {
	pool   *pgxpool.Pool
	logger *slog.Logger
	mu     sync.Mutex
	asked  map[string]bool // the queues of the next notification; nil if none is under way
}

// notify has the workers notified. If a notification is under way, or was just now, another one follows it.
func (n *notifier) notify(queues []string) {
	if len(queues) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	idle := n.asked == nil
	if idle {
		n.asked = map[string]bool{}
	}
	for _, queue := range queues {
		n.asked[queue] = true
	}
	if idle {
		go n.run()
	}
}

// run notifies until nobody has asked for it since it last began. A notification follows another one when the workers may fetch
// again: what is committed meanwhile is fetched no later for it.
func (n *notifier) run() {
	for queues := n.next(); queues != nil; queues = n.next() {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		_, err := n.pool.Exec(ctx, `SELECT pg_notify($1, json_build_object('queue', queue)::text) FROM unnest($2::text[]) AS queue`,
			migrations.RiverSchema+".river_insert", queues)
		cancel()
		if err != nil {
			n.logger.Debug("the workers were not notified of jobs", "error", err)
		}
		time.Sleep(usualLag/fetchesPerLag - time.Since(begin))
	}
}

// next returns the queues to notify, nil if there are none.
func (n *notifier) next() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.asked) == 0 {
		n.asked = nil
		return nil
	}
	queues := slices.Collect(maps.Keys(n.asked))
	n.asked = map[string]bool{}
	return queues
}
