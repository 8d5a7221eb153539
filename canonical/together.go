package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Reader reads what a transaction sees.
type Reader interface {
	// Query is pgx's.
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Together makes several writes one: fn writes through the store that it is given, and all of it is committed when fn
// returns nil, none of it when fn returns an error, which Together returns. Its writes are those of any store, with the
// same rules and errors, each all or nothing: one that was refused, with *Invalid, leaves the others as they are, and fn
// may go on. Any other error of a write must be returned.
//
// Each write is checked and booked when it returns. Together on the store that fn was given makes some writes one among
// the others: they are checked and booked together, when it returns, which is quicker.
//
// Locks are kept until the end, above all that of the number series: others wait to approve. After losing against a
// concurrent transaction fn runs again, so it has no effects but those of its writes.
func (s *Store) Together(ctx context.Context, fn func(*Store, Reader) error) error {
	return s.again(ctx, func() error {
		return s.begin(ctx, func(tx pgx.Tx) error {
			if err := fn(&Store{pool: s.pool, within: tx, part: s.within != nil}, tx); err != nil {
				return err
			}
			return s.end(ctx, tx)
		})
	})
}

// settle checks and books now what the database would at commit, and leaves what comes next to be settled by itself.
func settle(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
	batch.Queue(`SET CONSTRAINTS ALL DEFERRED`)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("check constraints: %w", err)
	}
	return nil
}

// Analyze tells the planner how much the tables hold by now. A transaction that fills them should do so early, and again
// as they grow: of an organization that the planner has never seen it expects a single row, and would read all its rows
// for each of them.
func Analyze(ctx context.Context, db Reader) error {
	rows, err := db.Query(ctx, `SELECT canonical.analyze_books()`)
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	if err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}
