package projection_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// marked returns the number of marks that a statement writes for each projection that it marks.
func marked(ctx context.Context, t *testing.T, tx pgx.Tx, sql string) map[string]int {
	t.Helper()
	all := catalogue(ctx, t, tx)
	count := func() map[string]int {
		counts := map[string]int{}
		for _, p := range all {
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM marks."+p.Name).Scan(&n); err != nil {
				t.Fatal(err)
			}
			counts[p.Name] = n
		}
		return counts
	}
	before := count()
	exec(ctx, t, tx, sql)
	// Amounts and postings are made by deferred triggers.
	exec(ctx, t, tx, "SET CONSTRAINTS ALL IMMEDIATE")
	exec(ctx, t, tx, "SET CONSTRAINTS ALL DEFERRED")
	after := count()
	for name, n := range before {
		if after[name] -= n; after[name] == 0 {
			delete(after, name)
		}
	}
	return after
}

// A change marks the projections that read the changed columns, once for each value of the
// grain, and no other.
func TestWhatIsMarked(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	if _, err := tx.Exec(ctx, world+"SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sql  string
		want map[string]int
	}{
		{"UPDATE canonical.tax_rates SET percentage = percentage WHERE organization_id = 1", nil},
		{"UPDATE canonical.organizations SET name = 'Renamed'", nil},
		{"UPDATE canonical.document_items SET version = 7 WHERE organization_id = 1", nil},
		{"UPDATE canonical.document_items SET product_id = 1 WHERE organization_id = 1 AND id = 1", map[string]int{"document_items": 1}},
		{"UPDATE canonical.people SET phone = '1' WHERE organization_id = 1 AND id = 1", map[string]int{"people_summaries": 1, "search_documents": 1}},
		{"UPDATE canonical.people SET family_name = 'N' WHERE organization_id = 1 AND id <= 2", map[string]int{
			"people_summaries": 2, "document_summaries": 2, "payment_summaries": 2, "money_entry_summaries": 2, "financial_transactions": 2, "monthly_invoicing": 2, "party_balances": 2, "search_documents": 2,
		}},
		{"UPDATE canonical.people SET family_name = 'n' WHERE organization_id = 1 AND id = 1", map[string]int{
			"people_summaries": 1, "document_summaries": 1, "payment_summaries": 1, "money_entry_summaries": 1, "financial_transactions": 1, "monthly_invoicing": 1, "party_balances": 1, "search_documents": 1,
		}},
		{"UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id = 2", map[string]int{
			"people_summaries": 1, "document_summaries": 1, "document_items": 3, "monthly_invoicing": 1, "invoiced_months": 1, "party_balances": 1, "party_amounts": 1,
			"account_balances": 3, "journal_entry_summaries": 5,
		}},
		{"UPDATE canonical.documents SET memo = 'M' WHERE organization_id = 1 AND id = 1", map[string]int{"document_summaries": 1, "search_documents": 1}},
		// From one group to another: both.
		{"UPDATE canonical.documents SET party_id = 3 WHERE organization_id = 1 AND id = 1", map[string]int{
			"document_summaries": 4, "people_summaries": 2, "monthly_invoicing": 2, "invoiced_months": 2, "party_balances": 2, "party_amounts": 2, "search_documents": 1,
		}},
		{"DELETE FROM canonical.tax_rates WHERE false", nil},
		{"DELETE FROM canonical.document_items WHERE organization_id = 1 AND id = 30", map[string]int{
			"people_summaries": 1, "document_summaries": 1, "document_items": 1, "monthly_invoicing": 1, "invoiced_months": 1, "party_balances": 1, "party_amounts": 1,
			"account_balances": 3, "journal_entry_summaries": 5, "search_documents": 1,
		}},
		// TRUNCATE names no rows, so every key is marked.
		{"TRUNCATE canonical.addresses", map[string]int{"document_summaries": 24, "people_summaries": 12, "search_documents": 198}},
	} {
		t.Run(c.sql, func(t *testing.T) {
			if got := marked(ctx, t, tx, c.sql); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("marks %v, not %v", got, c.want)
			}
		})
	}
	var announced string
	if err := tx.QueryRow(ctx, "SELECT current_setting('engine.marked')").Scan(&announced); err != nil || announced == "" {
		t.Errorf("engine.marked is %q, %v", announced, err)
	}
}

