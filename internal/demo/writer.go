package demo

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
)

const (
	// chunk is the largest number of people, sales or invoices that are copied by one statement.
	chunk = 2500
	// sample is the number of invoices after which the tables are analyzed for the first time, if there are many more.
	sample = 25
)

// writer writes all organizations: those themselves and the first part of the invoices in one transaction, and the rest in streams.
type writer struct {
	pool     *pgxpool.Pool
	tx       pgx.Tx // nil once the rest is written
	counts   Counts
	analyzed bool
	main     *business
	total    int
	part     int // invoices of a transaction
	// queued are the steps that a stream is to make; while tx is there, each step is made at once.
	queued []step

	reporting sync.Mutex
	progress  func(done, total int)
	written   int // invoices
}

// step writes some rows.
type step func(context.Context, pgx.Tx) error

func (w *writer) begin(ctx context.Context) (err error) {
	if w.tx, err = w.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// commit commits the transaction, which has written so many invoices. The steps that follow are queued.
func (w *writer) commit(ctx context.Context, invoices int) error {
	if err := w.tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	w.tx = nil
	w.report(invoices)
	return nil
}

// rollback rolls back the transaction if it was not committed, also if ctx was cancelled.
func (w *writer) rollback(ctx context.Context) error {
	if w.tx == nil {
		return nil
	}
	if err := w.tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) && ctx.Err() == nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// businesses writes all organizations, side by side: in every ANALYZE the planner then sees each of them with its share of
// the rows. For one that it has not seen it would expect a single row, and plan nested loops over all of its rows.
func (w *writer) businesses(ctx context.Context, o Options) error {
	w.report(0)
	var all []*business
	for i, p := range plans(o.Name) {
		b := newBusiness(p, o, uint64(i))
		if err := w.organization(ctx, b); err != nil {
			return err
		}
		all = append(all, b)
	}
	w.main = all[0]
	next := sample
	if w.total < 20*sample {
		next = w.total
	}
	for first := min(w.total, w.part); w.counts.Invoices < first; {
		reach := min(next, first)
		if err := w.invoicesUpTo(ctx, reach, all...); err != nil {
			return err
		}
		if err := w.salesUpTo(ctx, reach, all...); err != nil {
			return err
		}
		if err := w.post(ctx); err != nil {
			return err
		}
		if w.counts.Invoices = reach; reach < w.total {
			if err := w.analyze(ctx); err != nil {
				return err
			}
		}
		next *= 10
	}
	if w.total <= w.part {
		return w.finish(ctx)
	}
	if err := w.commit(ctx, w.counts.Invoices); err != nil {
		return err
	}
	return w.streams(ctx, all)
}

// invoicesUpTo writes the next invoices of the businesses, up to their parts of so many.
func (w *writer) invoicesUpTo(ctx context.Context, reach int, all ...*business) error {
	for _, b := range all {
		if err := w.invoices(ctx, b, b.part(reach)-b.invoices); err != nil {
			return err
		}
	}
	return nil
}

// salesUpTo writes the next sales of the businesses, in proportion to so many invoices.
func (w *writer) salesUpTo(ctx context.Context, reach int, all ...*business) error {
	for _, b := range all {
		if err := w.sales(ctx, b, int(int64(b.size.Sales)*int64(reach)/int64(w.total))-b.sold); err != nil {
			return err
		}
	}
	return nil
}

// post has the database post and check what the transaction has written so far. What is posted before the next ANALYZE is
// counted by it; otherwise the planner would take the journal for empty, and read all of an organization's entries for each record.
func (w *writer) post(ctx context.Context) error {
	for _, sql := range []string{`SET CONSTRAINTS ALL IMMEDIATE`, `SET CONSTRAINTS ALL DEFERRED`} {
		if _, err := w.tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("post: %w", err)
		}
	}
	return nil
}

// finish commits the only transaction of a small business, after it has analyzed the tables once more if it did before.
func (w *writer) finish(ctx context.Context) error {
	if w.analyzed {
		if err := w.analyze(ctx); err != nil {
			return err
		}
	}
	return w.commit(ctx, w.counts.Invoices)
}

// analyze updates the planner's statistics.
func (w *writer) analyze(ctx context.Context) error {
	w.analyzed = true
	return canonical.Analyze(ctx, w.db())
}

// db is where to read from.
func (w *writer) db() canonical.Reader {
	if w.tx != nil {
		return w.tx
	}
	return w.pool
}

// report tells that so many more invoices were written.
func (w *writer) report(more int) {
	w.reporting.Lock()
	defer w.reporting.Unlock()
	if w.written += more; w.progress != nil {
		w.progress(w.written, w.total)
	}
}

// do makes a step at once, or queues it for a stream.
func (w *writer) do(ctx context.Context, s step) error {
	if w.tx != nil {
		return s(ctx, w.tx)
	}
	w.queued = append(w.queued, s)
	return nil
}

// keys takes n keys from a canonical table's sequence. They need not be consecutive.
func (w *writer) keys(ctx context.Context, table string, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	rows, err := w.db().Query(ctx, `SELECT nextval(sequence) FROM generate_series(1, $2),
		(SELECT pg_get_serial_sequence('canonical.' || $1::text, 'id')::regclass AS sequence OFFSET 0) AS found`, table, n)
	if err != nil {
		return nil, fmt.Errorf("take keys of %s: %w", table, err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("take keys of %s: %w", table, err)
	}
	return keys, nil
}

// copy writes rows by COPY, at once or in a stream, and adds their number to count.
func (w *writer) copy(ctx context.Context, count *int, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	*count += len(rows)
	return w.do(ctx, func(ctx context.Context, tx pgx.Tx) error { return copyRows(ctx, tx, table, columns, rows) })
}

func copyRows(ctx context.Context, tx pgx.Tx, table string, columns []string, rows [][]any) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"canonical", table}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("write %s: %w", table, err)
	}
	return nil
}

// number sets the second column of every row to a new key.
func (w *writer) number(ctx context.Context, table string, rows [][]any) error {
	keys, err := w.keys(ctx, table, len(rows))
	if err != nil {
		return err
	}
	for i, row := range rows {
		row[1] = keys[i]
	}
	return nil
}

// numeric returns a decimal number from its units of the last place: 12345 with 2 places is 123.45.
func numeric(units int64, places int32) pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(units), Exp: -places, Valid: true}
}
