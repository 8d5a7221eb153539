package resolvers

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
)

// readFrom makes all further reads of the root field in the dry run's transaction, until end
// closes it.
func (r *request) readFrom(run *canonical.DryRun) {
	r.dryRun = run
	pages, keys := *r.pages, *r.keys
	shared := &turns{tx: run.Tx}
	pages.DB, keys.DB = shared, shared
	r.pages, r.keys = &pages, &keys
}

// end closes the root field's dry run, if there was one.
func (r *request) end(ctx context.Context) error {
	if r.dryRun == nil {
		return nil
	}
	return r.dryRun.Close(ctx)
}

// turns serializes the reads of one root field, which run concurrently, on one transaction.
type turns struct {
	mu sync.Mutex
	tx pgx.Tx
}

// Query waits until the rows of the query before are closed.
func (t *turns) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	t.mu.Lock()
	rows, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		t.mu.Unlock()
		return rows, err // as pgx does: the rows tell the error too
	}
	return &turn{Rows: rows, end: sync.OnceFunc(t.mu.Unlock)}, nil
}

type turn struct {
	pgx.Rows
	end func()
}

// Close closes the rows and lets the next query run.
func (t *turn) Close() {
	t.Rows.Close()
	t.end()
}
