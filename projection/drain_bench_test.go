package projection_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// BenchmarkDrain drains a backlog of 25 000 marks of 5 000 documents and of their parties, and rebuilds the same read model.
func BenchmarkDrain(b *testing.B) {
	ctx, pool := b.Context(), pgtest.Pool(b)
	sql := func(statements ...string) {
		b.Helper()
		for _, s := range statements {
			if _, err := pool.Exec(ctx, s); err != nil {
				b.Fatalf("%s: %v", s, err)
			}
		}
	}
	sql(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`,
		`INSERT INTO canonical.people (organization_id, id, given_name) SELECT 1, i, 'Person ' || i FROM generate_series(1, 100) i`,
		`INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) SELECT 1, i, 'invoice', 1 + i % 100, '2026-05-01', '2026-06-01', 'AUD' FROM generate_series(1, 5000) i`,
		`INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT 1, i, 1, 'Work', 100 FROM generate_series(1, 5000) i`,
		`VACUUM ANALYZE`)
	const name = "document_summaries"
	e := engineOn(pool)
	for more := true; more; {
		stats, err := e.Refresh(ctx, name, time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		more = stats.More
	}
	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			rebuild(ctx, b, e, name)
		}
	})
	b.Run("drain", func(b *testing.B) {
		most := int64(0)
		for b.Loop() {
			b.StopTimer()
			sql(`INSERT INTO marks.document_summaries (grain, organization_id, document_id) SELECT 'key', 1, 1 + (i * 7919) % 5000 FROM generate_series(1, 20000) i`,
				`INSERT INTO marks.document_summaries (grain, organization_id, party_id) SELECT 'party', 1, 1 + i % 100 FROM generate_series(1, 5000) i`)
			b.StartTimer()
			for more := true; more; {
				stats, err := e.Refresh(ctx, name, 200*time.Millisecond)
				if err != nil {
					b.Fatal(err)
				}
				more = stats.More
				b.StopTimer()
				most = max(most, backlogOf(ctx, b, pool))
				b.StartTimer()
			}
		}
		b.ReportMetric(float64(most), "marks-at-most")
	})
}

func backlogOf(ctx context.Context, b *testing.B, pool *pgxpool.Pool) (n int64) {
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM marks.document_summaries`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

func rebuild(ctx context.Context, b *testing.B, e *projection.Engine, name string) {
	b.Helper()
	for slice, err := e.Rebuild(ctx, name, nil); err != nil || slice.Next != nil; slice, err = e.Rebuild(ctx, name, slice.Next) {
		if err != nil {
			b.Fatal(err)
		}
	}
}
