package projection_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

// populated makes three organizations of 40 products each, with nothing to be refreshed.
func populated(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.Pool(t)
	run(t.Context(), t, pool, `
		INSERT INTO canonical.organizations (id, name, time_zone, base_currency) SELECT o, 'Organization ' || o, 'UTC', 'AUD' FROM generate_series(1, 3) o;
		INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) SELECT o, o, 'Rate', 10 FROM generate_series(1, 3) o;
		INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency, tax_rate_id)
		SELECT o, 100 * o + i, 'S' || i, 'Product', 100, 'AUD', o FROM generate_series(1, 3) o, generate_series(1, 40) i`)
	if stats, err := engineOn(pool).Refresh(t.Context(), "product_summaries", time.Minute); err != nil || stats.More {
		t.Fatalf("%+v, %v", stats, err)
	}
	return pool
}

// marksOf counts the marks of an organization's products.
func marksOf(ctx context.Context, t *testing.T, pool *pgxpool.Pool, organization int) (n int) {
	t.Helper()
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM marks.product_summaries WHERE organization_id = $1", organization).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A backlog of many marks of few keys, and of groups of these, is absorbed by computing each key about once, and its marks
// never become more.
func TestBacklogIsFolded(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	run(ctx, t, pool, "UPDATE canonical.products SET name = 'Renamed' WHERE organization_id = 1")
	run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 1, 101 + i % 40 FROM generate_series(1, 3000) i")
	for range 300 {
		run(ctx, t, pool, "UPDATE canonical.tax_rates SET name = name || '.' WHERE organization_id = 1")
		run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 1, 101 + i FROM generate_series(1, 10) i")
	}
	var keys, folded, calls int64
	for left := marksOf(ctx, t, pool, 1); left > 0; calls++ {
		var k, f int64
		if err := pool.QueryRow(ctx, "SELECT keys, folded FROM refresh.product_summaries(1, 8)").Scan(&k, &f); err != nil {
			t.Fatal(err)
		}
		keys, folded = keys+k, folded+f
		now := marksOf(ctx, t, pool, 1)
		if now >= left {
			t.Fatalf("%d marks become %d", left, now)
		}
		left = now
	}
	// 6300 marks are folded 400 at a time, and each time a batch of 8 keys is computed.
	if folded < 5000 || keys > 300 {
		t.Errorf("%d marks are folded and %d keys computed in %d calls", folded, keys, calls)
	}
	w := &workload{pool: pool}
	if w.check(ctx); len(w.found()) > 0 {
		t.Error(w.found())
	}
	var renamed int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM projection.product_summaries WHERE name = 'Renamed'").Scan(&renamed); err != nil || renamed != 40 {
		t.Errorf("%d are stored as renamed, %v", renamed, err)
	}
}

// However large the backlog of one organization is, the others have their turns.
func TestOrganizationsTakeTurns(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	run(ctx, t, pool, "UPDATE canonical.products SET name = 'Renamed' WHERE organization_id = 1 OR id % 100 = 1")
	e := engineOn(pool)
	e.Batch = 2
	for range 3 {
		if stats, err := e.Refresh(ctx, "product_summaries", 1); err != nil || !stats.More { // a budget for one batch
			t.Fatalf("%+v, %v", stats, err)
		}
	}
	if one, two, three := marksOf(ctx, t, pool, 1), marksOf(ctx, t, pool, 2), marksOf(ctx, t, pool, 3); one == 0 || two > 0 || three > 0 {
		t.Errorf("after three turns the organizations have %d, %d and %d marks left", one, two, three)
	}
	if stats, err := e.Refresh(ctx, "product_summaries", time.Minute); err != nil || stats.More || marksOf(ctx, t, pool, 1) > 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// Where somebody else refreshes an organization, a refresh goes on to the others and comes back. Two work on a projection at
// most.
func TestRefreshGoesElsewhere(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	run(ctx, t, pool, "UPDATE canonical.products SET name = 'Renamed'")
	first := begin(ctx, t, pool)
	exec(ctx, t, first, "SELECT engine.try_lock('product_summaries', 1)")
	e := engineOn(pool)
	// Without a budget a call gives one organization its turn, and the next call the next one.
	for range 100 {
		if stats, err := e.Refresh(ctx, "product_summaries", 0); err != nil || !stats.More {
			t.Fatalf("%+v, %v", stats, err)
		}
	}
	if one, two, three := marksOf(ctx, t, pool, 1), marksOf(ctx, t, pool, 2), marksOf(ctx, t, pool, 3); one != 40 || two > 0 || three > 0 {
		t.Errorf("%d, %d and %d marks are left", one, two, three)
	}
	second := begin(ctx, t, pool)
	exec(ctx, t, second, "SELECT engine.try_lock('product_summaries', 2)")
	run(ctx, t, pool, "UPDATE canonical.products SET name = 'Again' WHERE organization_id = 3")
	for range 3 {
		if stats, err := e.Refresh(ctx, "product_summaries", 0); err != nil || !stats.More || marksOf(ctx, t, pool, 3) != 40 {
			t.Errorf("a third one: %+v, %v", stats, err)
		}
	}
	commit(ctx, t, second)
	waiting := background(func() {
		if stats, err := e.Refresh(ctx, "product_summaries", time.Minute); err != nil || stats.More {
			t.Errorf("%+v, %v", stats, err)
		}
	})
	soon(waiting)
	commit(ctx, t, first)
	<-waiting
	for o := 1; o <= 3; o++ {
		if n := marksOf(ctx, t, pool, o); n > 0 {
			t.Errorf("%d marks of %d are left", n, o)
		}
	}
}
