package projection_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// churn marks and refreshes all products of an organization, round by round; each round's marks are dead afterwards. The
// products stay as they are, so that nothing but marks dies.
func churn(ctx context.Context, t *testing.T, pool *pgxpool.Pool, rounds int) {
	t.Helper()
	for range rounds {
		run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 1, 100 + i FROM generate_series(1, 40) i")
		if stats, err := engineOn(pool).Refresh(ctx, "product_summaries", time.Minute); err != nil || stats.More {
			t.Fatalf("%+v, %v", stats, err)
		}
	}
}

// pagePages is how many pages of the database an exact page of products reads.
func pagePages(ctx context.Context, t *testing.T, pool *pgxpool.Pool) int {
	t.Helper()
	return pagePagesBy(ctx, t, pool, "exact")
}

// pagePagesBy is how many pages of the database a page of products reads by a statement: exact or stored.
func pagePagesBy(ctx context.Context, t *testing.T, pool *pgxpool.Pool, statement string) int {
	t.Helper()
	sql := products.Statements()["by NAME, descending false, count false, after a cursor false, "+statement]
	if sql == "" {
		t.Fatalf("no statement %q", statement)
	}
	return buffers(ctx, t, pool, strings.ReplaceAll(sql, "$1", "1::bigint"))
}

// refreshPages is how many pages of the database it takes to list the marked organizations, and to refresh a product.
func refreshPages(ctx context.Context, t *testing.T, pool *pgxpool.Pool) int {
	t.Helper()
	run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 1, 100 + i FROM generate_series(1, 4) i")
	return buffers(ctx, t, pool, "SELECT refresh.product_summaries(NULL, 1)")
}

// While somebody holds an old snapshot, or a transaction has not ended, the marks that were absorbed meanwhile stay in their table.
// Reads, refreshes and the listing of organizations step over them.
func TestHeldMarks(t *testing.T) {
	t.Parallel()
	for _, holder := range []struct{ name, begin, end string }{
		{"an idle snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM canonical.products LIMIT 1", "COMMIT"},
		{"an open writer", "BEGIN; UPDATE canonical.products SET name = 'Held' WHERE organization_id = 1 AND id = 2", "COMMIT"},
		// One that has changed a product itself is refused: its change is announced, and what is announced is not prepared.
		{"a prepared transaction", "BEGIN; INSERT INTO marks.product_summaries (grain, organization_id, product_id) VALUES ('key', 1, 2); PREPARE TRANSACTION 'held'", "COMMIT PREPARED 'held'"},
	} {
		t.Run(holder.name, func(t *testing.T) {
			ctx, pool := t.Context(), populated(t)
			run(ctx, t, pool, "VACUUM ANALYZE marks.product_summaries")
			quiet, quietRefresh := pagePages(ctx, t, pool), refreshPages(ctx, t, pool)
			conn := connect(t, pool)
			script := func(sql string) {
				t.Helper()
				if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
					t.Fatal(err)
				}
			}
			script(holder.begin)
			churn(ctx, t, pool, 120)
			// Other tests write on the same server. Of those transactions that began long before the others the low water passes
			// over one, or over some that are near each other: of any that are not it waits for the end.
			held, heldRefresh := 0, 0
			for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
				run(ctx, t, pool, "UPDATE engine.low_water SET moved_at = '-infinity'")
				churn(ctx, t, pool, 1)
				if held, heldRefresh = pagePages(ctx, t, pool), refreshPages(ctx, t, pool); held <= 2*quiet && heldRefresh <= 2*quietRefresh {
					break
				}
			}
			t.Logf("a page reads %d pages, %d when it is quiet; a listing and a refresh %d, %d", held, quiet, heldRefresh, quietRefresh)
			if held > 2*quiet || heldRefresh > 2*quietRefresh {
				t.Error("more than twice as many")
			}
			script(holder.end)
			w := &workload{pool: pool}
			if w.check(ctx); len(w.found()) > 0 {
				t.Error(w.found())
			}
		})
	}
}

// The low water of a database that was restored elsewhere counts for nothing: transactions are numbered anew there.
func TestLowWaterFromElsewhere(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	super := pgtest.Superuser(t, pool)
	for _, sql := range []string{
		"UPDATE engine.low_water SET xid = '1000000000', moved_in = 1", // as a backup brings it
		"UPDATE canonical.products SET name = 'Renamed' WHERE organization_id = 1",
	} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Exact, Freshness: &projection.Freshness{}}
	page, err := products.Page(ctx, reader, projection.PageQuery{First: new(1)})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].Name != "Renamed" {
		t.Errorf("%+v, %v", page, err)
	}
	churn(ctx, t, pool, 1)
	var here bool
	if err := pool.QueryRow(ctx, "SELECT moved_in = held_in AND xid < '1000000000' FROM engine.low_water WHERE projection = 'product_summaries'").Scan(&here); err != nil || !here {
		t.Errorf("after a refresh the low water is of this server: %t, %v", here, err)
	}
}
