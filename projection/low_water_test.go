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
	var sql string
	for shape, statement := range products.Statements() {
		if shape == "by NAME, descending false, count false, after a cursor false, exact" {
			sql = statement
		}
	}
	if sql == "" {
		t.Fatal("no such statement")
	}
	return buffers(ctx, t, pool, strings.ReplaceAll(sql, "$1", "1::bigint"))
}

// While somebody holds an old snapshot, the marks that were absorbed meanwhile stay in their table. A read steps over them.
func TestHeldSnapshots(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	run(ctx, t, pool, "VACUUM ANALYZE marks.product_summaries")
	quiet := pagePages(ctx, t, pool)
	holder := connect(t, pool)
	exec(ctx, t, holder, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	exec(ctx, t, holder, "SELECT FROM canonical.products LIMIT 1")
	churn(ctx, t, pool, 60)
	// Other tests write on the same server: as long as one of the transactions that ran meanwhile has not ended, the low
	// water stays below it.
	held := 0
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		run(ctx, t, pool, "UPDATE engine.low_water SET moved_at = '-infinity'")
		churn(ctx, t, pool, 1)
		if held = pagePages(ctx, t, pool); held <= 2*quiet {
			break
		}
	}
	t.Logf("%d pages when it is quiet, %d beside an idle snapshot and at least %d dead marks", quiet, held, 60*40)
	if held > 2*quiet {
		t.Errorf("%d pages when it is quiet, %d beside an idle snapshot", quiet, held)
	}
	exec(ctx, t, holder, "COMMIT")
	w := &workload{pool: pool}
	if w.check(ctx); len(w.found()) > 0 {
		t.Error(w.found())
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
