package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"daybook/projection"
)

type tx = pgx.Tx

// unfinished are the states in which a job still counts for uniqueness.
var unfinished = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}

// VerifyAllArgs asks for every projection to be verified.
type VerifyAllArgs struct{}

// Kind is the job's name in River.
func (VerifyAllArgs) Kind() string { return "projection_verify_all" }

// InsertOpts lets at most one wait or run.
func (VerifyAllArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type verifyAllWorker struct {
	river.WorkerDefaults[VerifyAllArgs]
	engine *projection.Engine
}

func (w *verifyAllWorker) Work(ctx context.Context, _ *river.Job[VerifyAllArgs]) error {
	names, err := w.engine.Names(ctx)
	if err != nil {
		return err
	}
	inserts := make([]river.InsertManyParams, len(names))
	for i, name := range names {
		inserts[i] = river.InsertManyParams{Args: VerifyArgs{Projection: name}}
	}
	if _, err := river.ClientFromContext[tx](ctx).InsertMany(ctx, inserts); err != nil {
		return fmt.Errorf("enqueue verifications: %w", err)
	}
	return nil
}

// VerifyArgs asks for one projection to be compared with its source view, from a key on.
type VerifyArgs struct {
	Projection string   `json:"projection" river:"unique"`
	After      []string `json:"after,omitempty"`
}

// Kind is the job's name in River.
func (VerifyArgs) Kind() string { return "projection_verify" }

// InsertOpts puts verifications where they hold nobody up, and lets at most one of each
// projection wait or run: a large one takes longer than the period that asks for the next.
func (VerifyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMaintenance, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type verifyWorker struct {
	river.WorkerDefaults[VerifyArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
	budget time.Duration
}

// Timeout leaves a materialized view, compared whole, the time it needs.
func (*verifyWorker) Timeout(*river.Job[VerifyArgs]) time.Duration { return time.Hour }

func (w *verifyWorker) Work(ctx context.Context, job *river.Job[VerifyArgs]) error {
	name, after := job.Args.Projection, job.Args.After
	client := river.ClientFromContext[tx](ctx)
	for start, more := time.Now(), true; more; more = time.Since(start) < w.budget {
		slice, err := w.engine.Verify(ctx, name, after)
		if err != nil {
			return err
		}
		if len(slice.Drifted) > 0 {
			slog.ErrorContext(ctx, "stored rows had drifted; they are marked and will be repaired", "projection", name, "keys", slice.Drifted)
			if err := Refresh(ctx, client, w.engine, name); err != nil {
				return err
			}
		}
		if after = slice.Next; after == nil {
			return nil
		}
	}
	return handOn(ctx, w.pool, job, VerifyArgs{Projection: name, After: after})
}

// handOn completes a job and inserts the one that does its rest, both or neither.
func handOn[T river.JobArgs](ctx context.Context, pool *pgxpool.Pool, job *river.Job[T], rest T) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return handOnTx(ctx, tx, job, rest) })
}

// handOnTx is handOn in a transaction that does more. Because the first job is complete then,
// it does not count against the uniqueness of the second.
func handOnTx[T river.JobArgs](ctx context.Context, tx pgx.Tx, job *river.Job[T], rest T) error {
	_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
	if err == nil {
		_, err = river.ClientFromContext[pgx.Tx](ctx).InsertTx(ctx, tx, rest, nil)
	}
	if err != nil {
		return fmt.Errorf("hand on the rest of %s: %w", job.Kind, err)
	}
	return nil
}
