package canonical

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
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

// name returns the user's id, empty for the system itself.
func (a Actor) name() string {
	if a.UserID == 0 {
		return ""
	}
	return strconv.FormatInt(a.UserID, 10)
}

// Wake is called inside a writing transaction, just before it commits, with the names of the read models that the
// transaction left behind: at least one, each once. An error rolls the write back.
type Wake func(ctx context.Context, tx pgx.Tx, projections []string) error

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

// unitOfWork is one write under way: its transaction, its actor, and the user errors found in its input so far.
type unitOfWork struct {
	pgx.Tx
	actor Actor
	now   time.Time // when the transaction began, by the database's clock
	org   organizationDefaults
	Invalid
}

// transact runs fn as one unit of work of the actor, who must have one of the allowed roles, and returns the key that
// fn returns. Nothing is written if fn returns an error or adds a user error. A transaction that loses against a
// concurrent one runs again, so fn has no effects but the transaction's.
func (s *Store) transact(ctx context.Context, actor Actor, allowed roles, fn func(*unitOfWork) (int64, error)) (id int64, err error) {
	if allowed != nil && !slices.Contains(allowed, actor.Role) {
		return 0, reject("", forbidden, "your role does not allow this")
	}
	err = s.committer.run(ctx, func(tx pgx.Tx) error {
		u := &unitOfWork{Tx: tx, actor: actor, Invalid: invalidFrom(ctx)}
		if err := u.nameActor(ctx); err != nil {
			return err
		}
		if id, err = fn(u); err != nil {
			return err
		}
		return u.err()
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// nameActor tells the database's triggers who writes, for which request, and whether the soft lock is passed. The same
// statement reads the time and the actor's organization.
func (u *unitOfWork) nameActor(ctx context.Context) error {
	if u.actor.PassSoftLock && !u.actor.canApprove() {
		return reject("passSoftLock", forbidden, "your role does not allow this")
	}
	var today *model.Date
	var currency *string
	err := u.QueryRow(ctx, `SELECT now(), set_config('daybook.actor', $1, true), set_config('daybook.request_id', $2, true),
			set_config('daybook.soft_lock_pass', CASE WHEN $3 THEN 'on' ELSE '' END, true),
			(now() AT TIME ZONE org.time_zone)::date, org.base_currency, org.soft_locked_until, org.hard_locked_until
		FROM (VALUES (0)) AS always LEFT JOIN canonical.organizations AS org ON org.id = $4`,
		u.actor.name(), u.actor.RequestID, u.actor.PassSoftLock, u.actor.OrganizationID).
		Scan(&u.now, nil, nil, nil, &today, &currency, &u.org.SoftLockedUntil, &u.org.HardLockedUntil)
	if err != nil {
		return fmt.Errorf("name the actor: %w", err)
	}
	if today != nil {
		u.org.Today, u.org.BaseCurrency = *today, *currency
	}
	return nil
}
