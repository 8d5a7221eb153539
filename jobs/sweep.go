package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"daybook/projection"
)

// SweepArgs is the periodic job that enqueues refreshes of all projections with marks: marks of
// writes that made no job (by psql, for example), marks that a lost job left, and keys in
// quarantine that are due for a retry.
type SweepArgs struct{}

// Kind is the job's name in River.
func (SweepArgs) Kind() string { return "projection_sweep" }

// InsertOpts allows one sweep of a period to wait or run, in a queue of its own.
func (SweepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueSweep, UniqueOpts: onePerPeriod}
}

// retryQuarantineAfter is how long a key stays in quarantine before it is tried again.
const retryQuarantineAfter = time.Minute

type sweepWorker struct {
	river.WorkerDefaults[SweepArgs]
	engine *projection.Engine
}

func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	list, err := w.engine.List(ctx)
	if err != nil {
		return err
	}
	var marked []string
	for _, p := range list {
		if p.Paused {
			continue // a refresh would leave it alone, and retried keys would pile up as marks
		}
		if p.Quarantined > 0 {
			retried, err := w.engine.RetryQuarantine(ctx, p.Name, retryQuarantineAfter)
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			p.Backlog += retried
		}
		if p.Backlog > 0 {
			marked = append(marked, p.Name)
		}
	}
	return Refresh(ctx, clientOf(ctx), w.engine, marked...)
}
