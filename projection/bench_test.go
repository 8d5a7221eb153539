package projection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
)

// invoices is the read model of a GraphQL list of invoices.
var invoices = projection.Define[model.Invoice](projection.Definition{
	Name: "document_summaries", Key: []string{"document_id"}, Node: "Invoice", Columns: map[string]string{"ID": "document_id", "CustomerID": "party_id", "CustomerName": "party_name"},
	Orders: map[string]projection.Order{"TOTAL": {Column: "total", Type: "numeric"}, "ISSUED_ON": {Column: "issued_on", Type: "date"}}, DefaultOrder: "TOTAL", Where: "kind = 'invoice'",
})

// fill makes an organization with many invoices of three items each, all stored and clean.
func fill(ctx context.Context, b *testing.B, pool *pgxpool.Pool, documents int) {
	b.Helper()
	admin := pgtest.Superuser(b, pool)
	sql := pgtest.TriggersOff + `;
INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'Large', 'UTC', 'AUD');
INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE SELECT 1, i, 'Customer ' || i, true FROM generate_series(1, $N / 20) i;
INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'GST', 10);
INSERT INTO canonical.documents (organization_id, id, kind, party_id, party_name, state, number, number_value, issued_on, due_on, currency, approved_at, tax_rounding)
OVERRIDING SYSTEM VALUE SELECT 1, i, 'invoice', 1 + i % ($N / 20), 'Customer ' || (1 + i % ($N / 20)), 'approved', 'INV-' || i, i, '2020-01-01'::date + i % 2000, '2020-02-01'::date + i % 2000, 'AUD', now(), 'line' FROM generate_series(1, $N) i;
INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, quantity, unit_price)
OVERRIDING SYSTEM VALUE SELECT 1, i, 1 + i % $N, 1 + i / $N, 'Item ' || i, 1 + i % 3, 100 + (i * 7919::bigint) % 100000 FROM generate_series(1, 3 * $N) i;
INSERT INTO canonical.document_item_taxes (organization_id, id, document_id, document_item_id, position, tax_rate_id, name, percentage)
OVERRIDING SYSTEM VALUE SELECT 1, i, 1 + i % $N, i, 1, 1, 'GST', 10 FROM generate_series(1, 3 * $N) i;
INSERT INTO canonical.payments (organization_id, id, party_id, paid_on, currency, amount)
OVERRIDING SYSTEM VALUE SELECT 1, i, 1 + i % ($N / 20), '2026-03-01', 'AUD', 1000 FROM generate_series(1, $N / 2) i;
INSERT INTO canonical.payment_allocations (organization_id, id, payment_id, document_id, amount, allocated_on)
OVERRIDING SYSTEM VALUE SELECT 1, i, i, i, 500, '2026-03-01' FROM generate_series(1, $N / 2) i;
INSERT INTO projection.document_summaries SELECT * FROM source.document_summaries;
INSERT INTO projection.people_summaries SELECT * FROM source.people_summaries;
INSERT INTO projection.document_items SELECT * FROM source.document_items;
` + pgtest.TriggersOn
	for _, statement := range strings.Split(strings.ReplaceAll(sql, "$N", strconv.Itoa(documents)), ";\n") {
		if _, err := admin.Exec(ctx, statement); err != nil {
			b.Fatalf("%s: %v", statement, err)
		}
	}
	if _, err := admin.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkExactReads compares exact with stored reads, in alternating rounds of one run, by
// the processor time of client and server together. With nothing behind, exactness may cost
// half more.
func BenchmarkExactReads(b *testing.B) {
	ctx := b.Context()
	pool := pgtest.Open(b, pgtest.URL(b), pgpool.Options{MaxConns: 4, GenericPlans: true})
	fill(ctx, b, pool, 100_000)
	states := []struct {
		name    string
		prepare string
		limit   float64 // of the ratio of exact to stored; 0 only states it
	}{
		{"no marks", "SELECT 1", 1.5},
		{"after 100000 marks, analyzed and drained", "", 1.5},
		{"100 dirty keys", "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id <= 100", 0},
		{"1000 dirty keys", "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id <= 1000", 0},
	}
	for _, state := range states {
		b.Run(state.name, func(b *testing.B) {
			if testing.Short() && state.name != "no marks" {
				b.Skip("-short measures the quiet case only")
			}
			if state.prepare == "" {
				burst(ctx, b, pool)
			} else if _, err := pool.Exec(ctx, state.prepare); err != nil {
				b.Fatal(err)
			}
			compare(b, pool, state.limit, "page", func(r *projection.Reader) error {
				_, err := invoices.Page(ctx, r, projection.PageQuery{First: new(50), Order: "TOTAL", Descending: true})
				return err
			})
			compare(b, pool, state.limit, "key", func(r *projection.Reader) error {
				_, err := invoices.ByKey(ctx, r, []int64{1 + rand.Int64N(100_000)})
				return err
			})
			compare(b, pool, state.limit, "50 keys", func(r *projection.Reader) error {
				keys := make([]int64, 50)
				for i := range keys {
					keys[i] = 1 + rand.Int64N(100_000)
				}
				_, err := invoices.ByKey(ctx, r, keys)
				return err
			})
		})
	}
}

// burst marks every invoice, has the marks analyzed, and drains them.
func burst(ctx context.Context, b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	for _, sql := range []string{"SELECT engine.mark_all('document_summaries')", "ANALYZE marks.document_summaries"} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	stats, err := projection.New(pool, nil).Refresh(ctx, "document_summaries", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("drained %d marks in %v", stats.Marks, time.Since(start).Round(time.Millisecond))
}

// compare reports the ratio of exact to stored for one read, and the time of an exact one; it
// fails above the limit.
func compare(b *testing.B, pool *pgxpool.Pool, limit float64, name string, read func(*projection.Reader) error) {
	b.Helper()
	conn, err := pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	pid := int(conn.Conn().PgConn().PID())
	var used, elapsed [2]time.Duration
	for round := range 22 {
		for i, mode := range []projection.Mode{projection.Stored, projection.Auto} {
			r := &projection.Reader{DB: conn.Conn(), OrganizationID: 1, Mode: mode}
			before, start := pgtest.ProcessorTime(b, pid), time.Now()
			for range 100 {
				if err := read(r); err != nil {
					b.Fatal(err)
				}
			}
			if round >= 2 { // the first rounds prepare and warm up
				used[i] += pgtest.ProcessorTime(b, pid) - before
				elapsed[i] += time.Since(start)
			}
		}
	}
	ratio := float64(used[1]) / float64(used[0])
	b.Logf("%-8s stored %8v, exact %8v of CPU per statement: %.2f times (elapsed %v and %v)", name,
		used[0]/2000, used[1]/2000, ratio, elapsed[0]/2000, elapsed[1]/2000)
	b.ReportMetric(ratio, strings.ReplaceAll(name, " ", "_")+"-ratio")
	if limit > 0 && ratio > limit {
		b.Errorf("%s: exact costs %.2f times stored, more than %.2f", name, ratio, limit)
	}
}

// BenchmarkRefreshOneKey shows that a refresh costs the same whatever the size, unlike
// REFRESH MATERIALIZED VIEW CONCURRENTLY of the same view.
func BenchmarkRefreshOneKey(b *testing.B) {
	ctx := b.Context()
	const small, large = 10_000, 1_000_000
	took := map[int]time.Duration{}
	for _, size := range []int{small, large} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			pool := pgtest.Pool(b)
			fill(ctx, b, pool, size)
			engine := projection.New(pool, nil)
			// A change of one item, and its refresh: only the latter is timed.
			refresh := func() time.Duration {
				key := 1 + rand.IntN(size)
				if _, err := pool.Exec(ctx, "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id = $1 AND line = 1", key); err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if _, err := engine.Refresh(ctx, "document_summaries", time.Hour); err != nil {
					b.Fatal(err)
				}
				return time.Since(start)
			}
			for range 20 {
				refresh()
			}
			const times = 200
			var total time.Duration
			for range times {
				total += refresh()
			}
			took[size] = total / times
			b.ReportMetric(float64(total.Microseconds())/times, "µs/refresh")
			admin := pgtest.Superuser(b, pool)
			for _, sql := range []string{"CREATE MATERIALIZED VIEW compared AS SELECT * FROM source.document_summaries", "CREATE UNIQUE INDEX ON compared (organization_id, document_id)"} {
				if _, err := admin.Exec(ctx, sql); err != nil {
					b.Fatal(err)
				}
			}
			start := time.Now()
			if _, err := admin.Exec(ctx, "REFRESH MATERIALIZED VIEW CONCURRENTLY compared", pgx.QueryExecModeSimpleProtocol); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms/REFRESH-CONCURRENTLY")
		})
	}
	if took[small] > 0 && took[large] > 2*took[small] {
		b.Errorf("a refresh of one key takes %v of %d, more than twice the %v of %d", took[large], large, took[small], small)
	}
}
