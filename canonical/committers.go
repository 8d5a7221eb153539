package canonical

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// committer is what becomes of a store's transactions: commit, nested or dryRun.
type committer interface {
	// run runs fn in a transaction. If fn returns an error, nothing that it wrote stays; an error that names a constraint
	// is returned as *Invalid.
	run(ctx context.Context, fn func(pgx.Tx) error) error
	// nest returns the committer of the writes that are parts of the transaction tx, which run has begun.
	nest(tx pgx.Tx) committer
}

// commit gives every write a transaction of its own and commits it.
type commit struct {
	pool *pgxpool.Pool
	wake Wake // may be nil
}

func (c commit) run(ctx context.Context, fn func(pgx.Tx) error) error {
	return retry(ctx, func() error {
		return pgx.BeginTxFunc(ctx, c.pool, readCommitted, func(tx pgx.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return c.wakeRefresh(ctx, tx)
		})
	})
}

func (commit) nest(tx pgx.Tx) committer { return nested{tx: tx, settles: true} }

// wakeRefresh makes the checks and postings that the commit would make, then passes on which read models the
// transaction has left behind.
func (c commit) wakeRefresh(ctx context.Context, tx pgx.Tx) error {
	var marked string
	batch := &pgx.Batch{}
	batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
	batch.Queue(`SELECT coalesce(current_setting('engine.marked', true), '')`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&marked)
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("check constraints: %w", err)
	}
	names := strings.FieldsFunc(marked, func(r rune) bool { return r == ',' })
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 || c.wake == nil {
		return nil
	}
	if err := c.wake(ctx, tx, names); err != nil {
		return fmt.Errorf("wake the refresh of %s: %w", strings.Join(names, ", "), err)
	}
	return nil
}

// nested makes every write a savepoint of one transaction, which somebody else commits.
type nested struct {
	tx      pgx.Tx
	settles bool // each write is checked and posted when it ends, not only with the whole transaction
}

func (n nested) run(ctx context.Context, fn func(pgx.Tx) error) error {
	return translate(pgx.BeginFunc(ctx, n.tx, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil || !n.settles {
			return err
		}
		return settle(ctx, tx)
	}))
}

func (nested) nest(tx pgx.Tx) committer { return nested{tx: tx} }

// dryRun makes all writes in one transaction, which is never committed. The first error ends it: every further write
// returns that error.
type dryRun struct {
	tx     pgx.Tx
	failed error
}

func (d *dryRun) run(ctx context.Context, fn func(pgx.Tx) error) error {
	if d.failed == nil {
		d.failed = fn(d.tx)
	}
	if d.failed == nil {
		d.failed = settle(ctx, d.tx)
	}
	return d.failed
}

func (d *dryRun) nest(pgx.Tx) committer { return d }

var readCommitted = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}

// settle makes the checks and postings now that are due at commit; those of later statements are due at commit again.
func settle(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
	batch.Queue(`SET CONSTRAINTS ALL DEFERRED`)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("check constraints: %w", err)
	}
	return nil
}

// attempts is how often a transaction runs at most.
const attempts = 8

// retry runs transaction, a whole one, until it does not lose against a concurrent one. A transaction that saved what
// overlaps a concurrent one's row runs once more: then it finds and names what it overlaps.
func retry(ctx context.Context, transaction func() error) error {
	overlapped := false
	for attempt := 1; ; attempt++ {
		err := transaction()
		again := failedBy(err, pgerrcode.SerializationFailure, pgerrcode.DeadlockDetected)
		if !overlapped && failedBy(err, pgerrcode.ExclusionViolation) {
			overlapped, again = true, true
		}
		if !again || attempt == attempts {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("write again after %w: %w", err, ctx.Err())
		case <-time.After(rand.N(time.Duration(attempt) * 10 * time.Millisecond)):
		}
	}
}

// failedBy reports whether the database failed a statement with one of the codes.
func failedBy(err error, codes ...string) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && slices.Contains(codes, failure.Code)
}
