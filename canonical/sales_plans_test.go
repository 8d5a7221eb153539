package canonical_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// lookUp is a pgx.QueryTracer that keeps the last statement, with its arguments, that has a part.
type lookUp struct {
	part string
	mu   sync.Mutex
	sql  string
	args []any
}

func (l *lookUp) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	l.keep(q.SQL, q.Args)
	return ctx
}

func (l *lookUp) keep(sql string, args []any) {
	if strings.Contains(sql, l.part) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.sql, l.args = sql, args
	}
}

func (l *lookUp) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (l *lookUp) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	l.keep(q.SQL, q.Args)
}

func (l *lookUp) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (l *lookUp) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Sales that were just recorded are found again by an index of their references, while the planner's statistics say
// that all sales are another organization's, with other stores.
func TestSalesAreFoundWithoutStatistics(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	const others, sales = 40_000, 4_000
	url, traced := pgtest.URL(t), &lookUp{part: "AS referenced (store_id, external_ref)"}
	pool := pgtest.Open(t, url, pgpool.Options{MaxConns: 2, Tracer: traced})
	store := canonical.New(pool, nil)
	admin := pgtest.Superuser(t, pool)
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	organization := func(name string) canonical.Actor {
		t.Helper()
		id, _, err := store.OrganizationCreate(t.Context(), canonical.OrganizationInput{
			Name: name, TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: name + "@example.com"})
		must(t, err)
		return canonical.Actor{OrganizationID: id, Role: model.RoleStaff}
	}
	large, fresh := organization("Large"), organization("Fresh")
	run(`ALTER TABLE canonical.sales SET (autovacuum_enabled = off)`)
	run(pgtest.TriggersOff)
	run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES ($1, 1, 'Large', 'UTC'), ($2, 2, 'Fresh', 'UTC')`,
		large.OrganizationID, fresh.OrganizationID)
	run(`INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, external_ref, booked_on)
		SELECT $1, 1, 'sale', timestamptz '2026-01-01 00:00Z' + g * interval '1 minute', 'AUD', 1, 'a rather long reference ' || g, '2026-01-01' FROM generate_series(1, $2::int) AS g`,
		large.OrganizationID, others)
	run(pgtest.TriggersOn)
	run(`ANALYZE canonical.sales`)
	in := model.SalesRecordInput{OnError: model.BulkErrorPolicyAllOrNothing, Sales: make([]model.SaleInput, sales)}
	for n := range in.Sales {
		in.Sales[n] = model.SaleInput{
			StoreID: some(model.ID{Type: "Store", Key: 2}), Kind: model.SaleKindSale, Amount: some(dec("10.50")),
			OccurredAt: time.Date(2026, 3, 1, 0, 0, n, 0, time.UTC), ExternalRef: some(fmt.Sprintf("a rather long reference %d", n)),
		}
	}
	for again := range 2 {
		got, err := store.SalesRecord(t.Context(), fresh, in)
		if want := sales * (1 - again); err != nil || got.Recorded != want {
			t.Fatalf("%d sales are recorded, not %d: %v", got.Recorded, want, err)
		}
	}
	traced.wantPages(t, pool, sales, 8*sales)
}

// wantPages executes the statement that was kept, and wants it to return rows and to read at most so many pages.
func (l *lookUp) wantPages(t *testing.T, db canonical.Querier, rows, pages int) {
	t.Helper()
	var plan []byte
	must(t, db.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+l.sql, l.args...).Scan(&plan))
	var explained []struct {
		Plan struct {
			Hit   int `json:"Shared Hit Blocks"`
			Read  int `json:"Shared Read Blocks"`
			Found int `json:"Actual Rows"`
		}
	}
	must(t, json.Unmarshal(plan, &explained))
	root := explained[0].Plan
	if root.Found != rows || root.Hit+root.Read > pages {
		t.Errorf("%d rows of %d are found in %d pages:\n%s", root.Found, rows, root.Hit+root.Read, plan)
	}
}

// What is left of refunded lines is read line by line, and not with all taxes of the organization for each of them, while statistics
// say that all sales are another organization's.
func TestLinesAreTakenBackWithoutStatistics(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	const others, recorded, refunds = 20_000, 5_000, 100
	url, traced := pgtest.URL(t), &lookUp{part: "SELECT line.sale_id, line.id, tax.tax_rate_id"}
	pool := pgtest.Open(t, url, pgpool.Options{MaxConns: 2, Tracer: traced})
	store := canonical.New(pool, nil)
	admin := pgtest.Superuser(t, pool)
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	var actor canonical.Actor
	for _, name := range []string{"Large", "Fresh"} {
		n := recorded
		if name == "Large" {
			n = others
		}
		id, _, err := store.OrganizationCreate(t.Context(), canonical.OrganizationInput{
			Name: name, TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: name + "@example.com"})
		must(t, err)
		actor = canonical.Actor{OrganizationID: id, Role: model.RoleOwner}
		run(pgtest.TriggersOff)
		run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES ($1, 1, 'Main', 'UTC')`, id)
		run(`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES ($1, 1, 'GST', 10)`, id)
		run(`INSERT INTO canonical.sales (organization_id, id, store_id, occurred_at, currency, amount, booked_on, tax_rounding)
			SELECT $1, g, 1, '2026-03-01 12:00Z', 'AUD', 1100, '2026-03-01', 'line' FROM generate_series(1, $2::int) AS g`, id, n)
		run(`INSERT INTO canonical.sale_lines (organization_id, id, sale_id, line, description, unit_price, net, tax)
			SELECT $1, g, g, 1, 'Tea', 1000, 1000, 100 FROM generate_series(1, $2::int) AS g`, id, n)
		run(`INSERT INTO canonical.sale_line_taxes (organization_id, id, sale_id, line, position, tax_rate_id, name, percentage, amount)
			SELECT $1, g, g, 1, 1, 1, 'GST', 10, 100 FROM generate_series(1, $2::int) AS g`, id, n)
		run(pgtest.TriggersOn)
		for _, table := range []string{"sales", "sale_lines", "sale_line_taxes"} {
			run(`ALTER TABLE canonical.` + table + ` SET (autovacuum_enabled = off)`)
			run(`SELECT setval(pg_get_serial_sequence('canonical.` + table + `', 'id'), 100000)`)
			if name == "Large" {
				run(`ANALYZE canonical.` + table)
			}
		}
	}
	in := model.SalesRecordInput{StoreID: some(model.ID{Type: "Store", Key: 1}), OnError: model.BulkErrorPolicyAllOrNothing, Sales: make([]model.SaleInput, refunds)}
	for n := range in.Sales {
		in.Sales[n] = model.SaleInput{Kind: model.SaleKindRefund, OccurredAt: time.Date(2026, 3, 2, 0, 0, n, 0, time.UTC),
			RefundOfID: some(model.ID{Type: "Sale", Key: int64(n + 1)}),
			Lines:      graphql.OmittableOf([]model.SaleLineInput{{RefundedLineID: some(model.ID{Type: "SaleLine", Key: int64(n + 1)})}})}
	}
	got, err := store.SalesRecord(t.Context(), actor, in)
	if err != nil || got.Recorded != refunds {
		t.Fatalf("%d refunds are recorded: %v", got.Recorded, err)
	}
	traced.wantPages(t, pool, refunds, 25*refunds)
}
