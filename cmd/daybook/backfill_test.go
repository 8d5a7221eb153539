package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/migrations"
)

var (
	backFillSales = flag.Int("backfill.sales", 6_000, "how many sales TestBackFill annotates")
	backFillWait  = flag.Duration("backfill.wait", time.Second, "how long its writer waits for a lock at most; on a machine that does nothing else, 100ms is enough")
)

// migrate fills a new read model of a database with many rows in bounded batches: concurrent writers never wait long for a
// lock, and after kill -9 the next run goes on where it was.
func TestBackFill(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	if out, err := daybook(t, "migrate"); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	execute(t, pool, "SELECT engine.drop_projection('sale_annotations')", "DELETE FROM "+migrations.VersionTable+" WHERE version_id = 135")
	admin := pgtest.Superuser(t, pool)
	for _, sql := range []string{
		pgtest.TriggersOff,
		`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (1, 'Large', 'UTC', 'AUD')`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'Large', 'Australia/Adelaide')`,
		`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes) VALUES (1, 1, '[2020-01-01,)', 'Night', 1320, 360), (1, 1, '[2020-01-01,)', 'Day', 360, 960)`,
	} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := admin.Exec(t.Context(), `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, booked_on, currency, amount)
		SELECT 1, 1, 'sale', at, (at AT TIME ZONE 'UTC')::date, 'AUD', 100 FROM (SELECT '2023-01-01'::timestamptz + i * interval '61 seconds' AS at FROM generate_series(1, $1::int) i) s`, *backFillSales); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{pgtest.TriggersOn, "VACUUM ANALYZE canonical.sales"} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}

	writer := startWriting(t, pool)
	stored := func() (n int) {
		var exists bool
		if err := pool.QueryRow(t.Context(), "SELECT to_regclass('projection.sale_annotations') IS NOT NULL").Scan(&exists); err != nil {
			t.Fatal(err)
		}
		if exists {
			if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM projection.sale_annotations").Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	migrate := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "migrate")
		cmd.Env = append(os.Environ(), asDaybook+"=1")
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	begin := time.Now()
	first := migrate()
	for deadline := time.Now().Add(5 * time.Minute); stored() < *backFillSales/10; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is stored")
		}
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err == nil {
		t.Fatal("migrate had ended before it was killed")
	}
	kept := stored()
	second := migrate()
	if now := stored(); now < kept {
		t.Errorf("the second run begins with %d rows, the first one left %d", now, kept)
	}
	if err := second.Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	written, longest := writer.stop()
	if out, err := daybook(t, "projections", "verify", "sale_annotations"); err != nil {
		t.Errorf("verify: %v: %s", err, out)
	}
	t.Logf("%d sales, of which %d were stored when it was killed, in %v; meanwhile %d sales were recorded, the slowest in %v",
		*backFillSales, kept, took, written, longest)
	if total := stored(); total < *backFillSales+written/2 {
		t.Errorf("%d sales are stored of %d", total, *backFillSales+written)
	}
}

// writing records one sale after the other, and fails if a lock takes too long.
type writing struct {
	cancel  context.CancelFunc
	wait    sync.WaitGroup
	written int
	longest time.Duration
}

func startWriting(t *testing.T, pool *pgxpool.Pool) *writing {
	t.Helper()
	config := pool.Config().ConnConfig.Copy()
	config.RuntimeParams["lock_timeout"] = fmt.Sprint(backFillWait.Milliseconds())
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := &writing{cancel: cancel}
	w.wait.Go(func() {
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		for ctx.Err() == nil {
			start := time.Now()
			_, err := conn.Exec(context.WithoutCancel(ctx), `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount) VALUES (1, 1, 'sale', now(), 'AUD', 500)`)
			if err != nil {
				t.Errorf("a writer: %v", err)
				return
			}
			w.written++
			w.longest = max(w.longest, time.Since(start))
			time.Sleep(time.Millisecond)
		}
	})
	t.Cleanup(func() { cancel(); w.wait.Wait() })
	return w
}

func (w *writing) stop() (written int, longest time.Duration) {
	w.cancel()
	w.wait.Wait()
	return w.written, w.longest
}
