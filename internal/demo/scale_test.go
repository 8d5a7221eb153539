package demo_test

import (
	"testing"

	"daybook/internal/demo"
	"daybook/internal/pgtest"
)

// BenchmarkSeed writes a large business: `go test -run '^$' -bench Seed -benchtime 1x -timeout 30m ./internal/demo`.
func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		pool := pgtest.Pool(b)
		r, err := demo.Seed(b.Context(), pool, demo.Options{Size: demo.Scaled(100_000), Today: today, Progress: func(done, total int) {
			b.Logf("%v: %d of %d", b.Elapsed(), done, total)
		}})
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%+v", r.Counts)
		b.ReportMetric(float64(r.Counts.Invoices)/b.Elapsed().Seconds(), "invoices/s")
	}
}
