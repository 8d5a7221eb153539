package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// atMostOne drops a job that is inserted while one with the same arguments waits or runs; for
// arguments with fields tagged river:"unique", those count alone.
var atMostOne = river.UniqueOpts{ByArgs: true, ByState: unfinished}

// onePerPeriod is atMostOne among the jobs of the same 5 seconds. A job that died with its process
// counts as running until it is rescued; it drops none of a later period.
var onePerPeriod = river.UniqueOpts{ByArgs: true, ByPeriod: 5 * time.Second, ByState: unfinished}

var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// clientOf returns the client that works the current job.
func clientOf(ctx context.Context) *Client { return river.ClientFromContext[pgx.Tx](ctx) }

// requeue completes the current job and inserts one for the rest of its work, both or neither.
func requeue[T river.JobArgs](ctx context.Context, pool *pgxpool.Pool, job *river.Job[T], rest T) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return requeueTx(ctx, tx, job, rest) })
}

// requeueTx is requeue in the caller's transaction. The current job is complete when the rest is
// inserted, so atMostOne does not drop it.
func requeueTx[T river.JobArgs](ctx context.Context, tx pgx.Tx, job *river.Job[T], rest T) error {
	_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
	if err == nil {
		_, err = clientOf(ctx).InsertTx(ctx, tx, rest, nil)
	}
	if err != nil {
		return fmt.Errorf("requeue the rest of %s: %w", job.Kind, err)
	}
	return nil
}
