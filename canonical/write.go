package canonical

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/graph/model"
)

// Actor is who writes: a member of an organization, in one of its roles.
type Actor struct {
	OrganizationID, UserID int64
	// Role decides what the actor may do; the zero value may do nothing.
	Role model.Role
	// Bound is what the actor is bound to; nil for an actor who is bound to no store.
	Bound *Bound
	// PassSoftLock asks to book into a period that is locked softly; only owners and managers may.
	PassSoftLock bool
	// Once makes the actor's next write idempotent; nil makes it each time. Further writes of the actor need another one.
	Once *Once
	// RequestID ties what is written to the request that asked for it; may be empty.
	RequestID string
}

// name returns the user's id, empty for the system itself.
func (a Actor) name() string {
	if a.UserID == 0 {
		return ""
	}
	return strconv.FormatInt(a.UserID, 10)
}

// Wake has the read models refreshed that a transaction leaves behind: those that the setting engine.marked names. It queues,
// among the last statements of the transaction, the one that enqueues their refresh; they are committed together, and if
// it fails, nothing is; ctx is the transaction's, whose trace they link to. It returns what to call after the commit, which
// returns at once.
type Wake func(ctx context.Context, last *pgx.Batch) (committed func())

// Store writes canonical rows. It is safe for concurrent use.
type Store struct {
	pool      *pgxpool.Pool
	committer committer
}

// New returns a store that writes through pool. If wake is nil, nothing is enqueued, and the periodic sweep refreshes
// the read models.
func New(pool *pgxpool.Pool, wake Wake) *Store {
	return &Store{pool: pool, committer: commit{pool: pool, wake: wake}}
}

// transact runs fn as one unit of work of the actor, who must have one of the allowed roles, and returns the key that
// fn returns. Nothing is written if fn returns an error or adds a user error. A transaction that loses against a
// concurrent one runs again, so fn has no effects but the transaction's. Where the actor has a key that was used before, fn
// does not run (once).
func (s *Store) transact(ctx context.Context, actor Actor, allowed roles, fn func(*unitOfWork) (int64, error)) (id int64, err error) {
	return s.transactAnswer(ctx, actor, allowed, nil, fn)
}

// transactAnswer is transact for a write that answers more than a key: fn sets what answer points to, whose JSON is kept
// with the actor's idempotency key and read from there when the write is repeated.
func (s *Store) transactAnswer(ctx context.Context, actor Actor, allowed roles, answer any, fn func(*unitOfWork) (int64, error)) (id int64, err error) {
	return s.transactRows(ctx, actor, allowed, "", answer, fn)
}

// transactRows is transactAnswer for a bulk, whose rows are the input field of the name: fn leaves out those that are elsewhere.
func (s *Store) transactRows(ctx context.Context, actor Actor, allowed roles, name string, answer any, fn func(*unitOfWork) (int64, error)) (id int64, err error) {
	switch {
	case allowed != nil && !slices.Contains(allowed, actor.Role):
		return 0, reject("", forbidden, "your role does not allow this")
	case actor.PassSoftLock && !actor.canApprove():
		return 0, reject("passSoftLock", forbidden, "your role does not allow this")
	}
	err = s.committer.run(ctx, func(first *pgx.Batch) func(connection, *pgx.Batch) error {
		u := &unitOfWork{actor: actor, Invalid: invalidFrom(ctx)}
		u.nameActor(first)
		return func(conn connection, last *pgx.Batch) (err error) {
			u.conn, u.last = conn, last
			if err := u.checkReferences(ctx, name); err != nil {
				return err
			}
			id, err = u.once(ctx, answer, fn)
			if err = cmp.Or(u.failed, err, u.err()); err != nil {
				return u.ofBound(err)
			}
			return u.checkStores(ctx)
		}
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}
