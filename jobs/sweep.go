package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"daybook/projection"
)

// SweepArgs asks for everything that is marked to be refreshed: what was written without a
// job (by psql, say), what a lost job left, and keys set aside a while ago.
type SweepArgs struct{}

// Kind is the job's name in River.
func (SweepArgs) Kind() string { return "projection_sweep" }

// InsertOpts lets at most one sweep wait or run, and nothing else hold it up.
func (SweepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueSweep, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// retryQuarantineAfter is how long a key that was set aside rests before it is tried again.
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
			continue // marks would only pile up
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
	return Refresh(ctx, river.ClientFromContext[tx](ctx), w.engine, marked...)
}
