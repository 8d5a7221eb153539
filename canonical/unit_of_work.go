package canonical

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/graph/model"
)

// unitOfWork is one write under way: its transaction, its actor, and the user errors found in its input so far.
//
// A statement whose result nobody needs is queued: it is sent together with the next one, or with those that end the
// transaction, so that a write waits for the database less often.
type unitOfWork struct {
	actor Actor
	now   time.Time // when the transaction began, by the database's clock
	org   organizationDefaults
	Invalid
	// batch has what the documents of a batch refer to, and takes those that are checked; nil for a write of one record.
	batch *documentBatch
	// elsewhere has the places of those rows of a bulk that name what is of none of the actor's stores. Their user errors are added;
	// nothing more is looked at in them, and so nothing told of it.
	elsewhere map[int]bool

	conn   connection
	last   *pgx.Batch // what is queued
	failed error      // of a queued statement: the transaction has failed, and so do all further statements
}

// queue runs a statement before the next one, or at the end. The transaction fails if it fails.
func (u *unitOfWork) queue(sql string, values ...any) { u.last.Queue(sql, values...) }

// Exec is pgx's, after what is queued.
func (u *unitOfWork) Exec(ctx context.Context, sql string, values ...any) (pgconn.CommandTag, error) {
	results := u.after(ctx, sql, values)
	if results == nil {
		return u.conn.Exec(ctx, sql, values...)
	}
	tag, err := results.Exec()
	return tag, cmp.Or(err, results.Close())
}

// Query is pgx's, after what is queued.
func (u *unitOfWork) Query(ctx context.Context, sql string, values ...any) (pgx.Rows, error) {
	results := u.after(ctx, sql, values)
	if results == nil {
		return u.conn.Query(ctx, sql, values...)
	}
	rows, err := results.Query()
	return lastRows{rows, results}, err
}

// QueryRow is pgx's, after what is queued.
func (u *unitOfWork) QueryRow(ctx context.Context, sql string, values ...any) pgx.Row {
	results := u.after(ctx, sql, values)
	if results == nil {
		return u.conn.QueryRow(ctx, sql, values...)
	}
	return lastRow{results.QueryRow(), results}
}

// SendBatch is pgx's, after what is queued.
func (u *unitOfWork) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if u.failed == nil {
		u.failed = send(ctx, u.conn, u.last)
	}
	*u.last = pgx.Batch{}
	return u.conn.SendBatch(ctx, batch)
}

// after sends what is queued together with a statement, and returns the results, of which that of the statement is the
// next one. It returns nil if nothing is queued, or if that has failed; then so does the statement, sent by itself.
func (u *unitOfWork) after(ctx context.Context, sql string, values []any) pgx.BatchResults {
	queued := u.last.Len()
	if queued == 0 || u.failed != nil {
		return nil
	}
	u.last.Queue(sql, values...)
	sent := *u.last // the results refer to it
	*u.last = pgx.Batch{}
	results := u.conn.SendBatch(ctx, &sent)
	for range queued {
		if _, err := results.Exec(); err != nil {
			u.failed = errors.Join(err, results.Close())
			return nil
		}
	}
	return results
}

// lastRows are the rows of the last statement of a batch, and lastRow is the one row.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close closes the rows and the batch.
func (r lastRows) Close() {
	r.Rows.Close()
	_ = r.results.Close() // the error of the rows
}

type lastRow struct {
	pgx.Row
	results pgx.BatchResults
}

// Scan reads the row and closes the batch.
func (r lastRow) Scan(into ...any) error {
	return cmp.Or(r.Row.Scan(into...), r.results.Close())
}

// nameActor queues the first statement of every write. It tells the database who writes, for which request, whether the soft
// lock is passed, and of which organization rows may be written, and reads the time and the actor's organization.
func (u *unitOfWork) nameActor(first *pgx.Batch) {
	first.Queue(`SELECT now(), set_config('daybook.actor', $1, true), set_config('daybook.request_id', $2, true),
			set_config('daybook.soft_lock_pass', CASE WHEN $3 THEN 'on' ELSE '' END, true), set_config('daybook.organization', nullif($4::bigint, 0)::text, true),
			(now() AT TIME ZONE org.time_zone)::date, org.base_currency, org.soft_locked_until, org.hard_locked_until
		FROM (VALUES (0)) AS always LEFT JOIN canonical.organizations AS org ON org.id = $4::bigint`,
		u.actor.name(), u.actor.RequestID, u.actor.PassSoftLock, u.actor.OrganizationID).QueryRow(func(row pgx.Row) error {
		var today *model.Date
		var currency *string
		if err := row.Scan(&u.now, nil, nil, nil, nil, &today, &currency, &u.org.SoftLockedUntil, &u.org.HardLockedUntil); err != nil {
			return err
		}
		if today != nil {
			u.org.Today, u.org.BaseCurrency = *today, *currency
		}
		return nil
	})
}

// writeRowsOf lets the transaction of an actor without an organization write rows of one, and of no other.
func (u *unitOfWork) writeRowsOf(organizationID int64) {
	u.queue(`SELECT set_config('daybook.organization', $1::bigint::text, true)`, organizationID)
}
