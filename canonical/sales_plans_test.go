package canonical_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// lookUp is a pgx.QueryTracer that keeps the last statement, with its arguments, that reads sales by their references.
type lookUp struct {
	mu   sync.Mutex
	sql  string
	args []any
}

func (l *lookUp) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, "AS referenced (store_id, external_ref)") {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.sql, l.args = q.SQL, q.Args
	}
	return ctx
}

func (l *lookUp) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Sales that were just recorded are found again by an index of their references, while the planner's statistics say
// that all sales are another organization's, with other stores.
func TestSalesAreFoundWithoutStatistics(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	const others, sales = 40_000, 4_000
	url, traced := pgtest.URL(t), new(lookUp)
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
	var plan []byte
	must(t, pool.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+traced.sql, traced.args...).Scan(&plan))
	var explained []struct {
		Plan struct {
			Hit   int `json:"Shared Hit Blocks"`
			Read  int `json:"Shared Read Blocks"`
			Found int `json:"Actual Rows"`
		}
	}
	must(t, json.Unmarshal(plan, &explained))
	root := explained[0].Plan
	if root.Found != sales || root.Hit+root.Read > 8*sales {
		t.Errorf("%d sales of %d are found in %d blocks:\n%s", root.Found, sales, root.Hit+root.Read, plan)
	}
}
