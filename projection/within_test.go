package projection_test

import (
	"testing"
	"time"

	"daybook/projection"
)

type storeSale struct{ SaleID, StoreID int64 }

var storeSales = projection.Define[storeSale](projection.Definition{
	Name: "sale_annotations", Key: []string{"sale_id"}, DefaultOrder: "TIME", Within: []string{"store_id"},
	Orders: map[string]projection.Order{"TIME": {Column: "occurred_at", Type: "timestamptz"}},
})

// A page of one store is exact however much of another store is behind, by single sales or as a whole; a sale that moves
// between the two shows where it is.
func TestWithinAGroup(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	engine := engineOn(pool)
	list := func(store int64) ([]storeSale, projection.Report) {
		t.Helper()
		r := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto, AutoWait: time.Nanosecond, Freshness: &projection.Freshness{}}
		page, err := storeSales.Page(ctx, r, projection.PageQuery{First: new(20), Where: []projection.Condition{projection.Equal("store_id", store)}, Count: true})
		if err != nil {
			t.Fatal(err)
		}
		if page.Total < len(page.Rows) {
			t.Errorf("store %d: counts %d of %d", store, page.Total, len(page.Rows))
		}
		return page.Rows, r.Freshness.Reports()[0]
	}
	want := func(when string, store int64, sold, dirty int) {
		t.Helper()
		if rows, report := list(store); len(rows) != sold || report.Read != "exact" || report.DirtyKeys != dirty {
			t.Errorf("%s: store %d has %d sales, want %d; %+v, want %d dirty", when, store, len(rows), sold, report, dirty)
		}
	}
	const sell = "INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) SELECT 1, $1, '2026-06-01 10:00+00', 'AUD', i FROM generate_series(1, $2::int) i"
	exec(ctx, t, pool, sell, 1, 3000)
	exec(ctx, t, pool, sell, 2, 1)
	want("sold", 1, 20, 3000)
	want("sold", 2, 1, 1)

	exec(ctx, t, pool, "UPDATE canonical.sales SET store_id = 2 WHERE id = (SELECT min(id) FROM canonical.sales WHERE store_id = 1)")
	want("moved", 2, 2, 2)

	if _, err := engine.Refresh(ctx, "sale_annotations", time.Minute); err != nil {
		t.Fatal(err)
	}
	exec(ctx, t, pool, "UPDATE canonical.sales SET store_id = 1 WHERE store_id = 2")
	want("moved back", 2, 0, 2)
	want("moved back", 1, 20, 2)

	// A mark of the whole store becomes a mark of each of its sales.
	exec(ctx, t, pool, "UPDATE canonical.day_parts SET name = name || '!' WHERE store_id = 1")
	exec(ctx, t, pool, sell, 2, 1)
	want("other day parts", 2, 1, 3)
	want("other day parts", 1, 20, 3001)
	exec(ctx, t, pool, "SELECT refresh.sale_annotations(1, 200)")
	want("expanded", 2, 1, 1)
	want("expanded", 1, 20, 3001)
}

// A read of what is at most so old takes the stored copy while its oldest mark is younger.
func TestWithinATime(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	exec(ctx, t, pool, "INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency) VALUES (1, 'NEW', 'New', 1, 'AUD')")
	rows, report, err := lookAt(ctx, t, products, pool, "within=1h", 0)
	if err != nil || len(rows) != 3 || report.Read != "stored" || report.Reason != "within" {
		t.Errorf("young: %d rows, %+v, %v", len(rows), report, err)
	}
	exec(ctx, t, pool, "UPDATE marks.product_summaries SET marked_at = marked_at - interval '2 hours'")
	rows, report, err = lookAt(ctx, t, products, pool, "within=1h", 0)
	if err != nil || len(rows) != 4 || report.Read != "exact" {
		t.Errorf("old: %d rows, %+v, %v", len(rows), report, err)
	}
	for text, ok := range map[string]bool{"within=2s": true, " WITHIN=150ms": true, "within=": false, "within=-1s": false, "within=x": false, "nearly": false} {
		if _, err := projection.ParseMode(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
