package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"daybook/internal/pgtest"
	"daybook/jobs"
	"daybook/projection"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type fixture struct {
	t      *testing.T
	pool   *pgxpool.Pool
	engine *projection.Engine
	client *jobs.Client
	log    logText // of the engine, River and the workers
}

// logText is a text that many write and read.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start makes a database with one organization of 1100 products, and a River client on it. sweep is the sweep's period.
func start(t *testing.T, sweep time.Duration) *fixture {
	t.Helper()
	f := &fixture{t: t, pool: pgtest.Pool(t)}
	logger := slog.New(slog.NewTextHandler(&f.log, nil))
	f.engine = projection.New(f.pool, logger)
	var err error
	if f.client, err = jobs.NewClient(f.pool, f.engine, jobs.Config{Work: true, Logger: logger, SweepEvery: sweep, SliceBudget: 1}); err != nil {
		t.Fatal(err)
	}
	f.exec(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
	f.exec(`INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) SELECT 1, i, 'S' || i, 'Product', 100, 'AUD' FROM generate_series(1, 1100) i`)
	if _, err := f.engine.Refresh(t.Context(), "product_summaries", time.Minute); err != nil {
		t.Fatal(err)
	}
	return f
}

// work starts the workers; they are stopped when the test ends.
func (f *fixture) work() {
	f.t.Helper()
	if err := f.client.Start(context.WithoutCancel(f.t.Context())); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(f.t.Context()), 20*time.Second)
		defer cancel()
		if err := f.client.Stop(ctx); err != nil {
			f.t.Errorf("stop: %v", err)
		}
	})
}

func (f *fixture) exec(sql string) {
	f.t.Helper()
	if _, err := f.pool.Exec(f.t.Context(), sql); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
}

func (f *fixture) text(sql string) (s string) {
	f.t.Helper()
	if err := f.pool.QueryRow(f.t.Context(), sql).Scan(&s); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
	return s
}

// eventually waits until the query answers want.
func (f *fixture) eventually(within time.Duration, sql, want string) {
	f.t.Helper()
	got := ""
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got = f.text(sql); got == want {
			return
		}
	}
	f.t.Errorf("after %v %s answers %q, not %q", within, sql, got, want)
}

// write runs a transaction as the write side does: change, wake, commit, or roll back with the failure.
func (f *fixture) write(ctx context.Context, sql string, failure error) error {
	var committed func()
	err := pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
		if committed, err = f.wake(ctx, tx, "notification_settings", "product_summaries", "tax_rate_summaries"); err != nil {
			return err
		}
		return failure
	})
	if err == nil {
		committed()
	}
	return err
}

