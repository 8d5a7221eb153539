package reports_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/reports"
	"daybook/projection"
)

// kept is a pgx.QueryTracer that keeps the last statement with its arguments.
type kept struct {
	mu   sync.Mutex
	last pgx.TraceQueryStartData
}

func (k *kept) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !strings.HasPrefix(q.SQL, "EXPLAIN") {
		k.last = q
	}
	return ctx
}

func (k *kept) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Each report of an organization of which the planner's statistics know nothing, because they were taken when all rows were
// another's, reads some pages for each record: not all records for each.
func TestReportsOfANewOrganization(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	const records = 2000
	traced := new(kept)
	pool := pgtest.Open(t, pgtest.URL(t), pgpool.Options{MaxConns: 2, Tracer: traced})
	admin := pgtest.Superuser(t, pool)
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	filled := map[string]string{
		"documents": `(organization_id, id, party_id, party_name, state, number, number_value, issued_on, due_on, currency, tax_rounding, approved_at)
			SELECT $1, g, g % 40 + 1, 'Ada', 'approved', 'INV-' || g, g, date '2026-01-01' + g % 150, '2026-07-01', 'AUD', 'line', now()`,
		"document_items":      `(organization_id, id, document_id, line, description, quantity, unit_price) SELECT $1, g, g, 1, 'Work', 1, 1000`,
		"document_item_taxes": `(organization_id, id, document_id, document_item_id, position, tax_rate_id, name, percentage) SELECT $1, g, g, g, 1, 1, 'GST', 10`,
		"payments":            `(organization_id, id, party_id, paid_on, currency, amount) SELECT $1, g, g % 40 + 1, '2026-05-01', 'AUD', 1100`,
		"payment_allocations": `(organization_id, id, payment_id, document_id, amount, allocated_on) SELECT $1, g, g, g, 100, '2026-06-30'`,
		"journal_entries":     `(organization_id, id, canonical_type, canonical_id, purpose, posted_on) SELECT $1, g, 'Invoice', g, 'posting', date '2026-01-01' + g % 150`,
		"journal_lines": `(organization_id, id, entry_id, line, account_id, posted_on, amount, currency, document_amount)
			SELECT $1, g, g, 1, 1, date '2026-01-01' + g % 150, 1000, 'AUD', 1000`,
		"sales": `(organization_id, id, store_id, occurred_at, currency, amount, booked_on, tax_rounding)
			SELECT $1, g, 1, timestamptz '2026-01-01 12:00Z' + g % 150 * interval '1 day', 'AUD', 1100, '2026-01-01', 'line'`,
		"sale_lines":      `(organization_id, id, sale_id, line, description, unit_price, net, tax) SELECT $1, g, g, 1, 'Tea', 1000, 1000, 100`,
		"sale_line_taxes": `(organization_id, id, sale_id, line, position, tax_rate_id, name, percentage, amount) SELECT $1, g, g, 1, 1, 1, 'GST', 10, 100`,
		"sale_tenders":    `(organization_id, id, sale_id, position, tender, amount) SELECT $1, g, g, 1, 'cash', 1100`,
	}
	run(pgtest.TriggersOff)
	for organization, n := range []int{3 * records, records} {
		run(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES ($1::bigint, 'Number ' || $1, 'UTC', 'AUD')`, organization+1)
		run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES ($1, 1, 'Main', 'UTC')`, organization+1)
		run(`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES ($1, 1, 'GST', 10)`, organization+1)
		run(`INSERT INTO canonical.accounts (organization_id, id, code, name, type, system_role) VALUES
			($1, 1, '1100', 'Receivable', 'asset', 'receivable'), ($1, 2, '2100', 'Tax', 'liability', 'tax_collected')`, organization+1)
		for table, rows := range filled {
			run(`ALTER TABLE canonical.` + table + ` SET (autovacuum_enabled = off)`)
			run(`INSERT INTO canonical.`+table+` `+rows+` FROM generate_series(1, $2::int) AS g`, organization+1, n)
		}
		run(`INSERT INTO projection.sale_annotations SELECT * FROM source.sale_annotations WHERE organization_id = $1`, organization+1)
		if organization == 0 {
			run(`ANALYZE`)
		}
	}
	run(`ALTER TABLE projection.sale_annotations SET (autovacuum_enabled = off)`)

	reader := &projection.Reader{DB: pool, OrganizationID: 2, Mode: projection.Exact, Freshness: &projection.Freshness{}}
	books := reports.Books{Reader: reader, Currency: "AUD", Today: day("2026-12-31"), FiscalYearStartMonth: 1,
		Accounts: func(context.Context, []int64) (map[int64]*model.Account, error) { return nil, nil }}
	from, to := day("2026-01-01"), day("2026-12-31")
	sold := &model.DayPartReport{From: from, To: to}
	for name, report := range map[string]struct {
		amount string // the last balance of a page of 200 lines, or the sum of all records
		read   func() (any, error)
	}{
		"taxes":  {"20000", func() (any, error) { return books.TaxReport(t.Context(), from, to) }},
		"ageing": {"22000", func() (any, error) { return books.ReceivablesAgeing(t.Context(), new(day("2026-06-01")), 10) }},
		"register": {"2000", func() (any, error) {
			return books.AccountRegister(t.Context(), 1, projection.PageQuery{First: new(200)})
		}},
		"product":  {"22000", func() (any, error) { return reports.SalesByProduct(t.Context(), reader, sold) }},
		"tender":   {"22000", func() (any, error) { return reports.SalesByTender(t.Context(), reader, sold) }},
		"tax rate": {"20000", func() (any, error) { return reports.TaxesOfSales(t.Context(), reader, sold) }},
	} {
		answer, err := report.read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := json.Marshal(answer); err != nil || !strings.Contains(string(text), `"amount":"`+report.amount+`"`) {
			t.Errorf("%s: %v %.1000s", name, err, text)
		}
		var plan []struct {
			Plan struct {
				Hit  int `json:"Shared Hit Blocks"`
				Read int `json:"Shared Read Blocks"`
			}
		}
		var text string
		if err := pool.QueryRow(t.Context(), `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+traced.last.SQL, traced.last.Args...).Scan(&text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal([]byte(text), &plan); err != nil {
			t.Fatal(err)
		}
		pages := plan[0].Plan.Hit + plan[0].Plan.Read
		if pages > 60*records {
			t.Errorf("%s: reads %d pages for %d records", name, pages, records)
		}
	}
}
