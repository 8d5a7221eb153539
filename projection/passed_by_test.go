package projection_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

// wantAllExact compares all exact reads with their source views, in one snapshot.
func wantAllExact(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	w := &workload{pool: pool}
	w.check(ctx)
	for _, d := range w.found() {
		t.Error(d)
	}
}

// A session that lets rows of a replica in marks, sums and posts as any other.
func TestReplicaSessionsMark(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	subtotal := func() (n int64) {
		t.Helper()
		if err := pool.QueryRow(ctx, "SELECT subtotal FROM canonical.document_amounts WHERE organization_id = 1 AND document_id = 3").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := subtotal()
	super := pgtest.Superuser(t, pool)
	for _, sql := range []string{
		"SET session_replication_role = replica",
		"UPDATE canonical.products SET name = 'From a replica' WHERE organization_id = 1",
		"UPDATE canonical.document_items SET unit_price = 4711 WHERE organization_id = 1 AND document_id = 3",
	} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	wantAllExact(ctx, t, pool)
	if now := subtotal(); now == before {
		t.Errorf("the amounts of the document are those of before: %d", now)
	}
}

// Triggers that a superuser has switched off, and on again as pg_restore --disable-triggers does, are found, and what may have
// passed by is marked.
func TestTriggersSwitchedOff(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	super, engine := pgtest.Superuser(t, pool), engineOn(pool)
	if names, err := engine.Adopt(ctx); err != nil || len(names) > 0 {
		t.Fatalf("at first %v, %v", names, err)
	}
	for _, sql := range []string{
		"ALTER TABLE canonical.products DISABLE TRIGGER ALL",
		"UPDATE canonical.products SET name = 'Unseen' WHERE organization_id = 1",
		"ALTER TABLE canonical.products ENABLE TRIGGER ALL",
	} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var passed int
	if err := pool.QueryRow(ctx, "SELECT count(DISTINCT projection) FROM engine.problems() WHERE problem LIKE '%was switched off%'").Scan(&passed); err != nil || passed == 0 {
		t.Errorf("%d projections have a problem, %v", passed, err)
	}
	names, err := engine.Adopt(ctx)
	if err != nil || !slices.Contains(names, "product_summaries") || slices.Contains(names, "store_summaries") {
		t.Errorf("adopted %v, %v", names, err)
	}
	wantAllExact(ctx, t, pool)
	if names, err := engine.Adopt(ctx); err != nil || len(names) > 0 {
		t.Errorf("adopted again %v, %v", names, err)
	}
	exec(ctx, t, pool, "UPDATE canonical.products SET name = 'Seen' WHERE organization_id = 1")
	wantAllExact(ctx, t, pool)
}

// Logical replication into a canonical table is refused, since PostgreSQL calls no trigger for it that could mark.
func TestLogicalReplicationIsRefused(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, from, to := t.Context(), populated(t), inhabited(t)
	publisher, subscriber := pgtest.Superuser(t, from), pgtest.Superuser(t, to)
	for _, sql := range []string{"CREATE PUBLICATION products FOR TABLE canonical.products", "SELECT pg_create_logical_replication_slot('refused', 'pgoutput')"} {
		if _, err := publisher.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	c := publisher.Config()
	if _, err := subscriber.Exec(ctx, fmt.Sprintf("CREATE SUBSCRIPTION refused CONNECTION 'host=%s port=%d user=%s dbname=%s' PUBLICATION products WITH (create_slot = false, slot_name = 'refused', copy_data = false)", c.Host, c.Port, c.User, c.Database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		for _, sql := range []string{"ALTER SUBSCRIPTION refused DISABLE", "ALTER SUBSCRIPTION refused SET (slot_name = NONE)", "DROP SUBSCRIPTION refused"} {
			_, _ = subscriber.Exec(ctx, sql)
		}
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if _, err := publisher.Exec(ctx, "SELECT pg_drop_replication_slot('refused')"); err == nil {
				return
			}
		}
		t.Error("the slot is in use")
	})
	exec(ctx, t, from, "INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) VALUES (1, 7777, 'R', 'Replicated', 1, 'AUD')")
	failures := 0
	for end := time.Now().Add(20 * time.Second); failures == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := subscriber.QueryRow(ctx, "SELECT apply_error_count FROM pg_stat_subscription_stats WHERE subname = 'refused'").Scan(&failures); err != nil {
			t.Fatal(err)
		}
	}
	if failures == 0 {
		t.Error("the rows are not refused")
	}
	var arrived bool
	if err := to.QueryRow(ctx, "SELECT EXISTS (SELECT FROM canonical.products WHERE id = 7777)").Scan(&arrived); err != nil || arrived {
		t.Errorf("the row has arrived: %t, %v", arrived, err)
	}
	wantAllExact(ctx, t, to)
}
