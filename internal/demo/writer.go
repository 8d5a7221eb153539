package demo

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
)

const (
	// chunk is the largest number of people or invoices in memory at a time, which are copied by one statement.
	chunk = 2500
	// sample is the number of invoices after which the tables are analyzed for the first time.
	sample = 25
	// perTransaction is the largest number of invoices in a transaction.
	perTransaction = 4 * chunk
)

// writer writes all organizations, in one transaction after the other.
type writer struct {
	pool     *pgxpool.Pool
	tx       pgx.Tx
	counts   Counts
	pending  int // invoices in this transaction
	analyzed bool
	main     *business
	total    int
	progress func(done, total int)
}

func (w *writer) begin(ctx context.Context) (err error) {
	w.pending = 0
	if w.tx, err = w.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// rollback rolls back the transaction if it was not committed, also if ctx was cancelled.
func (w *writer) rollback(ctx context.Context) error {
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
	for next := sample; w.counts.Invoices < w.total; {
		if w.counts.Invoices == next {
			if err := w.analyze(ctx); err != nil {
				return err
			}
			next *= 10
		}
		reach := min(w.counts.Invoices+chunk, next, w.total)
		for _, b := range all {
			if err := w.invoices(ctx, b, b.part(reach)-b.invoices); err != nil {
				return err
			}
			if err := w.sales(ctx, b, int(int64(b.size.Sales)*int64(reach)/int64(w.total))-b.sold); err != nil {
				return err
			}
		}
		if err := w.wrote(ctx, reach-w.counts.Invoices); err != nil {
			return err
		}
	}
	return nil
}

// wrote counts n more invoices, and begins the next transaction if this one has enough.
func (w *writer) wrote(ctx context.Context, n int) error {
	w.counts.Invoices += n
	w.pending += n
	if err := w.post(ctx); err != nil {
		return err
	}
	if w.pending >= perTransaction {
		if err := w.tx.Commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		w.report(w.counts.Invoices)
		return w.begin(ctx)
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

// finish commits the last transaction, after it has analyzed a large business once more.
func (w *writer) finish(ctx context.Context) error {
	if w.analyzed {
		if err := w.analyze(ctx); err != nil {
			return err
		}
	}
	if err := w.tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	w.report(w.counts.Invoices)
	return nil
}

// analyze updates the planner's statistics.
func (w *writer) analyze(ctx context.Context) error {
	w.analyzed = true
	return canonical.Analyze(ctx, w.tx)
}

func (w *writer) report(done int) {
	if w.progress != nil {
		w.progress(done, w.total)
	}
}

// keys takes n keys from a canonical table's sequence. They need not be consecutive.
func (w *writer) keys(ctx context.Context, table string, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	rows, err := w.tx.Query(ctx, `SELECT nextval(sequence) FROM generate_series(1, $2),
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

// copy writes rows by COPY and adds their number to count.
func (w *writer) copy(ctx context.Context, count *int, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := w.tx.CopyFrom(ctx, pgx.Identifier{"canonical", table}, columns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("write %s: %w", table, err)
	}
	*count += len(rows)
	return nil
}

// number sets the second column of every row to a new key.
func (w *writer) number(ctx context.Context, table string, rows [][]any) error {
	keys, err := w.keys(ctx, table, len(rows))
	for i, key := range keys {
		rows[i][1] = key
	}
	return err
}

// numeric returns a decimal number from its units of the last place: 12345 with 2 places is 123.45.
func numeric(units int64, places int32) pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(units), Exp: -places, Valid: true}
}
