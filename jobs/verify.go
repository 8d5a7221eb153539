package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/projection"
)

// VerifyAllArgs is the job that enqueues the verification of every projection.
type VerifyAllArgs struct{}

// Kind is the job's name in River.
func (VerifyAllArgs) Kind() string { return "projection_verify_all" }

// InsertOpts allows one such job to wait or run.
func (VerifyAllArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: atMostOne}
}

type verifyAllWorker struct {
	river.WorkerDefaults[VerifyAllArgs]
	engine *projection.Engine
}

// Timeout leaves time to enqueue jobs while the database is busy.
func (*verifyAllWorker) Timeout(*river.Job[VerifyAllArgs]) time.Duration { return time.Minute }

func (w *verifyAllWorker) Work(ctx context.Context, _ *river.Job[VerifyAllArgs]) error {
	names, err := w.engine.Names(ctx)
	if err != nil {
		return err
	}
	inserts := make([]river.InsertManyParams, len(names))
	for i, name := range names {
		inserts[i] = river.InsertManyParams{Args: VerifyArgs{Projection: name}}
	}
	if _, err := clientOf(ctx).InsertMany(ctx, inserts); err != nil {
		return fmt.Errorf("enqueue verifications: %w", err)
	}
	return nil
}

// VerifyArgs is the job that compares one projection with its source view, from the key After on.
type VerifyArgs struct {
	Projection string   `json:"projection" river:"unique"`
	After      []string `json:"after,omitempty"`
}

// Kind is the job's name in River.
func (VerifyArgs) Kind() string { return "projection_verify" }

// InsertOpts puts the job into the queue of long ones, and allows one of each projection to wait
// or run: a large projection takes longer than the period after which the next one is enqueued.
func (VerifyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: atMostOne}
}

type verifyWorker struct {
	river.WorkerDefaults[VerifyArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
	budget time.Duration
}

// Timeout is long enough for a materialized view, which is compared whole.
func (*verifyWorker) Timeout(*river.Job[VerifyArgs]) time.Duration { return time.Hour }

func (w *verifyWorker) Work(ctx context.Context, job *river.Job[VerifyArgs]) error {
	name, after := job.Args.Projection, job.Args.After
	for start, more := time.Now(), true; more; more = time.Since(start) < w.budget {
		slice, err := w.engine.Verify(ctx, name, after)
		if err != nil {
			return err
		}
		if len(slice.Drifted) > 0 {
			loggerOf(ctx).ErrorContext(ctx, "stored rows had drifted; they are marked and will be repaired", "projection", name, "keys", slice.Drifted)
			if err := Refresh(ctx, clientOf(ctx), w.engine, name); err != nil {
				return err
			}
		}
		if after = slice.Next; after == nil {
			return nil
		}
	}
	return requeue(ctx, w.pool, job, VerifyArgs{Projection: name, After: after})
}
