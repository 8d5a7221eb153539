package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"daybook/projection"
)

// SweepArgs is the periodic job that enqueues the refresh of all projections with marks that no job waits for: marks of
// writes that made no job (by psql, for example), marks that a lost job left, and keys in
// quarantine that are due for a retry. Before, it marks everything that changes may have passed by because somebody has
// switched triggers off.
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
	pool   *pgxpool.Pool
}

func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	// What operators have asked for comes first: the sweep goes by it.
	if err := operate(ctx, w.pool, clientOf(ctx)); err != nil {
		loggerOf(ctx).WarnContext(ctx, "cannot do what operators have asked for", "error", err)
	}
	adopted, err := w.engine.Adopt(ctx)
	if err != nil {
		loggerOf(ctx).WarnContext(ctx, "cannot look for triggers that were switched off", "error", err) // the next sweep looks again
	}
	if len(adopted) > 0 {
		loggerOf(ctx).WarnContext(ctx, "triggers were switched off, or the database was restored: everything is marked", "projections", adopted)
	}
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
	if len(marked) == 0 {
		return nil
	}
	waiting, err := named(ctx)
	if err != nil {
		return err
	}
	marked = slices.DeleteFunc(marked, func(name string) bool { return waiting[name] })
	return Refresh(ctx, clientOf(ctx), w.engine, marked...)
}

// named returns the projections that a refresh job names which no worker has fetched yet. A job that runs does not count:
// it may have died with its process.
func named(ctx context.Context) (map[string]bool, error) {
	list, err := clientOf(ctx).JobList(ctx, river.NewJobListParams().Kinds(RefreshArgs{}.Kind()).States(rivertype.JobStateAvailable).First(1000))
	if err != nil {
		return nil, fmt.Errorf("sweep: list the refresh jobs: %w", err)
	}
	names := map[string]bool{}
	for _, job := range list.Jobs {
		var args RefreshArgs
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return nil, fmt.Errorf("sweep: read the arguments of job %d: %w", job.ID, err)
		}
		for _, name := range args.Projections {
			names[name] = true
		}
	}
	return names, nil
}
