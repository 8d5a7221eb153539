package canonical

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connection is what the statements of a transaction run on.
type connection interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// work is what a transaction does. It queues its first statements, which are sent together with the one that begins the
// transaction, and returns what to do once they have run. That queues its last ones in turn, which are sent together with
// those that end the transaction.
type work func(first *pgx.Batch) func(connection, *pgx.Batch) error

// committer is what becomes of a store's transactions: commit, nested or dryRun.
type committer interface {
	// run does the work in a transaction. If it returns an error, nothing that it wrote stays; an error that names a
	// constraint is returned as *Invalid.
	run(ctx context.Context, do work) error
	// nest returns the committer of the writes that are parts of a transaction, which run has begun on the connection.
	nest(connection) committer
}

// commit gives every write a transaction of its own and commits it.
type commit struct {
	pool *pgxpool.Pool
	wake Wake // may be nil
}

func (c commit) run(ctx context.Context, do work) error {
	return retry(ctx, func() error {
		return c.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			err := c.once(ctx, conn.Conn(), do)
			if status := conn.Conn().PgConn().TxStatus(); err != nil && !conn.Conn().IsClosed() && status != 'I' {
				_, rollback := conn.Exec(context.WithoutCancel(ctx), `ROLLBACK`)
				err = errors.Join(err, rollback)
			}
			return err
		})
	})
}

// once does the work in a transaction on the connection. After an error the transaction may still be open.
func (c commit) once(ctx context.Context, conn connection, do work) error {
	then, err := begin(ctx, conn, `BEGIN ISOLATION LEVEL READ COMMITTED`, do)
	if err != nil {
		return err
	}
	last := &pgx.Batch{}
	if err := then(conn, last); err != nil {
		return err
	}
	// The checks and postings that are due at commit are made first: they too leave read models behind.
	last.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
	woken := func() {}
	if c.wake != nil {
		woken = c.wake(ctx, last)
	}
	committed := false
	last.Queue(`COMMIT`).Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	if err := send(ctx, conn, last); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if !committed {
		return pgx.ErrTxCommitRollback
	}
	woken()
	return nil
}

func (commit) nest(conn connection) committer { return nested{conn: conn, settles: true} }

// nested makes every write a savepoint of one transaction, which somebody else commits.
type nested struct {
	conn    connection
	settles bool // each write is checked and posted when it ends, not only with the whole transaction
}

func (n nested) run(ctx context.Context, do work) error {
	then, err := begin(ctx, n.conn, `SAVEPOINT part`, do)
	if err == nil {
		last := &pgx.Batch{}
		if err = then(n.conn, last); err == nil {
			if n.settles {
				settle(last)
			}
			last.Queue(`RELEASE SAVEPOINT part`)
			err = send(ctx, n.conn, last)
		}
	}
	if err != nil {
		// By the simple protocol: the other would have PostgreSQL parse both first, and it parses no RELEASE after an error.
		_, back := n.conn.Exec(ctx, `ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part`, pgx.QueryExecModeSimpleProtocol)
		err = errors.Join(err, back)
	}
	return translate(err)
}

func (nested) nest(conn connection) committer { return nested{conn: conn} }

// dryRun makes all writes in one transaction, which is never committed. The first error ends it: every further write
// returns that error.
type dryRun struct {
	conn   connection
	failed error
}

func (d *dryRun) run(ctx context.Context, do work) error {
	if d.failed != nil {
		return d.failed
	}
	d.failed = func() error {
		then, err := begin(ctx, d.conn, "", do)
		if err != nil {
			return err
		}
		last := &pgx.Batch{}
		if err := then(d.conn, last); err != nil {
			return err
		}
		settle(last)
		return send(ctx, d.conn, last)
	}()
	return d.failed
}

func (d *dryRun) nest(connection) committer { return d }

var readCommitted = pgx.TxOptions{IsoLevel: pgx.ReadCommitted}

// begin sends the statement that begins a transaction, if there is one, together with the first ones of the work, and
// returns what the work does then.
func begin(ctx context.Context, conn connection, statement string, do work) (func(connection, *pgx.Batch) error, error) {
	first := &pgx.Batch{}
	if statement != "" {
		first.Queue(statement)
	}
	then := do(first)
	if err := send(ctx, conn, first); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	return then, nil
}

// send runs the statements of a batch, up to the first that fails, by one message.
func send(ctx context.Context, conn connection, batch *pgx.Batch) error {
	if batch.Len() == 0 {
		return nil
	}
	return conn.SendBatch(ctx, batch).Close()
}

// settle queues the checks and postings that are due at commit; those of later statements are due at commit again.
func settle(batch *pgx.Batch) {
	batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
	batch.Queue(`SET CONSTRAINTS ALL DEFERRED`)
}

// attempts is how often a transaction runs at most.
const attempts = 8

// retry runs transaction, a whole one, until it does not lose against a concurrent one. PostgreSQL calls some lost races internal
// errors, such as "tuple concurrently updated" or "new multixact has more than one updating member". A transaction that saved what
// overlaps a concurrent one's row runs once more: then it finds and names what it overlaps.
func retry(ctx context.Context, transaction func() error) error {
	overlapped := false
	for attempt := 1; ; attempt++ {
		err := transaction()
		again := failedBy(err, pgerrcode.SerializationFailure, pgerrcode.DeadlockDetected, pgerrcode.InternalError)
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
