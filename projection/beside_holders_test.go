package projection_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	osexec "os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
	"daybook/projection"
)

var besideHolders = flag.Duration("holders", 5*time.Second, "how long pages are read beside an idle snapshot, a pg_dump and a prepared transaction")

// pageSample is what one phase of reading pages saw.
type pageSample struct {
	times         []time.Duration
	exact, stored []int // pages of the database that a page read, exactly and from the stored copy alone
}

func (s pageSample) String() string {
	return fmt.Sprintf("%d pages, p50 %s, p95 %s; pages of the database that one reads: median %d, p95 %d, of the stored copy alone %d, %d",
		len(s.times), quantile(s.times, 0.5), quantile(s.times, 0.95), quantile(s.exact, 0.5), quantile(s.exact, 0.95), quantile(s.stored, 0.5), quantile(s.stored, 0.95))
}

// overhead is the median of what exactness adds to the pages of the database that are read.
func (s pageSample) overhead() int {
	var more []int
	for i := range s.exact {
		more = append(more, s.exact[i]-s.stored[i])
	}
	return quantile(more, 0.5)
}

func quantile[T int | time.Duration](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// readBeside reads pages for a while, and looks now and then how many pages of the database one takes.
func readBeside(ctx context.Context, t *testing.T, pool *pgxpool.Pool, d time.Duration) (s pageSample) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < d; time.Sleep(20 * time.Millisecond) {
		start := time.Now()
		reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Exact}
		if _, err := products.Page(ctx, reader, projection.PageQuery{First: new(50)}); err != nil {
			t.Fatal(err)
		}
		s.times = append(s.times, time.Since(start))
		if len(s.times)%25 == 1 {
			s.exact = append(s.exact, pagePagesBy(ctx, t, pool, "exact"))
			s.stored = append(s.stored, pagePagesBy(ctx, t, pool, "stored"))
		}
	}
	return s
}

// Marks that were absorbed do not make pages slower beside whoever keeps dead rows: an idle snapshot, a pg_dump that waits, a
// prepared transaction. All three hold what died since they began, while products are written and refreshed for as long as the flag
// says.
func TestPagesBesideHolders(t *testing.T) {
	pgtest.Long(t)
	ctx, pool := t.Context(), populated(t)
	run(ctx, t, pool, "INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) SELECT 1, i, 'L' || i, md5(i::text), 1, 'AUD' FROM generate_series(1001, 5000) i")
	for more := true; more; {
		run(ctx, t, pool, "ANALYZE projection.product_summaries")
		stats, err := engineOn(pool).Refresh(ctx, "product_summaries", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		more = stats.More
	}
	run(ctx, t, pool, "VACUUM ANALYZE")
	before := pagePagesBy(ctx, t, pool, "exact") - pagePagesBy(ctx, t, pool, "stored")
	writing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	written := 0
	wg.Go(func() {
		for ; writing.Err() == nil; time.Sleep(10 * time.Millisecond) {
			if _, err := pool.Exec(writing, "UPDATE canonical.products SET name = md5($1) WHERE organization_id = 1 AND id = $2", fmt.Sprint(written), 1001+written*7919%4000); err == nil {
				written++
			}
		}
	})
	wg.Go(func() {
		for engine := engineOn(pool); writing.Err() == nil; time.Sleep(50 * time.Millisecond) {
			if _, err := engine.Refresh(writing, "product_summaries", time.Second); err != nil && writing.Err() == nil {
				t.Error(err)
			}
		}
	})
	quiet := readBeside(ctx, t, pool, *besideHolders/5)
	t.Logf("quiet: %v", quiet)

	snapshot := connect(t, pool)
	exec(ctx, t, snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	exec(ctx, t, snapshot, "SELECT FROM canonical.products LIMIT 1")
	prepare(ctx, t, pool)
	dump(ctx, t, pool)
	held := readBeside(ctx, t, pool, *besideHolders)
	stop()
	wg.Wait()
	if _, err := engineOn(pool).Refresh(ctx, "product_summaries", time.Minute); err != nil {
		t.Fatal(err)
	}
	exact, stored := pagePagesBy(ctx, t, pool, "exact"), pagePagesBy(ctx, t, pool, "stored")
	t.Logf("at rest, still held: %d pages of the database, of the stored copy alone %d", exact, stored)
	var dead, moves int
	if err := pool.QueryRow(ctx, `SELECT (pg_stat_get_live_tuples(r) + pg_stat_get_dead_tuples(r))::int, (SELECT max(move)::int FROM engine.low_water) FROM CAST('marks.product_summaries' AS regclass) r`).Scan(&dead, &moves); err != nil {
		t.Fatal(err)
	}
	t.Logf("held:  %v; %d writes, %d dead marks, %d low waters", held, written, dead, moves)
	t.Logf("while products are written, exactness adds %d pages of the database to a page, %d when nobody holds any", held.overhead(), quiet.overhead())
	// How many pages dead marks cost at rest is TestHeldMarks' business; here it depends on when the low water last rose.
	t.Logf("at rest, exactness adds %d pages of the database to a page, %d before", exact-stored, before)
	w := &workload{pool: pool}
	if w.check(ctx); len(w.found()) > 0 {
		t.Error(w.found())
	}
}

// prepare leaves a transaction prepared that has marked a product, until the test ends.
func prepare(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	conn := connect(t, pool)
	if _, err := conn.PgConn().Exec(ctx, "BEGIN; INSERT INTO marks.product_summaries (grain, organization_id, product_id) VALUES ('key', 3, 301); PREPARE TRANSACTION 'beside'").ReadAll(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec(context.WithoutCancel(ctx), t, conn, "ROLLBACK PREPARED 'beside'") })
}

// dump starts a pg_dump that waits for a table, with its snapshot, until the test ends.
func dump(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin.Path("pg_dump")); err != nil {
		t.Skipf("no pg_dump beside the server's programs: %v", err)
	}
	lock := connect(t, pool)
	for _, sql := range []string{"CREATE TABLE canonical.waited_for ()", "BEGIN", "LOCK TABLE canonical.waited_for"} {
		exec(ctx, t, lock, sql)
	}
	cmd := osexec.CommandContext(ctx, bin.Path("pg_dump"), "--file="+os.DevNull, pool.Config().ConnString())
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var holds bool
		err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'pg_dump' AND datname = current_database() AND backend_xmin IS NOT NULL AND wait_event_type = 'Lock')").Scan(&holds)
		if holds {
			return
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("pg_dump holds no snapshot: %v", err)
		}
	}
}
