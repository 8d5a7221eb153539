package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/audit"
	"daybook/internal/webhooks"
)

// RetainArgs is the periodic job that deletes audit events, idempotency keys and the log of what was
// sent to webhooks, which have been kept long enough, one batch of each.
type RetainArgs struct{}

// Kind is the job's name in River.
func (RetainArgs) Kind() string { return "retain" }

// InsertOpts allows one such job to wait or run, in the queue of long ones.
func (RetainArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: atMostOne}
}

// keepDeliveries is how long deliveries are kept that were delivered or given up.
const keepDeliveries = 30 * 24 * time.Hour

type retainWorker struct {
	river.WorkerDefaults[RetainArgs]
	pool *pgxpool.Pool
	// events and keys are the retention periods; with 0, events are kept for ever.
	events, keys time.Duration
}

// Timeout leaves time to delete a full batch of each.
func (*retainWorker) Timeout(*river.Job[RetainArgs]) time.Duration { return time.Minute }

// Work deletes a batch of each and, if one was full, requeues itself for the next.
func (w *retainWorker) Work(ctx context.Context, job *river.Job[RetainArgs]) error {
	return pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		var events, keys int
		var err error
		if w.events > 0 {
			if events, err = audit.Forget(ctx, tx, w.events); err != nil {
				return err
			}
		}
		err = tx.QueryRow(ctx, `SELECT canonical.forget_idempotency_keys(now() - $1::interval, $2)`, w.keys, audit.Batch).Scan(&keys)
		if err != nil {
			return fmt.Errorf("forget idempotency keys: %w", err)
		}
		sent, err := webhooks.Forget(ctx, tx, keepDeliveries, audit.Batch)
		if err != nil {
			return err
		}
		if max(events, keys, sent) < audit.Batch {
			return nil
		}
		return requeueTx(ctx, tx, job, RetainArgs{})
	})
}
