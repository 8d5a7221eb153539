package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"daybook/projection"
)

// RenewArgs is the periodic job that refreshes every materialized view that is not paused, whether or not something was
// marked. Views are refreshed after every change anyway; this one is for who wants their copies never to be older than a
// period, whatever the marks say. Config.RenewEvery turns it on.
type RenewArgs struct{}

// Kind is the job's name in River.
func (RenewArgs) Kind() string { return "projection_renew" }

// InsertOpts allows one such job to wait or run, in the queue of the views.
func (RenewArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueViews, UniqueOpts: onePerPeriod}
}

type renewWorker struct {
	river.WorkerDefaults[RenewArgs]
	engine *projection.Engine
}

// Timeout is that of refreshes of large views.
func (*renewWorker) Timeout(*river.Job[RenewArgs]) time.Duration { return 10 * time.Minute }

func (w *renewWorker) Work(ctx context.Context, _ *river.Job[RenewArgs]) error {
	list, err := w.engine.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Kind != "materialized_view" || p.Paused {
			continue
		}
		if _, err := w.engine.Rebuild(ctx, p.Name, nil); err != nil {
			return fmt.Errorf("renew: %w", err)
		}
	}
	return nil
}
