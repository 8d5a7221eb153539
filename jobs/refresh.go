package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel"

	"daybook/projection"
)

// RefreshArgs is the job that absorbs the marks of projections: of all that one commit has marked, or that a sweep found
// marked. It is only a wake-up: it is done when runs that began after it was fetched absorb the marks, whether they are
// its own or those of another job, which is then not done before them.
type RefreshArgs struct {
	Projections []string `json:"projections"`
}

// Kind is the job's name in River.
func (RefreshArgs) Kind() string { return "projection_refresh" }

// A run lasts a second at most, so that the runs of other projections get their turn; it then waits for the next.
// A job goes on from run to run for 10 seconds, and requeues the rest.
const (
	runBudget     = time.Second
	refreshBudget = 10 * time.Second
)

// At most so many jobs are worked at once: most only wait for a run that they have joined. So many runs are under way at
// once, each on a connection: few, since every connection plans every refresh anew, for up to 75 ms, and keeps the plans.
const (
	maxRefreshJobs = 1000
	maxTableRuns   = 4
	maxViewRuns    = 1
)

type refreshWorker struct {
	river.WorkerDefaults[RefreshArgs]
	engine        *projection.Engine
	tables, views *runs
}

func newRefreshWorker(engine *projection.Engine, apart time.Duration) *refreshWorker {
	table := func(ctx context.Context, name string) (bool, error) {
		ctx, span := tracer.Start(ctx, "refresh "+name)
		defer span.End()
		stats, err := engine.Refresh(ctx, name, runBudget)
		return stats.More, err
	}
	view := func(ctx context.Context, name string) (bool, error) {
		ctx, span := tracer.Start(ctx, "refresh "+name)
		defer span.End()
		_, err := engine.Refresh(ctx, name, runBudget)
		return false, err // with More it was refreshed too recently: the sweep enqueues it again
	}
	return &refreshWorker{engine: engine, tables: newRuns(table, apart, maxTableRuns), views: newRuns(view, 0, maxViewRuns)}
}

// Timeout is an hour for materialized views, which are refreshed whole; a refresh of tables ends soon after its budget. A
// job that died with its process is rescued no earlier.
func (*refreshWorker) Timeout(job *river.Job[RefreshArgs]) time.Duration {
	if job.Queue == QueueViews {
		return time.Hour
	}
	return 2 * time.Minute
}

// Work absorbs the marks of the projections side by side. The job fails if one of them fails, after the others are done.
// If none exists any more, it is cancelled.
func (w *refreshWorker) Work(ctx context.Context, job *river.Job[RefreshArgs]) error {
	var (
		wg    sync.WaitGroup
		names = job.Args.Projections
		left  = make([]bool, len(names))
		errs  = make([]error, len(names))
		gone  int
	)
	for i, name := range names {
		wg.Go(func() { left[i], errs[i] = w.absorb(ctx, name) })
	}
	wg.Wait()
	var unknown *projection.UnknownError
	var rest []string
	for i, name := range names {
		if errors.As(errs[i], &unknown) {
			gone++ // dropped or switched: it will not exist again
		}
		if left[i] {
			rest = append(rest, name)
		}
	}
	if err := errors.Join(errs...); err != nil {
		if gone == len(names) {
			return river.JobCancel(err)
		}
		if gone < countErrors(errs) {
			return err
		}
		loggerOf(ctx).WarnContext(ctx, "a projection that was to be refreshed is gone", "error", err)
	}
	return Refresh(ctx, clientOf(ctx), w.engine, rest...)
}

// absorb goes from run to run until the marks of a projection are absorbed. left says that some are left at the end of
// the job's budget.
func (w *refreshWorker) absorb(ctx context.Context, name string) (left bool, err error) {
	kind, err := w.engine.Kind(ctx, name)
	if err != nil {
		return false, err
	}
	r := w.tables
	if kind == "materialized_view" {
		r = w.views
	}
	for start, more := time.Now(), true; more; {
		if time.Since(start) > refreshBudget {
			return true, nil
		}
		if more, err = r.absorb(ctx, name); err != nil {
			return false, err
		}
	}
	return false, nil
}

func countErrors(errs []error) (n int) {
	for _, err := range errs {
		if err != nil {
			n++
		}
	}
	return n
}

// tracer makes the spans of runs.
var tracer = otel.Tracer("daybook/jobs")

// Refresh inserts a refresh job for the projections, or two if materialized views are among them; none without any. A
// name that is not a projection is a projection.UnknownError.
func Refresh(ctx context.Context, client *Client, engine *projection.Engine, projections ...string) error {
	inserts, err := refreshes(ctx, engine, projections)
	if err != nil || len(inserts) == 0 {
		return err
	}
	if _, err := client.InsertMany(ctx, inserts); err != nil {
		return fmt.Errorf("enqueue refreshes: %w", err)
	}
	return nil
}

// refreshes returns the jobs to insert, one for each queue: tables and sums, and materialized views.
func refreshes(ctx context.Context, engine *projection.Engine, projections []string) (inserts []river.InsertManyParams, err error) {
	var tables, views []string
	for _, name := range projections {
		kind, err := engine.Kind(ctx, name)
		if err != nil {
			return nil, err
		}
		if kind == "materialized_view" {
			views = append(views, name)
		} else {
			tables = append(tables, name)
		}
	}
	if len(tables) > 0 {
		inserts = append(inserts, river.InsertManyParams{Args: RefreshArgs{tables}, InsertOpts: &river.InsertOpts{Queue: QueueRefresh}})
	}
	if len(views) > 0 {
		inserts = append(inserts, river.InsertManyParams{Args: RefreshArgs{views}, InsertOpts: &river.InsertOpts{Queue: QueueViews}})
	}
	return inserts, nil
}
