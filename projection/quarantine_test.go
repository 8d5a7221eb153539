package projection_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

type ratio struct {
	ProductID int64
	RateName  *string
	Ratio     int64
}

var ratios = projection.Define[ratio](projection.Definition{
	Name: "ratios", Key: []string{"product_id"}, DefaultOrder: "RATIO",
	Orders: map[string]projection.Order{"RATIO": {Column: "ratio", Type: "bigint"}},
})

// poisonable creates a projection whose row cannot be computed for a product that costs 13.
const poisonable = `
INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD');
INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES (1, 1, 'Rate', 10);
INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency, tax_rate_id) SELECT 1, i, 'S' || i, 'Product', 100, 'AUD', CASE WHEN i % 2 = 0 THEN 1 END FROM generate_series(1, 40) i;
CREATE VIEW source.ratios AS SELECT p.organization_id, p.id AS product_id, 'Product'::text AS canonical_type, p.id AS canonical_id, p.tax_rate_id, r.name AS rate_name, 8700 / (p.unit_price - 13) AS ratio
FROM canonical.products p LEFT JOIN canonical.tax_rates r ON r.organization_id = p.organization_id AND r.id = p.tax_rate_id;
SELECT engine.create_projection('ratios', 'table', '{organization_id,product_id}');
SELECT engine.declare_grain('ratios', 'rate', '{organization_id,tax_rate_id}');
SELECT engine.track('ratios', 'canonical.products', 'key', '{organization_id,id}');
SELECT engine.track('ratios', 'canonical.tax_rates', 'rate', '{organization_id,id}');
SELECT engine.activate('ratios');`

func ratiosOn(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.Pool(t)
	if _, err := pool.Exec(t.Context(), poisonable); err != nil {
		t.Fatal(err)
	}
	refreshRatios(t.Context(), t, pool, 40, 0)
	return pool
}

func refreshRatios(ctx context.Context, t *testing.T, pool *pgxpool.Pool, stored, quarantined int64) {
	t.Helper()
	stats, err := engineOn(pool).Refresh(ctx, "ratios", time.Minute)
	if err != nil || stats.Stored != stored || stats.Quarantined != quarantined {
		t.Fatalf("refresh: %+v, %v; want %d stored, %d set aside", stats, err, stored, quarantined)
	}
}

func TestPoisonedKeyIsSetAside(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), ratiosOn(t)
	exec(ctx, t, pool, "UPDATE canonical.products SET unit_price = CASE id WHEN 7 THEN 13 ELSE 42 END")
	_, report, err := lookAt(ctx, t, ratios, pool, projection.Auto, 0)
	if err != nil || report.Read != "stored" || report.Reason != "error" {
		t.Errorf("before it is set aside: %+v, %v", report, err)
	}
	if _, _, err := lookAt(ctx, t, ratios, pool, projection.Exact, time.Second); err == nil {
		t.Error("an exact read of what cannot be computed succeeds")
	}
	// A read by another key does not compute it.
	neighbour := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Exact}
	if got, err := ratios.ByKey(ctx, neighbour, []int64{8}); err != nil || got[8].Ratio != 300 {
		t.Errorf("neighbour: %+v, %v", got, err)
	}

	refreshRatios(ctx, t, pool, 39, 1)
	rows, report, err := lookAt(ctx, t, ratios, pool, projection.Exact, time.Second)
	if err != nil || report.Read != "stored" || report.Reason != "quarantine" || !slices.Equal(report.Quarantined, []string{"7"}) || len(rows) != 40 {
		t.Fatalf("set aside: %d rows, %+v, %v", len(rows), report, err)
	}
	for _, r := range rows {
		if want := map[bool]int64{true: 100, false: 300}[r.ProductID == 7]; r.Ratio != want {
			t.Errorf("product %d: %d, not %d", r.ProductID, r.Ratio, want)
		}
	}
	got, err := ratios.ByKey(ctx, neighbour, []int64{7, 8})
	if err != nil || got[7].Ratio != 100 || got[8].Ratio != 300 {
		t.Errorf("by key: %+v, %v", got, err)
	}
	var message string
	if err := pool.QueryRow(ctx, "SELECT error FROM engine.quarantine WHERE key = '{7}'").Scan(&message); err != nil || !strings.Contains(message, pgerrcode.DivisionByZero) {
		t.Errorf("error %q, %v", message, err)
	}
	// Other keys are verified and rebuilt beside it.
	if slice, err := engineOn(pool).Verify(ctx, "ratios", nil); err != nil || len(slice.Drifted) > 0 || slice.Next == nil {
		t.Errorf("verify: %+v, %v", slice, err)
	}
	if _, err := engineOn(pool).Rebuild(ctx, "ratios", nil); err != nil {
		t.Errorf("rebuild: %v", err)
	}

	if n, err := engineOn(pool).RetryQuarantine(ctx, "ratios", time.Hour); n != 0 || err != nil {
		t.Errorf("retried %d too early, %v", n, err)
	}
	if n, err := engineOn(pool).RetryQuarantine(ctx, "ratios", 0); n != 1 || err != nil {
		t.Errorf("retried %d, %v", n, err)
	}
	refreshRatios(ctx, t, pool, 0, 1)
	var attempts int
	if err := pool.QueryRow(ctx, "SELECT attempts FROM engine.quarantine").Scan(&attempts); err != nil || attempts < 2 {
		t.Errorf("%d attempts, %v", attempts, err)
	}
	exec(ctx, t, pool, "UPDATE canonical.products SET unit_price = 42 WHERE id = 7")
	refreshRatios(ctx, t, pool, 1, 0)
	if _, report, err = lookAt(ctx, t, ratios, pool, projection.Exact, time.Second); err != nil || len(report.Quarantined) > 0 {
		t.Errorf("repaired: %+v, %v", report, err)
	}
}

// If one member of a marked group cannot be computed, the others are stored.
func TestGroupWithPoisonedMember(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), ratiosOn(t)
	exec(ctx, t, pool, "UPDATE canonical.products SET unit_price = 13 WHERE id = 6")
	exec(ctx, t, pool, "DELETE FROM marks.ratios")
	exec(ctx, t, pool, "UPDATE canonical.tax_rates SET name = 'Renamed'")
	refreshRatios(ctx, t, pool, 19, 1)
	rows, report, err := lookAt(ctx, t, ratios, pool, projection.Auto, 0)
	if err != nil || !slices.Equal(report.Quarantined, []string{"6"}) {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, r := range rows {
		if r.RateName != nil && (*r.RateName == "Renamed") != (r.ProductID != 6) {
			t.Errorf("product %d shows the rate %s", r.ProductID, *r.RateName)
		}
	}
	// A key leaves the quarantine when its source row is deleted.
	exec(ctx, t, pool, "DELETE FROM canonical.products WHERE id = 6")
	if stats, err := engineOn(pool).Refresh(ctx, "ratios", time.Minute); err != nil || stats.Deleted != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	if list, err := engineOn(pool).List(ctx); err != nil || slices.ContainsFunc(list, func(s projection.Status) bool { return s.Quarantined > 0 }) {
		t.Errorf("%+v, %v", list, err)
	}
}
