package projection_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// play runs an interleaving on the world at rest, then compares as run does.
func (w *workload) play(t *testing.T, interleaving func(context.Context, *testing.T, *pgxpool.Pool)) {
	t.Helper()
	ctx := t.Context()
	if _, err := w.pool.Exec(ctx, world); err != nil {
		t.Fatalf("make the world: %v", err)
	}
	w.rest(t)
	w.played = true
	interleaving(ctx, t, w.pool)
	w.check(ctx)
	if len(w.found()) == 0 {
		w.rest(t)
	}
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func exec(ctx context.Context, t *testing.T, db querier, sql string, args ...any) {
	t.Helper()
	if rows, err := db.Query(ctx, sql, args...); err != nil {
		t.Errorf("%s: %v", sql, err)
	} else if rows.Close(); rows.Err() != nil {
		t.Errorf("%s: %v", sql, rows.Err())
	}
}

// begin opens a transaction that is rolled back at the test's end unless it was committed.
func begin(ctx context.Context, t *testing.T, pool *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
	return tx
}

func commit(ctx context.Context, t *testing.T, tx pgx.Tx) {
	t.Helper()
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
}

const (
	refreshTwo = "SELECT refresh.document_summaries(1, 2)"
	rename     = "UPDATE canonical.people SET family_name = 'Renamed' WHERE organization_id = 1 AND id = 2"
	reprice    = "UPDATE canonical.document_items SET unit_price = 99999 WHERE organization_id = 1 AND document_id IN (3, 7)"
)

// soon waits until the function has ended, or for so long that it must be waiting for a lock.
func soon(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(500 * time.Millisecond):
	}
}

