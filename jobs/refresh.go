package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"daybook/projection"
)

// RefreshArgs asks for the marks of one projection to be absorbed.
type RefreshArgs struct {
	Projection string `json:"projection"`
}

// Kind is the job's name in River.
func (RefreshArgs) Kind() string { return "projection_refresh" }

// refreshBudget is how long one refresh job works before it makes room for others.
const refreshBudget = 30 * time.Second

type refreshWorker struct {
	river.WorkerDefaults[RefreshArgs]
	engine *projection.Engine
}

// Timeout leaves a materialized view the time it needs.
func (*refreshWorker) Timeout(*river.Job[RefreshArgs]) time.Duration { return time.Hour }

func (w *refreshWorker) Work(ctx context.Context, job *river.Job[RefreshArgs]) error {
	stats, err := w.engine.Refresh(ctx, job.Args.Projection, refreshBudget)
	var unknown *projection.UnknownError
	if errors.As(err, &unknown) {
		return river.JobCancel(err) // dropped, or switched: it does not come back
	}
	if err != nil {
		return err
	}
	kind, err := w.engine.Kind(ctx, job.Args.Projection)
	if err != nil || !stats.More || kind != "table" {
		// A materialized view that was refreshed a moment ago waits for the sweep.
		return err
	}
	return Refresh(ctx, river.ClientFromContext[tx](ctx), w.engine, job.Args.Projection)
}
