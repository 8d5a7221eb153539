// Package canonical is the write side: it alone changes the canonical rows, the only truth there is.
//
// Every exported write is one transaction. It checks the caller's role and the whole input first, and collects what is
// wrong; it saves only when nothing is, so a write is all or nothing. What is wrong comes back as *Invalid, one entry
// for each mistake, with the path of the input field. Any other error is not the caller's fault, and its text is for
// the log, not for the caller.
//
// Rules that the database holds, it holds under named constraints; errors.go turns the names into the same entries.
// They matter when two writers race past the checks here.
//
// Triggers note in the transaction which read models a write has left behind; just before it commits, Wake is told,
// so that whatever refreshes them is enqueued with the write or not at all.
//
// Records are named by their key within the actor's organization. A record of another organization does not exist.
//
// Changes take the version that the caller has read: where the record is at another one, the only mistake is a
// CONFLICT at `expectedVersion`; nil changes whatever is there. Creations take an idempotency key: a caller who got no
// answer asks again with the same key and input, also at the same time, and gets the same record; the same key with
// another input is a mistake; nil creates anew.
package canonical

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/graph/model"
)

// Actor is who writes: a member of an organization, in one of its roles.
type Actor struct {
	OrganizationID, UserID int64
	// Role decides what the actor may do; the zero value may do nothing.
	Role model.Role
	// PassSoftLock asks to book into a period that is locked softly; only owners and managers may.
	PassSoftLock bool
	// RequestID ties what is written to the request that asked for it; may be empty.
	RequestID string
}

// name is the user's id, empty for the system itself.
func (a Actor) name() string {
	if a.UserID == 0 {
		return ""
	}
	return strconv.FormatInt(a.UserID, 10)
}

// decides reports whether the actor may approve and void.
func (a Actor) decides() bool { return a.Role == model.RoleOwner || a.Role == model.RoleManager }

// Wake is called inside a writing transaction, just before it commits, with the names of the read models that the
// transaction left behind: at least one, each once. An error rolls the write back.
type Wake func(ctx context.Context, tx pgx.Tx, projections []string) error

// Store writes canonical rows. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	wake Wake
	// dry, if set, takes what a write does instead of its being committed.
	dry *Rehearsal
	// within, if set, is the transaction of which every write is a part; part says that the writes are one part of it.
	within pgx.Tx
	part   bool
}

// New returns a store that writes through pool. A nil wake leaves the refreshing to whoever looks by themselves.
func New(pool *pgxpool.Pool, wake Wake) *Store { return &Store{pool: pool, wake: wake} }

// unit is one write under way: its transaction, its actor, and what is wrong with its input so far.
type unit struct {
	pgx.Tx
	actor Actor
	Invalid
}

// attempts bounds how often a write starts anew after it lost against concurrent ones.
const attempts = 8

// write runs fn in a transaction that commits when fn returns no error and found nothing invalid. Losing against a
// concurrent transaction (deadlock, serialization, a time that was free when fn looked) runs fn again, so fn has no
// effects but the transaction's.
func (s *Store) write(ctx context.Context, actor Actor, fn func(*unit) (int64, error)) (id int64, err error) {
	err = s.again(ctx, func() (err error) {
		id, err = s.try(ctx, actor, fn)
		return err
	})
	return id, err
}

// again runs fn, which is a transaction, until it has not lost against a concurrent one. What is only a part of a
// transaction is not run again: the whole is.
func (s *Store) again(ctx context.Context, fn func() error) error {
	for attempt := 1; ; attempt++ {
		err := fn()
		var lost *pgconn.PgError
		again := s.within == nil && errors.As(err, &lost) &&
			(lost.Code == pgerrcode.SerializationFailure || lost.Code == pgerrcode.DeadlockDetected ||
				lost.Code == pgerrcode.ExclusionViolation && attempt == 1) // now fn finds what is in the way, and names it
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

func (s *Store) try(ctx context.Context, actor Actor, fn func(*unit) (int64, error)) (id int64, err error) {
	if s.dry != nil {
		return s.rehearse(ctx, actor, fn)
	}
	err = s.begin(ctx, func(tx pgx.Tx) error {
		if id, err = run(ctx, tx, actor, fn); err != nil {
			return err
		}
		return s.end(ctx, tx)
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// begin runs fn in a transaction, or in a part of the one that there is; an error of fn undoes it.
func (s *Store) begin(ctx context.Context, fn func(pgx.Tx) error) error {
	if s.within != nil {
		return pgx.BeginFunc(ctx, s.within, fn)
	}
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, fn)
}

// run does in a transaction what fn does, in the name of the actor.
func run(ctx context.Context, tx pgx.Tx, actor Actor, fn func(*unit) (int64, error)) (id int64, err error) {
	_, err = tx.Exec(ctx, `SELECT set_config('daybook.actor', $1, true), set_config('daybook.request_id', $2, true),
			set_config('daybook.soft_lock_pass', CASE WHEN $3 THEN 'on' ELSE '' END, true)`,
		actor.name(), actor.RequestID, actor.PassSoftLock && actor.decides())
	if err != nil {
		return 0, fmt.Errorf("name the actor: %w", err)
	}
	if actor.PassSoftLock && !actor.decides() {
		return 0, refuse("passSoftLock", model.UserErrorCodeForbidden, "your role does not allow this")
	}
	u := &unit{Tx: tx, actor: actor}
	if id, err = fn(u); err != nil {
		return 0, err
	}
	return id, u.check()
}

// end settles what fn of begin has written, as far as it is not a part of a part.
func (s *Store) end(ctx context.Context, tx pgx.Tx) error {
	switch {
	case s.part:
		return nil
	case s.within != nil:
		return settle(ctx, tx)
	}
	return s.finish(ctx, tx)
}

// finish settles what the database would settle at commit, and passes on what the write has left behind.
func (s *Store) finish(ctx context.Context, tx pgx.Tx) error {
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
	if len(names) == 0 || s.wake == nil {
		return nil
	}
	if err := s.wake(ctx, tx, names); err != nil {
		return fmt.Errorf("wake the refresh of %s: %w", strings.Join(names, ", "), err)
	}
	return nil
}

// edit is write for those who may change records.
func (s *Store) edit(ctx context.Context, actor Actor, fn func(*unit) (int64, error)) (int64, error) {
	return s.as(ctx, actor, fn, model.RoleOwner, model.RoleManager, model.RoleStaff)
}

// decide is write for those who may approve and void.
func (s *Store) decide(ctx context.Context, actor Actor, fn func(*unit) (int64, error)) (int64, error) {
	return s.as(ctx, actor, fn, model.RoleOwner, model.RoleManager)
}

func (s *Store) as(ctx context.Context, actor Actor, fn func(*unit) (int64, error), roles ...model.Role) (int64, error) {
	if !slices.Contains(roles, actor.Role) {
		return 0, refuse("", model.UserErrorCodeForbidden, "your role does not allow this")
	}
	return s.write(ctx, actor, fn)
}