func background(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

// In these interleavings documents 1 and 7 are customer 2's, 3 is not, and a refresh takes two mark
// values at a time.

// overtakenRefresh: a refresh of the whole group has read the source and waits before it stores
// document 7. A writer that marked documents 3 and 7 earlier, as it posted them, commits, and a second refresh stores
// that. Then the first one goes on.
func overtakenRefresh(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	writer := begin(ctx, t, pool)
	exec(ctx, t, writer, reprice)
	exec(ctx, t, writer, "SET CONSTRAINTS ALL IMMEDIATE")
	exec(ctx, t, pool, rename)
	obstacle := begin(ctx, t, pool)
	exec(ctx, t, obstacle, "SELECT FROM projection.document_summaries WHERE organization_id = 1 AND document_id = 1 FOR UPDATE")
	first := background(func() { exec(ctx, t, pool, refreshTwo) })
	soon(first)
	commit(ctx, t, writer)
	second := background(func() { exec(ctx, t, pool, refreshTwo) })
	soon(second)
	commit(ctx, t, obstacle)
	<-first
	<-second
}

// markedAlready: a writer changes what is marked already. The mark is absorbed before the writer commits.
func markedAlready(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	exec(ctx, t, pool, reprice)
	writer := begin(ctx, t, pool)
	exec(ctx, t, writer, "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id IN (3, 7)")
	exec(ctx, t, writer, "SET CONSTRAINTS ALL IMMEDIATE")
	exec(ctx, t, pool, refreshTwo)
	commit(ctx, t, writer)
}

// waitingRefresh: one refresh holds the lock and a second one waits for it. A writer that marked
// earlier commits, the first refresh stores that and commits. Then the second one goes on.
func waitingRefresh(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	writer := begin(ctx, t, pool)
	exec(ctx, t, writer, reprice)
	exec(ctx, t, writer, "SET CONSTRAINTS ALL IMMEDIATE")
	exec(ctx, t, pool, rename)
	holder := begin(ctx, t, pool)
	exec(ctx, t, holder, "SELECT engine.lock('document_summaries', 1)")
	waiter := background(func() { exec(ctx, t, pool, refreshTwo) })
	soon(waiter)
	commit(ctx, t, writer)
	exec(ctx, t, holder, refreshTwo)
	commit(ctx, t, holder)
	<-waiter
}

// backlog: more marks than ten batches, of documents and of a group of them, wait for a refresh, which folds them.
func backlog(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	for range 10 {
		exec(ctx, t, pool, reprice)
		exec(ctx, t, pool, "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1")
		exec(ctx, t, pool, "UPDATE canonical.people SET family_name = family_name || '.' WHERE organization_id = 1 AND id = 2")
	}
	exec(ctx, t, pool, "SELECT refresh.document_summaries(1, 10)")
}

// joiningGroup: while a customer is being renamed, a document joins the group, and is
// refreshed before the renaming commits.
func joiningGroup(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	writer := begin(ctx, t, pool)
	exec(ctx, t, writer, rename)
	exec(ctx, t, pool, "INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES (1, 'invoice', 2, '2026-05-01', '2026-06-01', 'AUD')")
	exec(ctx, t, pool, "SELECT refresh.document_summaries(1, 100)")
	commit(ctx, t, writer)
}

// ghost: a damaged copy has a stored row without a source row and without a mark. A rebuild has to
// remove it.
func ghost(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	damage := begin(ctx, t, pool)
	exec(ctx, t, damage, "SELECT set_config('engine.writing', 'on', true)")
	exec(ctx, t, damage, "INSERT INTO projection.tax_rate_summaries SELECT organization_id, 77, canonical_type, 77, version, 'Ghost', percentage, archived_at, archived, created_at, updated_at FROM projection.tax_rate_summaries WHERE tax_rate_id = 1 AND organization_id = 1")
	commit(ctx, t, damage)
	exec(ctx, t, pool, "SELECT engine.mark_slice('tax_rate_summaries', NULL, 100)")
}

// openWriter: a projection is created while a writer has inserted a row and not yet committed.
func openWriter(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	writer := begin(ctx, t, pool)
	exec(ctx, t, writer, "INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) VALUES (1, 'NEW', 'Not yet committed', 1, 'AUD')")
	migration := background(func() {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			for _, sql := range []string{
				"CREATE VIEW source.labels AS SELECT organization_id, id AS product_id, 'Product'::text AS canonical_type, id AS canonical_id, name FROM canonical.products",
				"SELECT engine.create_projection('labels', 'table', '{organization_id,product_id}')",
				"SELECT engine.track('labels', 'canonical.products', 'key', '{organization_id,id}')",
				"SELECT engine.activate('labels')",
			} {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%s: %w", sql, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	soon(migration)
	commit(ctx, t, writer)
	<-migration
	exec(ctx, t, pool, "SELECT refresh.labels(1, 100)")
	exec(ctx, t, pool, "SELECT refresh.labels(2, 100)")
}

// overtakenFold: a fold has taken what document 1 is charged for again, and waits before it stores that. All that the document
// was charged for before is deleted, and a second fold begins. Then the first one goes on.
func overtakenFold(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	exec(ctx, t, pool, "INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES (1, 1, 1000, 'Again', 5)")
	obstacle := begin(ctx, t, pool)
	exec(ctx, t, obstacle, "SELECT FROM projection.charges WHERE organization_id = 1 AND document_id = 1 FOR UPDATE")
	first := background(func() { exec(ctx, t, pool, "SELECT refresh.charges(1, 100)") })
	soon(first)
	exec(ctx, t, pool, "DELETE FROM canonical.document_items WHERE organization_id = 1 AND document_id = 1 AND description <> 'Again'")
	second := background(func() { exec(ctx, t, pool, "SELECT refresh.charges(1, 100)") })
	soon(second)
	commit(ctx, t, obstacle)
	<-first
	<-second
}

// movedRow: document 1 leaves customer 2, whose page must not show it any more.
func movedRow(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	exec(ctx, t, pool, "UPDATE canonical.documents SET party_id = 3 WHERE organization_id = 1 AND id = 1")
}

// movedStore marks the items of a document as a group: they show its store.
func movedStore(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	exec(ctx, t, pool, "UPDATE canonical.documents SET store_id = 2 WHERE organization_id = 1 AND id = 1")
}

// movedItem moves an item to another document, one without taxes: they would mark it too.
func movedItem(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	exec(ctx, t, pool, "UPDATE canonical.document_items SET document_id = 3, line = 50 WHERE organization_id = 1 AND id = 25")
}
