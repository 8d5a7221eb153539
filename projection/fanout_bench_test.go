package projection_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
)

// soldAt has two columns of a GraphQL list of sales.
type soldAt struct {
	SaleID int64
	Day    time.Time
}

var sales = projection.Define[soldAt](projection.Definition{
	Name: "sale_annotations", Key: []string{"sale_id"}, Columns: map[string]string{"Day": "business_date"},
	Orders: map[string]projection.Order{"OCCURRED_AT": {Column: "occurred_at", Type: "timestamptz"}}, DefaultOrder: "OCCURRED_AT",
})

// fillSales makes two stores, the first one with many sales, stored and clean.
func fillSales(ctx context.Context, b *testing.B, pool *pgxpool.Pool, count int) {
	b.Helper()
	admin := pgtest.Superuser(b, pool)
	for _, sql := range []string{
		pgtest.TriggersOff,
		`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'Large', 'UTC', 'AUD')`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'Large', 'Australia/Adelaide'), (1, 2, 'Small', 'Europe/London')`,
		`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
			SELECT 1, s, '[2020-01-01,)', p.* FROM (VALUES (1), (2)) AS stores (s), (VALUES ('Morning', 360, 360), ('Afternoon', 720, 360), ('Night', 1320, 360)) AS p`,
		`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) SELECT 1, s, '[2020-01-01,)', d, 480, 600 FROM generate_series(1, 2) s, generate_series(1, 7) d`,
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := admin.Exec(ctx, `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, booked_on, currency, amount)
		SELECT 1, 1, 'sale', at, (at AT TIME ZONE 'UTC')::date, 'AUD', 100 + i % 5000 FROM (SELECT i, '2023-01-01'::timestamptz + i * interval '97 seconds' AS at FROM generate_series(1, $1::int) i) s`, count); err != nil {
		b.Fatal(err)
	}
	for _, sql := range []string{`INSERT INTO projection.sale_annotations SELECT * FROM source.sale_annotations`, pgtest.TriggersOn, `VACUUM (ANALYZE)`} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFanOut moves a store with 100 000 sales to another time zone while sales are recorded in another store. At the
// 99th percentile, recording one may take three times as long as without that.
func BenchmarkFanOut(b *testing.B) {
	ctx := b.Context()
	pool := pgtest.Open(b, pgtest.URL(b), pgpool.Options{MaxConns: 8})
	fillSales(ctx, b, pool, 100_000)
	e := engineOn(pool)
	record := func(until func() bool) (took []time.Duration) {
		for !until() {
			start := time.Now()
			if _, err := pool.Exec(ctx, `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount) VALUES (1, 2, 'sale', now(), 'AUD', 500)`); err != nil {
				b.Error(err)
				return took
			}
			took = append(took, time.Since(start))
			time.Sleep(2 * time.Millisecond)
		}
		slices.Sort(took)
		return took
	}
	refresh := func() {
		if _, err := e.Refresh(ctx, "sale_annotations", time.Minute); err != nil {
			b.Error(err)
		}
	}
	// The comparison has a worker too, which absorbs the marks of the recorded sales.
	quietEnd := time.Now().Add(8 * time.Second)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for time.Now().Before(quietEnd) {
			refresh()
			time.Sleep(5 * time.Millisecond)
		}
	}()
	quiet := record(func() bool { return time.Now().After(quietEnd) })
	<-done

	if _, err := pool.Exec(ctx, "UPDATE canonical.stores SET time_zone = 'America/New_York' WHERE organization_id = 1 AND id = 1"); err != nil {
		b.Fatal(err)
	}
	drained := make(chan struct{})
	start := time.Now()
	go func() {
		defer close(drained)
		refresh()
	}()
	answers := map[string]int{}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for first := 50; ; {
			freshness := &projection.Freshness{}
			if _, err := sales.Page(ctx, &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto, Freshness: freshness}, projection.PageQuery{First: &first}); err != nil {
				b.Error(err)
				return
			}
			report := freshness.Reports()[0]
			answers[report.Read+" "+report.Reason]++
			select {
			case <-drained:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	busy := record(func() bool {
		select {
		case <-drained:
			return true
		default:
			return false
		}
	})
	took := time.Since(start)
	<-reading
	at := func(times []time.Duration, percent int) time.Duration { return times[(len(times)-1)*percent/100] }
	ratio := float64(at(busy, 99)) / float64(at(quiet, 99))
	b.Logf("drained in %v; recording a sale p50 %v, p99 %v, quiet %v, %v (%d and %d sales): p99 %.2f times; pages were read %v",
		took, at(busy, 50), at(busy, 99), at(quiet, 50), at(quiet, 99), len(busy), len(quiet), ratio, answers)
	b.ReportMetric(ratio, "p99-ratio")
	if ratio > 3 {
		b.Errorf("other writers' p99 is %.2f times that of a quiet day, more than 3", ratio)
	}
}
