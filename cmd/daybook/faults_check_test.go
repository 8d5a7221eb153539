package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// checker compares exact reads with source views, beside a fault.
type checker struct {
	t testing.TB
	// checks counts comparisons of one projection in one snapshot, dirty those in which keys were, differences rows that differed.
	checks, dirty, differences atomic.Int64
}

// projections returns the names, kinds and keys of what is compared.
func projections(ctx context.Context, conn *pgx.Conn) (all []struct {
	Name, Kind string
	Key        []string
}, err error) {
	rows, err := conn.Query(ctx, `SELECT name, kind, key FROM engine.projections WHERE replaces IS NULL AND built_at IS NOT NULL ORDER BY name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Name, Kind string
		Key        []string
	}])
}

// run compares in turn on each server, until ctx ends. What cannot be read because of the fault is compared the next time.
func (c *checker) run(ctx context.Context, urls ...string) {
	for turn := 0; ctx.Err() == nil; turn++ {
		_ = c.once(ctx, urls[turn%len(urls)])
		time.Sleep(100 * time.Millisecond)
	}
}

// once compares all projections on a server. Its error is why some were not compared.
func (c *checker) once(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url+"&lock_timeout=200&timezone=UTC&extra_float_digits=1&jit=off")
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	all, err := projections(ctx, conn)
	if err != nil {
		return err
	}
	for _, p := range all {
		different, dirty, failed := pgtest.Exactly(ctx, conn, p.Name, p.Kind, p.Key)
		if failed != nil {
			err = fmt.Errorf("%s: %w", p.Name, failed)
			continue
		}
		c.checks.Add(1)
		if dirty > 0 {
			c.dirty.Add(1)
		}
		if n := int64(len(different)); n > 0 && c.differences.Add(n) == n {
			c.t.Errorf("%s differs between exact reads and the source view in one snapshot:\n%s", p.Name, strings.Join(different[:min(n, 10)], "\n"))
		}
	}
	return err
}

// absorbed waits until there are no marks.
func (w *world) absorbed(t *testing.T) time.Duration {
	t.Helper()
	conn := w.dial(t)
	defer conn.Close(t.Context())
	all, err := projections(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	var behind []string
	for _, p := range all {
		behind = append(behind, fmt.Sprintf("EXISTS (SELECT FROM marks.%s)", p.Name))
	}
	return within(t, 2*time.Minute, "the last mark", func() (done bool) {
		if err := conn.QueryRow(t.Context(), `SELECT NOT (`+strings.Join(behind, " OR ")+`)`).Scan(&done); err != nil {
			t.Fatal(err)
		}
		return done
	})
}

// lost counts the acknowledged writes that are not there exactly once: people, their invoices, and new names in the audit log.
func (w *world) lost(t *testing.T) (lost int) {
	t.Helper()
	conn := w.dial(t)
	defer conn.Close(t.Context())
	for _, q := range []struct {
		what, sql string
		written   []string
	}{
		{"person", `SELECT r, count(p.id) FROM unnest($1::text[]) AS r LEFT JOIN canonical.people AS p ON p.external_ref = r GROUP BY r HAVING count(p.id) <> 1`, w.created},
		{"invoice", `SELECT r, count(d.id) FROM unnest($1::text[]) AS r LEFT JOIN canonical.people AS p ON p.external_ref = r
			LEFT JOIN canonical.documents AS d ON (d.organization_id, d.party_id) = (p.organization_id, p.id) GROUP BY r HAVING count(d.id) <> 1`, w.created},
		{"name", `SELECT r, count(e.id) FROM unnest($1::text[]) AS r LEFT JOIN audit.events AS e ON e.relation = 'people' AND e.changes->'family_name'->>1 = r GROUP BY r HAVING count(e.id) <> 1`, w.named},
	} {
		rows, err := conn.Query(t.Context(), q.sql, q.written)
		if err != nil {
			t.Fatal(err)
		}
		var ref string
		var times int
		if _, err := pgx.ForEachRow(rows, []any{&ref, &times}, func() error {
			lost++
			t.Errorf("the %s of %s is there %d times", q.what, ref, times)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return lost
}

// checked runs fn with exactness checks of both servers beside it.
func (w *world) checked(t *testing.T, fn func()) *checker {
	t.Helper()
	c := &checker{t: t}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(ctx, w.address(t, pglocal.Role), w.standby.URL(pglocal.Role, pglocal.Database))
	}()
	defer func() {
		cancel()
		<-done
	}()
	fn()
	return c
}
