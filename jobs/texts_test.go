package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/jobs"
	"daybook/projection"
)

// statements collects the SQL that a pool runs.
type statements struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[data.SQL] = true
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// about lists the statements that mention the text.
func (s *statements) about(text string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sql := range s.seen {
		if strings.Contains(sql, text) {
			list = append(list, sql)
		}
	}
	return list
}

const textless = `SELECT count(*)::text FROM audit.textless`

// A hundred thousand events get their texts, each once, although two clients enqueue texts jobs all the time; no two of
// these jobs run at once, and whether there are more events follows from a full batch, not from a query.
func TestTextsOfManyEvents(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	rates := pgtest.Rounds(25_000, 100_000)
	f.exec(fmt.Sprintf(`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) SELECT 1, g, 'Rate ' || g, 1 FROM generate_series(1, %d) AS g`, rates))
	f.exec(`CREATE TABLE public.told AS SELECT event_id FROM audit.texts`)
	f.exec(`CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.told VALUES (NEW.event_id); RETURN NULL; END'`)
	f.exec(`CREATE TRIGGER tell AFTER INSERT ON audit.texts FOR EACH ROW EXECUTE FUNCTION public.tell()`)
	total := f.text(`SELECT count(*)::text FROM audit.events`)

	seen := &statements{}
	for range 2 {
		pool := pgtest.Open(t, f.pool.Config().ConnString(), pgpool.Options{MaxConns: 8, Tracer: seen})
		client, err := jobs.NewClient(pool, projection.New(pool, nil), jobs.Config{
			Work: true, Logger: slog.New(slog.DiscardHandler), SweepEvery: time.Hour, TextsEvery: 50 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		(&fixture{t: t, pool: pool, client: client}).work()
	}
	most := "0"
	deadline := time.Now().Add(4 * time.Minute)
	for f.text(textless) != "0" {
		most = max(most, f.text(`SELECT count(*)::text FROM river.river_job WHERE kind = 'audit_texts' AND state = 'running'`))
		if time.Now().After(deadline) {
			t.Fatalf("%s events are still without text", f.text(textless))
		}
		time.Sleep(10 * time.Millisecond)
	}
	if most != "1" {
		t.Errorf("%s jobs were seen to run at once", most)
	}
	for what, sql := range map[string]string{
		"jobs that ran while another did": `SELECT count(*)::text FROM river.river_job AS a JOIN river.river_job AS b ON a.id < b.id AND b.kind = 'audit_texts'
			AND b.attempted_at < a.finalized_at AND a.attempted_at < b.finalized_at WHERE a.kind = 'audit_texts'`,
		"events told twice":      `SELECT count(*)::text FROM (SELECT FROM public.told GROUP BY event_id HAVING count(*) > 1) AS twice`,
		"events without a text":  `SELECT count(*)::text FROM audit.events LEFT JOIN audit.texts ON event_id = id WHERE coalesce(text, '') = ''`,
		"events with other text": `SELECT count(*)::text FROM audit.events JOIN audit.texts ON event_id = id WHERE relation = 'tax_rates' AND text <> 'Tax rate Rate ' || row_id || ' created'`,
	} {
		if got := f.text(sql); got != "0" {
			t.Errorf("%s: %s", what, got)
		}
	}
	if told := f.text(`SELECT count(*)::text FROM public.told`); told != total {
		t.Errorf("%s of %s events were told", told, total)
	}
	asked := seen.about("audit.events")
	if len(asked) == 0 {
		t.Error("no statement was seen")
	}
	for _, sql := range asked {
		if strings.Contains(strings.ToUpper(sql), "EXISTS") || strings.Contains(strings.ToLower(sql), "count(") {
			t.Errorf("asks whether there is more: %s", sql)
		}
	}
	if batches := f.text(fmt.Sprintf(`SELECT (count(*) >= %d)::text FROM river.river_job WHERE kind = 'audit_texts' AND state = 'completed'`, rates/1000)); batches != "true" {
		t.Error("the batches were not bounded")
	}
}

// A connection that is cut in the middle of a batch leaves the whole batch to the next job.
func TestTextsAfterALostConnection(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	super := pgtest.Superuser(t, f.pool)
	// A text of the batch waits for this lock, so that the job can be caught in the middle.
	f.exec(`CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END'`)
	f.exec(`CREATE TRIGGER wait BEFORE INSERT ON audit.texts FOR EACH ROW EXECUTE FUNCTION public.wait()`)
	if _, err := super.Exec(t.Context(), `SELECT pg_advisory_lock(77)`); err != nil {
		t.Fatal(err)
	}
	before := f.text(textless)
	f.work()
	// Locks are listed of all databases of the server, other tests' too.
	const waiting = ` FROM pg_locks WHERE (locktype, objid) = ('advisory', 77) AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	f.eventually(20*time.Second, `SELECT count(*)::text`+waiting, "1")
	if _, err := super.Exec(t.Context(), `SELECT pg_terminate_backend(pid)`+waiting); err != nil {
		t.Fatal(err)
	}
	f.eventually(20*time.Second, `SELECT coalesce(cardinality(errors) > 0, false)::text FROM river.river_job WHERE kind = 'audit_texts' ORDER BY id LIMIT 1`, "true")
	if after := f.text(textless); after != before {
		t.Errorf("%s events are without text after the connection was lost, %s before", after, before)
	}
	if _, err := super.Exec(t.Context(), `SELECT pg_advisory_unlock(77)`); err != nil {
		t.Fatal(err)
	}
	f.eventually(30*time.Second, textless, "0")
}

// What is old enough goes, batch by batch; the rest stays.
func TestRetain(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	f.exec(`INSERT INTO canonical.idempotency_keys (organization_id, key, input_hash, created_at)
		SELECT 1, 'key ' || g, '', now() - g * interval '12 hours' FROM generate_series(0, 2559) AS g`)
	super := pgtest.Superuser(t, f.pool)
	for _, sql := range []string{`SET session_replication_role = replica`, `UPDATE audit.events SET occurred_at = now() - interval '2 days' WHERE relation = 'products'`} {
		if _, err := super.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	rest := f.text(`SELECT count(*)::text FROM audit.events WHERE relation <> 'products'`)
	var err error
	f.client, err = jobs.NewClient(f.pool, f.engine, jobs.Config{
		Work: true, Logger: slog.New(slog.DiscardHandler), SweepEvery: time.Hour, KeepEvents: 24 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.work()
	f.eventually(20*time.Second, `SELECT count(*)::text FROM canonical.idempotency_keys`, "60")
	f.eventually(20*time.Second, `SELECT count(*)::text FROM audit.events WHERE relation = 'products'`, "0")
	if got := f.text(`SELECT count(*)::text FROM audit.events`); got != rest {
		t.Errorf("%s events are left of %s that are not old", got, rest)
	}
}
