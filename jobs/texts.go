package jobs

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/audit"
)

// TextsArgs is the periodic job that writes the texts of one batch of audit events.
//
// Writes do not enqueue it. Inserted in a write's transaction, a unique job would be dropped while
// another one runs, and would make all other writers wait for the commit. It is enqueued every few
// seconds instead, where events lack a text, and a job whose batch was full requeues itself in the transaction that stores
// the texts. Which events lack a text stands in audit.textless, so a job that dies loses nothing.
type TextsArgs struct{}

// Kind is the job's name in River.
func (TextsArgs) Kind() string { return "audit_texts" }

// InsertOpts allows one such job to wait or run, whatever its age: texts are made by one job at a time. One that died with
// its process is rescued within a minute, and the events wait for it until then.
func (TextsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueTexts, UniqueOpts: atMostOne}
}

type textsWorker struct {
	river.WorkerDefaults[TextsArgs]
	pool *pgxpool.Pool
}

func (w *textsWorker) Work(ctx context.Context, job *river.Job[TextsArgs]) error {
	var done audit.Finished
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) (err error) {
		if done, err = audit.Finish(ctx, tx); err != nil || done.Taken < audit.Batch {
			return err
		}
		return requeueTx(ctx, tx, job, TextsArgs{})
	})
	if err == nil && done.Failed > 0 {
		loggerOf(ctx).ErrorContext(ctx, "audit events are left without a text: audit.texts.error says why, audit.retry_texts() has them tried again", "events", done.Failed)
	}
	return err
}