// wake runs what wakes the refresh of the projections at the end of the transaction, and returns what to call once it is
// committed.
func (f *fixture) wake(ctx context.Context, tx pgx.Tx, projections ...string) (committed func(), err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('engine.marked', $1, true)`, strings.Join(projections, ","))
	committed = jobs.Wake(f.pool, slog.New(slog.DiscardHandler))(ctx, batch)
	return committed, tx.SendBatch(ctx, batch).Close()
}

const (
	refreshJobs = `SELECT COALESCE(string_agg(queue || ' ' || (args ->> 'projections'), ', ' ORDER BY queue), '') FROM river.river_job WHERE kind = 'projection_refresh'`
	nameOfOne   = `SELECT name FROM projection.product_summaries WHERE product_id = 1`
	renameOne   = `UPDATE canonical.products SET name = 'Renamed' WHERE id = 1`
)

func TestWakeBelongsToTheTransaction(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	failure := errors.New("rolled back")
	if err := f.write(t.Context(), renameOne, failure); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if got := f.text(refreshJobs); got != "" {
		t.Errorf("a rollback leaves %s", got)
	}
	if err := f.write(t.Context(), renameOne, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := f.text(refreshJobs), `refresh ["product_summaries", "tax_rate_summaries"], views ["notification_settings"]`; got != want {
		t.Errorf("a commit leaves %s, not %s", got, want)
	}
	if got := f.text(nameOfOne); got != "Product" {
		t.Errorf("stored without a worker: %s", got)
	}
}

func TestCommittedIsStoredSoon(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	f.work()
	f.eventually(10*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "1")
	if err := f.write(t.Context(), renameOne, nil); err != nil {
		t.Fatal(err)
	}
	f.eventually(time.Second, nameOfOne, "Renamed")
}

// The sweep refreshes what was written without a job and retries the quarantine, except for paused projections.
func TestSweep(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, 100*time.Millisecond)
	f.exec(`INSERT INTO canonical.tax_rates (organization_id, name, percentage) VALUES (1, 'Rate', 10)`)
	f.exec(`INSERT INTO engine.quarantine (projection, organization_id, key, error, failed_at) VALUES ('tax_rate_summaries', 1, '{99}', 'old', now() - interval '1 hour'), ('product_summaries', 1, '{1}', 'old', now() - interval '1 hour')`)
	if err := f.engine.Pause(t.Context(), "tax_rate_summaries"); err != nil {
		t.Fatal(err)
	}
	f.exec(renameOne)
	f.work()
	f.eventually(10*time.Second, nameOfOne, "Renamed")
	f.eventually(10*time.Second, `SELECT string_agg(projection, ',') FROM engine.quarantine`, "tax_rate_summaries")
	f.eventually(10*time.Second, `SELECT (count(*) > 3)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "true")
	if got := f.text(`SELECT count(*)::text FROM marks.tax_rate_summaries`); got != "1" {
		t.Errorf("%s marks of a paused projection with one change", got)
	}
}

// A refresh of a projection that does not exist is cancelled, not retried.
func TestRefreshOfWhatIsGone(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	if _, err := f.client.Insert(t.Context(), jobs.RefreshArgs{Projections: []string{"product_summaries__next"}}, &river.InsertOpts{Queue: jobs.QueueRefresh}); err != nil {
		t.Fatal(err)
	}
	f.work()
	f.eventually(10*time.Second, `SELECT state::text FROM river.river_job WHERE kind = 'projection_refresh' AND args -> 'projections' ->> 0 LIKE '%next'`, string(rivertype.JobStateCancelled))
}

