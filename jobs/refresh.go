package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"daybook/projection"
)

// RefreshArgs is the job that absorbs the marks of one projection.
type RefreshArgs struct {
	Projection string `json:"projection"`
}

// Kind is the job's name in River.
func (RefreshArgs) Kind() string { return "projection_refresh" }

// refreshBudget is how long one refresh job works before it requeues the rest, so that refreshes of
// other projections get their turn.
const refreshBudget = 30 * time.Second

type refreshWorker struct {
	river.WorkerDefaults[RefreshArgs]
	engine *projection.Engine
}

// Timeout is an hour for a materialized view, which is refreshed whole; a table's refresh ends soon
// after its budget. A job that died with its process is rescued no earlier.
func (*refreshWorker) Timeout(job *river.Job[RefreshArgs]) time.Duration {
	if job.Queue == QueueViews {
		return time.Hour
	}
	return 2 * time.Minute
}

func (w *refreshWorker) Work(ctx context.Context, job *river.Job[RefreshArgs]) error {
	stats, err := w.engine.Refresh(ctx, job.Args.Projection, refreshBudget)
	var unknown *projection.UnknownError
	if errors.As(err, &unknown) {
		return river.JobCancel(err) // dropped or switched: it will not exist again
	}
	if err != nil {
		return err
	}
	kind, err := w.engine.Kind(ctx, job.Args.Projection)
	if err != nil || !stats.More || kind == "materialized_view" {
		// A materialized view with More was refreshed too recently: the sweep enqueues it again.
		return err
	}
	return Refresh(ctx, clientOf(ctx), w.engine, job.Args.Projection)
}
