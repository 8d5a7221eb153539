package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
)

// periodic is the job with the given args every so often; if that is 0, every otherwise.
func periodic(id string, every, otherwise time.Duration, args river.JobArgs, onStart bool) *river.PeriodicJob {
	if every == 0 {
		every = otherwise
	}
	return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{ID: id, RunOnStart: onStart})
}

// lookTimeout bounds a look of where. It holds up the other periodic jobs, and stopping.
const lookTimeout = 500 * time.Millisecond

// where is the job with the given args as often as the SQL condition holds, at once and then once a period at most. Only the
// leader among the workers looks. What a look finds lasts until a job has dealt with it, so none that is late, dropped or
// dead loses anything. A period without a job costs its look, and leaves nothing to fetch, to complete, to vacuum or to flush.
func where(pool *pgxpool.Pool, condition string, every time.Duration, args river.JobArgs) *river.PeriodicJob {
	sql := "SELECT " + condition
	look := func() (river.JobArgs, *river.InsertOpts) {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		defer cancel()
		var found bool
		if err := pool.QueryRow(ctx, sql).Scan(&found); err == nil && !found {
			return nil, nil
		}
		return args, nil // after an error too: the job does what it can, and fails where anybody sees it
	}
	// It has no ID: for jobs that have one, River begins a transaction each period, to note when the next one is.
	return river.NewPeriodicJob(river.PeriodicInterval(every), look, &river.PeriodicJobOpts{RunOnStart: true})
}