// Rebuild and verification go from slice to slice to the end, from the key that they are given on.
func TestRebuildAndVerify(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	super := pgtest.Superuser(t, f.pool)
	for _, sql := range []string{"SET session_replication_role = replica", "UPDATE projection.product_summaries SET name = 'Damaged' WHERE product_id IN (1, 1050)"} {
		if _, err := super.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	f.work()
	for i, args := range []river.JobArgs{jobs.RebuildArgs{Projection: "product_summaries", After: []string{"1", "1000"}}, jobs.VerifyAllArgs{}} {
		if _, err := f.client.Insert(t.Context(), args, nil); err != nil {
			t.Fatal(err)
		}
		f.eventually(20*time.Second, `SELECT string_agg(product_id::text, ',') FROM projection.product_summaries WHERE name = 'Damaged' HAVING count(*) > 0 UNION ALL SELECT 'none' ORDER BY 1 LIMIT 1`, []string{"1", "none"}[i])
	}
	// 1100 keys are three slices, each a job that makes the next one, and a last job that
	// finds the end. The rebuild began behind the first 1000.
	for kind, want := range map[string]string{"projection_rebuild": "2", "projection_verify": "4"} {
		f.eventually(10*time.Second, `SELECT count(*)::text FROM river.river_job WHERE state = 'completed' AND args ->> 'projection' = 'product_summaries' AND kind = '`+kind+`'`, want)
	}
	f.eventually(10*time.Second, `SELECT bool_and(verified_at IS NOT NULL)::text FROM engine.projections`, "true")
	if got := f.text(`SELECT drift_found::text FROM engine.projections WHERE name = 'product_summaries'`); got != "1" {
		t.Errorf("drift %s", got)
	}
}

// A verification is not enqueued again while one of the same projection waits or runs, at whatever
// key; one of another projection is.
func TestVerificationsDoNotPileUp(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	insert := func(args jobs.VerifyArgs) (skipped bool) {
		t.Helper()
		result, err := f.client.Insert(t.Context(), args, nil)
		if err != nil {
			t.Fatal(err)
		}
		return result.UniqueSkippedAsDuplicate
	}
	if insert(jobs.VerifyArgs{Projection: "product_summaries", After: []string{"1", "500"}}) {
		t.Error("the first is refused")
	}
	if !insert(jobs.VerifyArgs{Projection: "product_summaries"}) {
		t.Error("a second of the same projection is accepted")
	}
	if insert(jobs.VerifyArgs{Projection: "tax_rate_summaries"}) {
		t.Error("another projection's is refused")
	}
	f.work()
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_verify' AND state <> 'completed'`, "0")
	if insert(jobs.VerifyArgs{Projection: "product_summaries"}) {
		t.Error("one is refused when none is under way")
	}
}

// The sweep runs while verifications occupy all workers of their queue.
func TestSweepBesideVerifications(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, 100*time.Millisecond)
	lock, err := pgtest.Superuser(t, f.pool).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), "LOCK TABLE canonical.products, canonical.tax_rates IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"product_summaries", "tax_rate_summaries"} {
		if _, err := f.client.Insert(t.Context(), jobs.VerifyArgs{Projection: name}, nil); err != nil {
			t.Fatal(err)
		}
	}
	f.work()
	f.eventually(10*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_verify' AND state = 'running'`, "2")
	f.eventually(10*time.Second, `SELECT (count(*) > 3)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "true")
	if got := f.text(`SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_verify' AND state = 'running'`); got != "2" {
		t.Errorf("%s verifications still run", got)
	}
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Notification settings are stored soon after a change that woke a worker, and by the next sweep after one that did not;
// but no more often than their minimum interval, during which reads compute the changes.
func TestSettingsAreStoredOnChangeAndByTheTimer(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, 100*time.Millisecond)
	f.exec(`INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE VALUES (1, 'Ada', 'ada@example.com')`)
	f.exec(`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 1, 'owner')`)
	if _, err := f.engine.Rebuild(t.Context(), "notification_settings", nil); err != nil {
		t.Fatal(err)
	}
	f.exec(`UPDATE engine.projections SET minimum_interval = '1 hour' WHERE name = 'notification_settings'`)
	const delivery = `SELECT array_to_string(delivery, '+') FROM projection.notification_settings WHERE type = 'bill_due'`
	const recent = `UPDATE engine.projections SET refresh_started_at = refresh_started_at - interval '1 hour' WHERE name = 'notification_settings'`
	prefer := func(delivery string) string {
		return `INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) VALUES (1, 1, 'bill_due', '` + delivery + `')
			ON CONFLICT (organization_id, user_id, type) WHERE channel_id IS NULL DO UPDATE SET delivery = excluded.delivery`
	}
	f.work()
	f.exec(prefer("mute")) // without a job: the sweep finds its marks
	f.eventually(10*time.Second, `SELECT (count(*) > 2)::text FROM river.river_job WHERE kind = 'projection_refresh' AND args -> 'projections' ->> 0 = 'notification_settings' AND state = 'completed'`, "true")
	if got := f.text(delivery); got != "IN_APP+EMAIL" {
		t.Errorf("stored as %s within the interval", got)
	}
	f.exec(recent)
	f.eventually(10*time.Second, delivery, "")

	if err := f.client.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	g := &fixture{t: t, pool: f.pool, engine: f.engine}
	var err error
	if g.client, err = jobs.NewClient(f.pool, f.engine, jobs.Config{Work: true, Logger: slog.New(slog.DiscardHandler), SweepEvery: time.Hour}); err != nil {
		t.Fatal(err)
	}
	g.exec(`DELETE FROM river.river_job`)
	g.work()
	g.eventually(10*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "1") // the next is an hour away
	g.exec(recent)
	var committed func()
	err = pgx.BeginFunc(t.Context(), g.pool, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(t.Context(), prefer("in_app")); err != nil {
			return err
		}
		committed, err = g.wake(t.Context(), tx, "notification_settings")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	committed()
	g.eventually(10*time.Second, delivery, "IN_APP")
}
