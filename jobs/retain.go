package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/audit"
)

// RetainArgs asks for what was kept long enough to be deleted: audit events and idempotency
// keys, one batch of each.
type RetainArgs struct{}

// Kind is the job's name in River.
func (RetainArgs) Kind() string { return "retain" }

// InsertOpts lets at most one wait or run, where it holds nobody up.
func (RetainArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type retainWorker struct {
	river.WorkerDefaults[RetainArgs]
	pool *pgxpool.Pool
	// events and keys are for how long these are kept; no events are deleted where it is 0.
	events, keys time.Duration
}

// Work deletes a batch of each and, when one was full, asks for the next at once.
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
		if max(events, keys) < audit.Batch {
			return nil
		}
		return handOnTx(ctx, tx, job, RetainArgs{})
	})
}
