package jobs

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/audit"
)

// TextsArgs asks for the texts of one batch of audit events.
//
// No write asks for it: a unique job would be dropped while another runs, and until the write
// commits every other writer would wait for it. The clock asks, every few seconds, and a job
// that found a full batch asks for the next one at once, in the transaction that stores its
// texts. What has no text is the truth; a job that dies leaves all of its batch to the next.
type TextsArgs struct{}

// Kind is the job's name in River.
func (TextsArgs) Kind() string { return "audit_texts" }

// InsertOpts lets at most one wait or run.
func (TextsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueTexts, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
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
		return handOnTx(ctx, tx, job, TextsArgs{})
	})
	if err == nil && done.Failed > 0 {
		slog.ErrorContext(ctx, "audit events have no text; audit.events.text_error says why", "events", done.Failed)
	}
	return err
}
