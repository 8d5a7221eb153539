package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
)

// startWork starts daybook work on a database, in a process of its own, until the test ends.
func startWork(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "work")
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DATABASE_URL="+url)
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(patienceToStart); !strings.Contains(out.String(), "Daybook works"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("daybook work does not start:\n%s", out)
		}
	}
	return cmd
}

// After kill -9 in the middle of many texts, the next process goes on after the last complete batch and makes no text
// twice.
func TestTextsAfterKill(t *testing.T) {
	pgtest.Long(t)
	const events = 12_000
	url := pgtest.URL(t)
	pool := pgtest.Open(t, url, pgpool.Options{MaxConns: 2})
	exec := func(sql string) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	count := func(sql string) (n int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM `+sql).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return n
	}
	exec(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
	exec(`INSERT INTO canonical.fx_rates (organization_id, id, currency, valid_from, rate) SELECT 1, g, 'USD', '1900-01-01'::date + g, 1 FROM generate_series(1, ` + strconv.Itoa(events) + `) AS g`)
	exec(`CREATE TABLE public.told AS SELECT event_id FROM audit.texts`)
	exec(`CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.told VALUES (NEW.event_id); RETURN NULL; END'`)
	exec(`CREATE TRIGGER tell AFTER INSERT ON audit.texts FOR EACH ROW EXECUTE FUNCTION public.tell()`)
	total := count(`audit.events`)

	first := startWork(t, url)
	for deadline := time.Now().Add(time.Minute); count(`public.told`) < 3000; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no text is made")
		}
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	for deadline := time.Now().Add(20 * time.Second); count(`pg_stat_activity WHERE application_name = 'daybook jobs' AND datname = current_database()`) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("connections of the killed process are left")
		}
	}
	told := count(`public.told`)
	if told >= total || told%1000 != 0 {
		t.Errorf("%d of %d texts after the kill: not in the middle, or not whole batches", told, total)
	}
	// What the killed process was running counts as lost after two minutes by the clock of the next one; the test does not
	// wait for them.
	exec(`UPDATE river.river_job SET attempted_at = '2000-01-01' WHERE state = 'running'`)
	startWork(t, url)
	for deadline := time.Now().Add(2 * time.Minute); count(`audit.textless`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d events are still without text", count(`audit.textless`))
		}
	}
	if told, once := count(`public.told`), count(`(SELECT DISTINCT event_id FROM public.told) AS once`); told != total || once != total {
		t.Errorf("%d texts of %d events, %d in all", told, once, total)
	}
}
