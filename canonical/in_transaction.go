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

// InTransaction makes several writes one transaction: fn writes through the store that it is given, and all of it is
// committed if fn returns nil, none of it if fn returns an error, which InTransaction returns. Its writes follow the
// same rules and return the same errors as those of any store, each all or nothing: a write that returned *Invalid
// leaves the others as they are, and fn may go on. Any other error of a write must be returned.
//
// Each write is checked and posted when it returns. InTransaction on the store that fn was given makes several writes
// one among the others: they are checked and posted together, when it returns, which is quicker.
//
// Locks are kept until the end, above all that of the number series: others wait to approve. After losing against a
// concurrent transaction fn runs again, so it has no effects but those of its writes.
func (s *Store) InTransaction(ctx context.Context, fn func(*Store, Reader) error) error {
	return s.committer.run(ctx, func(*pgx.Batch) func(connection, *pgx.Batch) error {
		return func(conn connection, _ *pgx.Batch) error {
			return fn(&Store{pool: s.pool, committer: s.committer.nest(conn)}, conn)
		}
	})
}

// Analyze updates the planner's statistics of the tables. A transaction that fills them calls it early, and again as
// they grow: without it the planner expects a single row of a new organization, and reads all its rows for each of them.
func Analyze(ctx context.Context, db Reader) error {
	rows, err := db.Query(ctx, `SELECT canonical.analyze_tables()`)
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	if err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}
