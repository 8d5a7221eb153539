package pgpool_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// The statements of a context are kept with their times, those of a batch together, and without the values of parameters.
func TestStatements(t *testing.T) {
	t.Parallel()
	pool := pgtest.Open(t, pgtest.URL(t), pgpool.Options{MaxConns: 1, Tracer: pgpool.StatementTracer("requests")})
	send := func(ctx context.Context) {
		t.Helper()
		if _, err := pool.Exec(ctx, "SELECT $1::text, pg_sleep(0.02)", "a secret"); err != nil {
			t.Fatal(err)
		}
		batch := &pgx.Batch{}
		batch.Queue("SELECT $1::text || 'first'", "a secret")
		batch.Queue("SELECT pg_sleep(0.02)")
		if err := pool.SendBatch(ctx, batch).Close(); err != nil {
			t.Fatal(err)
		}
	}
	send(t.Context())
	if got := pgpool.TakeStatements(t.Context()); len(got) > 0 {
		t.Errorf("nobody has asked for %v", got)
	}
	ctx := pgpool.CollectStatements(t.Context())
	for range 2 {
		send(ctx)
		var texts []string
		for _, s := range pgpool.TakeStatements(ctx) {
			if texts = append(texts, s.Text); s.Pool != "requests" || s.Took < 20*time.Millisecond || s.Took > time.Minute {
				t.Errorf("%+v", s)
			}
		}
		if want := []string{"SELECT $1::text, pg_sleep(0.02)", "SELECT $1::text || 'first';\nSELECT pg_sleep(0.02)"}; !slices.Equal(texts, want) {
			t.Errorf("the statements are %q", texts)
		}
		if strings.Contains(strings.Join(texts, ""), "secret") {
			t.Errorf("a value is in %q", texts)
		}
	}
	if got := pgpool.TakeStatements(ctx); len(got) > 0 {
		t.Errorf("taken twice: %v", got)
	}
}
