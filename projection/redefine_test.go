package projection_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/migrations"
	"daybook/projection"
)

// relabel redefines the products' projection, with an SQL expression as the name and another type
// for tax_rate_id, which invalidates prepared statements.
func relabel(ctx context.Context, t *testing.T, pool *pgxpool.Pool, name, typ string) {
	t.Helper()
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		return all(ctx, tx, []string{
			fmt.Sprintf(`SELECT engine.redefine('product_summaries', $v$
				SELECT p.organization_id, p.id AS product_id, 'Product'::text AS canonical_type, p.id AS canonical_id, p.version, p.sku, %s AS name, p.description, p.currency,
				p.unit_price::numeric AS unit_price, p.tax_rate_id::%s AS tax_rate_id, p.archived_at, p.archived_at IS NOT NULL AS archived, p.created_at, p.updated_at, lower(p.sku) AS search_text
				FROM canonical.products p $v$)`, name, typ),
			"SELECT engine.activate('product_summaries__next')",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// belongings lists the objects of the products' projection by name: relations, functions,
// triggers, statistics targets and its comment.
func belongings(ctx context.Context, t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(ctx, `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname IN ('projection', 'marks', 'source', 'dirty') AND c.relname LIKE 'product\_summaries%'
		UNION ALL SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proname LIKE 'product\_summaries%'
		UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'mark\_product\_summaries%'
		UNION ALL SELECT attname || ' has statistics target ' || attstattarget FROM pg_attribute WHERE attrelid = 'projection.product_summaries'::regclass AND attstattarget > 0
		UNION ALL SELECT obj_description('marks.product_summaries'::regclass) ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func settle(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := engineOn(pool).Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// While a projection gets a new definition, writers and readers go on: every answer is of the old
// definition or of the new one, and none is of the old one after an answer of the new one.
func TestRedefineUnderLoad(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := inhabited(t)
	before := belongings(t.Context(), t, pool)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var generation, writes, reads atomic.Int64
	for i := range 3 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, err := pool.Exec(ctx, "INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency, tax_rate_id) VALUES (1, $1, 'Label 1', $2, 'AUD', 1)", fmt.Sprintf("W%d-%d", i, n), n)
				if err == nil {
					writes.Add(1)
				} else if ctx.Err() == nil {
					t.Errorf("write: %v", err)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				seen := generation.Load()
				r := &projection.Reader{DB: pool, OrganizationID: 1}
				if i == 0 {
					got, err := products.ByKey(ctx, r, []int64{1, 2, 3})
					if err != nil || len(got) != 3 {
						if ctx.Err() == nil {
							t.Errorf("by key: %v, %v", got, err)
						}
						continue
					}
					advance(t, &generation, seen, got[1].Name)
				} else {
					page, err := products.Page(ctx, r, projection.PageQuery{First: new(5), Where: []projection.Condition{projection.Where("product_id = ?", 1)}})
					if err != nil || len(page.Rows) != 1 {
						if ctx.Err() == nil {
							t.Errorf("page: %+v, %v", page, err)
						}
						continue
					}
					advance(t, &generation, seen, page.Rows[0].Name)
				}
				reads.Add(1)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	for i, typ := range []string{"int", "bigint", "smallint"} {
		relabel(ctx, t, pool, fmt.Sprintf("'generation %d'", i+1), typ)
		if got := generation.Load(); got != int64(i) {
			t.Errorf("the new definition answers before the switch: %d", got)
		}
		time.Sleep(50 * time.Millisecond)
		settle(ctx, t, pool)
		time.Sleep(100 * time.Millisecond)
		if got := generation.Load(); got != int64(i+1) {
			t.Errorf("the new definition does not answer after the switch: %d", got)
		}
	}
	cancel()
	wg.Wait()
	if writes.Load() == 0 || reads.Load() == 0 {
		t.Errorf("%d writes, %d reads", writes.Load(), reads.Load())
	}
	if after := belongings(t.Context(), t, pool); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("its tables, indexes and functions were\n%v\nand are\n%v", before, after)
	}
	exec(t.Context(), t, pool, "SELECT engine.check()")
	w := &workload{pool: pool}
	w.check(t.Context())
	w.rest(t)
	for _, d := range w.found() {
		t.Error(d)
	}
}

// advance checks that the generation read is not older than one that was seen before.
func advance(t *testing.T, generation *atomic.Int64, seen int64, name string) {
	var got int64
	if _, err := fmt.Sscanf(name, "generation %d", &got); err != nil {
		got = 0
	}
	if got < seen {
		t.Errorf("%q after generation %d", name, seen)
	}
	for old := generation.Load(); got > old && !generation.CompareAndSwap(old, got); old = generation.Load() {
	}
}

// A paused projection is paused after its switch. Refreshing the next definition under its former
// name is an UnknownError.
func TestSwitchKeepsThePause(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	e := engineOn(pool)
	if err := e.Pause(ctx, "product_summaries"); err != nil {
		t.Fatal(err)
	}
	relabel(ctx, t, pool, "p.name", "bigint")
	if _, err := e.Refresh(ctx, "product_summaries__next", time.Minute); err != nil {
		t.Fatal(err)
	}
	settle(ctx, t, pool)
	var paused bool
	if err := pool.QueryRow(ctx, "SELECT paused FROM engine.projections WHERE name = 'product_summaries'").Scan(&paused); err != nil || !paused {
		t.Errorf("paused %t, %v", paused, err)
	}
	var unknown *projection.UnknownError
	if _, err := e.Refresh(ctx, "product_summaries__next", time.Minute); !errors.As(err, &unknown) {
		t.Errorf("refresh of what was switched: %v", err)
	}
}

// A materialized view with a long interval switches without waiting for it.
func TestRedefineMaterializedView(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	run(ctx, t, pool, roster)
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		return all(ctx, tx, []string{
			"SELECT engine.redefine('roster', pg_get_viewdef('source.roster'))",
			"SELECT engine.activate('roster__next')",
			"UPDATE engine.projections SET refresh_started_at = clock_timestamp() WHERE name = 'roster__next'",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	exec(ctx, t, pool, rename)
	settle(ctx, t, pool)
	exec(ctx, t, pool, "SELECT engine.check()")
	var name string
	if err := pool.QueryRow(ctx, "SELECT full_name FROM projection.roster WHERE organization_id = 1 AND person_id = 2").Scan(&name); err != nil || name != "Person 2 Renamed" {
		t.Errorf("%q, %v", name, err)
	}
}

// A redefined projection of more rows than a switch absorbs by itself is built once Up and Settle have run, so that
// processes serve it.
func TestRedefinedIsBuilt(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	exec(ctx, t, pool, "INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) SELECT 1, 'MANY-' || i, 'Many', 1, 'AUD' FROM generate_series(1, 400) i")
	(&workload{pool: pool}).rest(t)
	for _, name := range []string{"product_summaries", "notification_settings"} {
		t.Run(name, func(t *testing.T) {
			exec(ctx, t, pool, fmt.Sprintf("SELECT engine.redefine('%[1]s', pg_get_viewdef('source.%[1]s'::regclass))", name))
			if err := migrations.Up(ctx, pool.Config().ConnString()); err != nil {
				t.Fatal(err)
			}
			if name == "product_summaries" {
				var waiting bool
				if err := pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM engine.projections WHERE replaces = $1 AND built_at IS NULL)", name).Scan(&waiting); err != nil || !waiting {
					t.Fatalf("Up has left nothing for Settle: %v", err)
				}
			}
			settle(ctx, t, pool)
			list, err := engineOn(pool).List(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				if !p.Built || p.Replaces != nil {
					t.Errorf("%s: built %t, replaces %v", p.Name, p.Built, p.Replaces)
				}
			}
			exec(ctx, t, pool, "SELECT engine.check()")
		})
	}
}
