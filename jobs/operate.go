package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/projection"
)

// operate does what operators have asked for and nobody has done yet, the oldest first, as the role that owns the
// projections. What cannot be done is marked with its failure.
func operate(ctx context.Context, pool *pgxpool.Pool, client *river.Client[pgx.Tx]) error {
	for {
		var done string
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) (err error) {
			done, err = operateOne(ctx, tx, client)
			return err
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("operate: %w", err)
		}
		loggerOf(ctx).InfoContext(ctx, "did what an operator asked for", "action", done)
	}
}

// operateOne does the oldest action in the transaction and says which it was. The error is pgx.ErrNoRows if there is none.
func operateOne(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx]) (done string, err error) {
	var id int64
	var action, name string
	err = tx.QueryRow(ctx, `
		SELECT id, action, projection FROM canonical.operator_actions WHERE done_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`).
		Scan(&id, &action, &name)
	if err != nil {
		return "", err
	}
	var failure *string
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return operateOn(ctx, tx, client, action, name) })
	switch unknown, paused := new(projection.UnknownError), new(projection.PausedError); {
	case errors.As(err, &unknown), errors.As(err, &paused):
		failure = new(err.Error())
	case err != nil && passes(err):
		return "", err
	case err != nil: // tried again for ever, it would keep all that was asked for later from being done
		loggerOf(ctx).ErrorContext(ctx, "cannot do what an operator has asked for", "action", action, "projection", name, "error", err)
		failure = new("the log of the workers says why")
	}
	_, err = tx.Exec(ctx, `UPDATE canonical.operator_actions SET done_at = clock_timestamp(), failure = $2 WHERE id = $1`, id, failure)
	return action + " " + name, err
}

// passes reports whether an error may be gone when the same is done again: the database was not there or busy, or somebody has ended it.
func passes(err error) bool {
	failure, refused := errors.AsType[*pgconn.PgError](err)
	return !refused || pgerrcode.IsConnectionException(failure.Code) || pgerrcode.IsTransactionRollback(failure.Code) ||
		pgerrcode.IsInsufficientResources(failure.Code) || pgerrcode.IsObjectNotInPrerequisiteState(failure.Code) ||
		pgerrcode.IsOperatorIntervention(failure.Code) || pgerrcode.IsSystemError(failure.Code)
}

// operateOn does one action, or enqueues the job that does it.
func operateOn(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], action, name string) (err error) {
	var waits bool
	err = tx.QueryRow(ctx, `SELECT paused AND kind <> 'materialized_view' FROM engine.projections WHERE name = $1`, name).Scan(&waits)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return &projection.UnknownError{Name: name}
	case err != nil:
		return err
	case waits && action == "rebuild":
		return &projection.PausedError{Name: name}
	}
	switch action {
	case "pause", "resume":
		_, err = tx.Exec(ctx, `UPDATE engine.projections SET paused = $2 WHERE name = $1`, name, action == "pause")
	case "retry":
		_, err = tx.Exec(ctx, `SELECT engine.retry_quarantine($1, clock_timestamp())`, name)
	case "verify":
		_, err = client.InsertTx(ctx, tx, VerifyArgs{Projection: name}, nil)
	case "rebuild":
		_, err = client.InsertTx(ctx, tx, RebuildArgs{Projection: name}, nil)
	}
	return err
}
