package lease_test

import (
	"context"
	"testing"
	"time"

	"daybook/internal/lease"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// One of several holds a lease; another takes over when it gives up, loses its connection, or asks no more.
func TestOneHoldsALease(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	first, second := lease.New(pool, 4711, time.Hour), lease.New(pool, 4711, time.Hour)
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	is := func(l *lease.Lease, want bool) {
		t.Helper()
		if held, err := l.Held(t.Context()); err != nil || held != want {
			t.Errorf("held: %v, %v", held, err)
		}
	}
	is(first, true)
	is(second, false)
	is(first, true)
	first.Close()
	is(second, true)
	is(first, false)
	if _, err := pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if held, err := first.Held(t.Context()); err == nil && held {
			break
		}
	}
	is(first, true)
	is(second, false)

	brief, next := lease.New(pool, 4712, 20*time.Millisecond), lease.New(pool, 4712, time.Hour)
	t.Cleanup(brief.Close)
	t.Cleanup(next.Close)
	is(brief, true)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if held, err := next.Held(t.Context()); err == nil && held {
			break
		}
	}
	is(next, true)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if held, err := lease.New(pool, 4713, time.Hour).Held(ended); err == nil || held {
		t.Errorf("without a context: %v, %v", held, err)
	}
}
