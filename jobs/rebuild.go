package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/projection"
)

// RebuildArgs is the job that recomputes one projection while it serves, from the key After on.
type RebuildArgs struct {
	Projection string   `json:"projection"`
	After      []string `json:"after,omitempty"`
}

// Kind is the job's name in River.
func (RebuildArgs) Kind() string { return "projection_rebuild" }

// InsertOpts puts the job into the queue of long ones.
func (RebuildArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueMaintenance} }

// untilResumed is how long a rebuild of a paused projection waits until it looks again.
const untilResumed = 10 * time.Second

type rebuildWorker struct {
	river.WorkerDefaults[RebuildArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
	budget time.Duration
}

// Timeout is long enough for a materialized view, which is refreshed whole.
func (*rebuildWorker) Timeout(*river.Job[RebuildArgs]) time.Duration { return time.Hour }

func (w *rebuildWorker) Work(ctx context.Context, job *river.Job[RebuildArgs]) error {
	name, after := job.Args.Projection, job.Args.After
	for start, more := time.Now(), true; more; more = time.Since(start) < w.budget {
		slice, err := w.engine.Rebuild(ctx, name, after)
		if paused := new(projection.PausedError); errors.As(err, &paused) {
			return river.JobSnooze(untilResumed) // it began before, or was asked for from a command
		}
		if err != nil {
			return err
		}
		if after = slice.Next; after == nil {
			return nil
		}
	}
	return requeue(ctx, w.pool, job, RebuildArgs{Projection: name, After: after})
}