// A change counts by image, not by equality: 1.0 and 1.00 are equal and read differently, as do
// a and A under a collation that ignores case.
func TestImagesCount(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	for _, sql := range []string{
		"CREATE COLLATION canonical.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
		"CREATE TABLE canonical.things (organization_id bigint, id bigint, ratio numeric, label text COLLATE canonical.nocase, PRIMARY KEY (organization_id, id))",
		"INSERT INTO canonical.things VALUES (1, 1, 1.0, 'a')",
		"CREATE VIEW source.things AS SELECT organization_id, id AS thing_id, 'Thing'::text AS canonical_type, id AS canonical_id, ratio, label FROM canonical.things",
		"SELECT engine.create_projection('things', 'table', '{organization_id,thing_id}')",
		"SELECT engine.track('things', 'canonical.things', 'key', '{organization_id,id}')",
		"SELECT engine.activate('things')",
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec(ctx, t, tx, "SELECT refresh.things(1, 10)")
	for _, c := range []struct {
		sql    string
		stored int
	}{{"UPDATE canonical.things SET ratio = 1.00", 1}, {"UPDATE canonical.things SET label = 'A'", 1}, {"UPDATE canonical.things SET label = 'A', ratio = 1.00", 0}} {
		t.Run(c.sql, func(t *testing.T) {
			exec(ctx, t, tx, c.sql)
			var marks, stored int
			if err := tx.QueryRow(ctx, "SELECT marks, stored FROM refresh.things(1, 10)").Scan(&marks, &stored); err != nil || marks != c.stored || stored != c.stored {
				t.Errorf("%d marks, %d stored, %v", marks, stored, err)
			}
		})
	}
	var image string
	if err := tx.QueryRow(ctx, "SELECT ratio || label FROM projection.things").Scan(&image); err != nil || image != "1.00A" {
		t.Errorf("stored %q, %v", image, err)
	}
}

// A group column that is NULL names no group, and a NULL from an expansion is not a key: neither
// hides the rows of other keys, as NOT IN over a NULL would.
func TestNullsAreNoKeys(t *testing.T) {
	t.Parallel()
	ctx, tx := t.Context(), pgtest.Tx(t)
	for _, sql := range []string{
		world,
		"CREATE VIEW source.usage AS SELECT r.organization_id, r.id AS tax_rate_id, 'TaxRate'::text AS canonical_type, r.id AS canonical_id, (SELECT count(*) FROM canonical.products p WHERE p.organization_id = r.organization_id AND p.tax_rate_id = r.id) AS products FROM canonical.tax_rates r",
		"SELECT engine.create_projection('usage', 'table', '{organization_id,tax_rate_id}')",
		"SELECT engine.declare_grain('usage', 'product', '{organization_id,product_id}', 'SELECT p.tax_rate_id FROM canonical.products p WHERE p.organization_id = m.organization_id AND p.id = m.product_id')",
		"SELECT engine.track('usage', 'canonical.tax_rates', 'key', '{organization_id,id}')",
		"SELECT engine.track('usage', 'canonical.products', 'product', '{organization_id,id}')",
		"SELECT engine.track('usage', 'canonical.products', 'key', '{organization_id,tax_rate_id}')",
		"SELECT engine.activate('usage')",
		"SELECT refresh.usage(1, 100)",
		"UPDATE canonical.products SET tax_rate_id = 2 WHERE organization_id = 1 AND id = 1",
		"UPDATE canonical.products SET tax_rate_id = NULL WHERE organization_id = 1 AND id = 1",
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			t.Fatalf("%.80s: %v", sql, err)
		}
	}
	page, err := usages.Page(ctx, &projection.Reader{DB: tx, OrganizationID: 1}, projection.PageQuery{First: new(10)})
	if err != nil || !slices.Equal(page.Rows, []usage{{1, 0}, {2, 0}}) {
		t.Errorf("%+v, %v", page, err)
	}
}

type usage struct{ TaxRateID, Products int64 }

var usages = projection.Define[usage](projection.Definition{
	Name: "usage", Key: []string{"tax_rate_id"}, DefaultOrder: "RATE", Orders: map[string]projection.Order{"RATE": {Column: "products", Type: "bigint"}},
})

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	e := engineOn(pool)
	if err := e.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	exec(ctx, t, pool, "UPDATE canonical.products SET name = 'Renamed' WHERE organization_id = 1")
	exec(ctx, t, pool, "UPDATE canonical.memberships SET ended_at = now() WHERE organization_id = 1 AND user_id = 1")
	for _, name := range []string{"product_summaries", "notification_settings"} {
		if stats, err := e.Refresh(ctx, name, time.Minute); err != nil || stats.Marks != 0 {
			t.Errorf("%s while paused: %+v, %v", name, stats, err)
		}
	}
	rows, report, err := lookAt(ctx, t, products, pool, projection.Exact, 0)
	if err != nil || rows[0].Name != "Renamed" || report.DirtyKeys != 3 {
		t.Errorf("exact while paused: %+v, %+v, %v", rows, report, err)
	}
	if err := e.Resume(ctx, "product_summaries"); err != nil {
		t.Fatal(err)
	}
	if stats, err := e.Refresh(ctx, "product_summaries", time.Minute); err != nil || stats.Stored != 3 {
		t.Errorf("resumed: %+v, %v", stats, err)
	}
	if stats, err := e.Refresh(ctx, "notification_settings", time.Minute); err != nil || stats.Marks != 0 {
		t.Errorf("still paused: %+v, %v", stats, err)
	}
	if err := e.Pause(ctx, "product_summaries", "nothing"); err == nil {
		t.Error("pauses what there is not")
	}
}
