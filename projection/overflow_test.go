package projection_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/projection"
)

type product struct {
	ProductID int64
	Name      string
	TaxRateID *int64
}

var products = projection.Define[product](projection.Definition{
	Name: "product_summaries", Key: []string{"product_id"}, DefaultOrder: "NAME",
	Orders: map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
})

func engineOn(pool *pgxpool.Pool) *projection.Engine {
	return projection.New(pool, slog.New(slog.DiscardHandler))
}

// lookAt reads the first page of 1000 rows of organization 1 and returns how it was read.
func lookAt[T any](ctx context.Context, t *testing.T, m *projection.Model[T], pool *pgxpool.Pool, mode projection.Mode, wait time.Duration) ([]T, projection.Report, error) {
	t.Helper()
	r := &projection.Reader{DB: pool, OrganizationID: 1, Mode: mode, MaxWait: wait, Freshness: &projection.Freshness{}}
	page, err := m.Page(ctx, r, projection.PageQuery{First: new(1000), Count: true})
	if err != nil {
		return nil, projection.Report{}, err
	}
	if len(page.Rows) < 1000 && page.Total != len(page.Rows) {
		t.Errorf("counts %d rows of %d", page.Total, len(page.Rows))
	}
	return page.Rows, r.Freshness.Reports()[0], nil
}

func TestTooMuchIsDirty(t *testing.T) {
	t.Parallel()
	// Marks that are too many to be expanded count as 0 dirty keys.
	dirty := map[string]int{"keys": 10001, "marks": 0, "marks without keys": 0}
	for name, sql := range map[string]string{
		"marks without keys": "INSERT INTO marks.product_summaries (organization_id, grain, product_id) SELECT 1, 'nothing', 1 FROM generate_series(1, 50001) i",
		"keys":               "INSERT INTO canonical.products (organization_id, sku, name, unit_price, currency, tax_rate_id) SELECT 1, 'N' || i, 'New', 1, 'AUD', 2 FROM generate_series(1, 10001) i",
		"marks":              "INSERT INTO marks.product_summaries (organization_id, grain, product_id) SELECT 1, 'key', 1 FROM generate_series(1, 50001)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, pool := t.Context(), inhabited(t)
			exec(ctx, t, pool, sql)
			rows, report, err := lookAt(ctx, t, products, pool, projection.Auto, 0)
			if err != nil || len(rows) != 3 || report.Read != "stored" || report.Reason != "backlog" || report.DirtyKeys != dirty[name] {
				t.Errorf("auto: %d rows, %+v, %v", len(rows), report, err)
			}
			start := time.Now()
			if _, _, err := lookAt(ctx, t, products, pool, projection.Exact, 100*time.Millisecond); !errors.Is(err, projection.ErrBehind) {
				t.Errorf("exact: %v", err)
			}
			if waited := time.Since(start); waited < 100*time.Millisecond || waited > 5*time.Second {
				t.Errorf("exact waited %v", waited)
			}
			byKeyIsExact(ctx, t, pool)
			drained := background(func() {
				time.Sleep(50 * time.Millisecond)
				if _, err := engineOn(pool).Refresh(ctx, "product_summaries", time.Minute); err != nil {
					t.Error(err)
				}
			})
			_, report, err = lookAt(ctx, t, products, pool, projection.Exact, time.Minute)
			if err != nil || report.Read != "exact" {
				t.Errorf("exact while it is drained: %+v, %v", report, err)
			}
			<-drained
		})
	}
}

// byKeyIsExact checks reads by key and by a parent's key after a change; a key may be given twice.
func byKeyIsExact(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	exec(ctx, t, pool, "UPDATE canonical.products SET name = 'Renamed', tax_rate_id = 1 WHERE organization_id = 1 AND id = 1")
	r := &projection.Reader{DB: pool, OrganizationID: 1, Freshness: &projection.Freshness{}}
	got, err := products.ByKey(ctx, r, []int64{1, 2, 1, 99})
	if err != nil || len(got) != 2 || got[1].Name != "Renamed" || got[2].Name != "Product 2" {
		t.Errorf("by key: %+v, %v", got, err)
	}
	byRate, err := products.Related(ctx, r, "tax_rate_id", "product_id", []int64{1, 1})
	if err != nil || len(byRate[1]) != 1 || byRate[1][0].Name != "Renamed" {
		t.Errorf("by tax rate: %+v, %v", byRate, err)
	}
	if report := r.Freshness.Reports()[0]; report.Read != "exact" {
		t.Errorf("by key: %+v", report)
	}
}

// A read in mode Stored needs neither the marks nor the canonical tables: it answers while both are
// locked.
func TestStoredReadsIgnoreMarks(t *testing.T) {
	t.Parallel()
	pool := inhabited(t)
	lock := begin(t.Context(), t, pool)
	exec(t.Context(), t, lock, "LOCK TABLE marks.product_summaries, engine.quarantine, canonical.products IN ACCESS EXCLUSIVE MODE")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if rows, report, err := lookAt(ctx, t, products, pool, projection.Stored, 0); err != nil || len(rows) != 3 || report.Reason != "mode" {
		t.Errorf("%d rows, %+v, %v", len(rows), report, err)
	}
	if got, err := products.ByKey(ctx, &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Stored}, []int64{1}); err != nil || len(got) != 1 {
		t.Errorf("by key: %v, %v", got, err)
	}
}
