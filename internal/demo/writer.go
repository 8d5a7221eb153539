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
	// chunk is how many people or invoices are in memory at a time, and copied by one statement.
	chunk = 2500
	// sample is after how many invoices the planner first looks.
	sample = 500
	// perTransaction is how many invoices a transaction writes at most.
	perTransaction = 4 * chunk
)

// writer writes all organizations, in transactions that follow each other.
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

// rollback ends a transaction that was not committed. A cancelled one is rolled back too, before its connection goes
// back to the pool.
func (w *writer) rollback(ctx context.Context) error {
	if err := w.tx.Rollback(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, pgx.ErrTxClosed) && ctx.Err() == nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// businesses writes the whole. The organizations grow side by side, so that at any time the planner can know each and
// its share: of one that it has never seen it expects a single row, and would read all of its rows for each of them.
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

// wrote counts n more invoices, and goes on to the next transaction when this one has enough.
func (w *writer) wrote(ctx context.Context, n int) error {
	w.counts.Invoices += n
	w.pending += n
	if w.pending >= perTransaction {
		if err := w.tx.Commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		w.report(w.counts.Invoices)
		return w.begin(ctx)
	}
	return nil
}

// finish commits what is left, and lets the planner know a large business.
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

// analyze tells the planner how much every organization has.
func (w *writer) analyze(ctx context.Context) error {
	w.analyzed = true
	return canonical.Analyze(ctx, w.tx)
}

func (w *writer) report(done int) {
	if w.progress != nil {
		w.progress(done, w.total)
	}
}

// keys takes n keys from a canonical table's sequence. They need not follow each other: others may take some too.
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

// copy writes rows, and adds their number to count.
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

// number gives every row a key, in the second column.
func (w *writer) number(ctx context.Context, table string, rows [][]any) error {
	keys, err := w.keys(ctx, table, len(rows))
	for i, key := range keys {
		rows[i][1] = key
	}
	return err
}

// numeric is a decimal number, of so many units in its last place.
func numeric(units int64, places int32) pgtype.Numeric {
	return pgtype.Numeric{Int: big.NewInt(units), Exp: -places, Valid: true}
}
