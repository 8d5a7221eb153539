package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"daybook/internal/pgtest"
	"daybook/jobs"
)

// writing is a transaction of the write side.
type writing struct {
	pgx.Tx
	committed func()
}

// renamed renames a product, as the write side does, in the transaction.
func (f *fixture) renamed(tx *writing, product int, name string) {
	f.t.Helper()
	if _, err := tx.Exec(f.t.Context(), `UPDATE canonical.products SET name = $2 WHERE id = $1`, product, name); err != nil {
		f.t.Fatal(err)
	}
	var err error
	if tx.committed, err = f.wake(f.t.Context(), tx, "product_summaries"); err != nil {
		f.t.Fatal(err)
	}
}

// begin begins a transaction that is rolled back at the test's end, unless it has ended by then.
func (f *fixture) begin() *writing {
	f.t.Helper()
	tx, err := f.pool.Begin(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(f.t.Context())) })
	return &writing{Tx: tx}
}

func (f *fixture) commit(tx *writing) {
	f.t.Helper()
	if err := tx.Commit(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	tx.committed()
}

// quiet waits until the first sweep has passed; the next is an hour away.
func (f *fixture) quiet() {
	f.t.Helper()
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "1")
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_refresh' AND state <> 'completed'`, "0")
}

// batches returns the number of refresh statements of a projection.
func (f *fixture) batches(projection string) (n uint64) {
	f.t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(f.engine)
	families, err := registry.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "daybook_projection_batch_seconds" && m.GetLabel()[0].GetValue() == projection {
				n = m.GetHistogram().GetSampleCount()
			}
		}
	}
	return n
}

// What commits while a run is under way, which cannot see it any more, is stored by the next one.
func TestCommitDuringARun(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	f.work()
	f.quiet()
	obstacle := f.begin()
	if _, err := obstacle.Exec(t.Context(), `SELECT FROM projection.product_summaries WHERE product_id = 1 FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	tx := f.begin()
	f.renamed(tx, 1, "First")
	f.commit(tx)
	f.eventually(20*time.Second, `SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%refresh%'`, "1")
	for range 3 {
		tx := f.begin()
		f.renamed(tx, 2, "Second")
		f.commit(tx)
	}
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_refresh' AND state = 'running'`, "4")
	if err := obstacle.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.eventually(20*time.Second, `SELECT string_agg(name, ', ' ORDER BY product_id) FROM projection.product_summaries WHERE product_id < 3`, "First, Second")
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_refresh' AND state <> 'completed'`, "0")
}

// A commit is noticed though its process has just sent River's notification with another transaction, which rolls back.
func TestCommitBesideARollback(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	f.work()
	f.quiet()
	for i := range 20 {
		name := fmt.Sprintf("Name %d", i)
		first, second := f.begin(), f.begin()
		f.renamed(first, 1, "Not so")
		f.renamed(second, 2, name)
		if err := first.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.commit(second)
		// Workers look every five seconds without a notification.
		f.eventually(2*time.Second, `SELECT name FROM projection.product_summaries WHERE product_id = 2`, name)
		if t.Failed() {
			return
		}
	}
}

// Jobs that wait together share a run, and all are completed.
func TestJobsShareARun(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	f.work()
	f.quiet()
	f.exec(`DELETE FROM river.river_job`)
	before := f.batches("product_summaries")
	tx := f.begin()
	for range 50 {
		f.renamed(tx, 1, "Shared")
	}
	f.commit(tx)
	f.eventually(20*time.Second, nameOfOne, "Shared")
	f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_refresh' AND state = 'completed'`, "50")
	if n := f.batches("product_summaries") - before; n == 0 || n > 10 {
		t.Errorf("%d batches for 50 jobs", n)
	}
}

// A sweep inserts no job for what a job waits for that no worker has fetched, and one job for all the rest.
func TestSweepsDoNotPileUp(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, 100*time.Millisecond)
	f.exec(`DELETE FROM river.river_job`)
	f.work()
	for _, queue := range []string{jobs.QueueRefresh, jobs.QueueViews} {
		f.eventually(20*time.Second, `SELECT count(*)::text FROM river.river_queue WHERE name = '`+queue+`'`, "1")
		if err := f.client.QueuePause(t.Context(), queue, nil); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(200 * time.Millisecond) // the producers are told
	f.exec(`DELETE FROM river.river_job WHERE kind = 'projection_refresh' AND state = 'available'`)
	f.exec(renameOne)
	f.exec(`INSERT INTO canonical.tax_rates (organization_id, name, percentage) VALUES (1, 'Rate', 10)`)
	sweeps := f.text(`SELECT count(*)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`)
	f.eventually(20*time.Second, `SELECT (count(*) > 4 + `+sweeps+`)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "true")
	const waiting = `SELECT count(*)::text FROM river.river_job, jsonb_array_elements_text(args -> 'projections') name WHERE kind = 'projection_refresh' AND state = 'available' AND queue = 'refresh' AND name = `
	for _, name := range []string{"product_summaries", "tax_rate_summaries"} {
		if got := f.text(waiting + `'` + name + `'`); got != "1" {
			t.Errorf("%s jobs wait to refresh %s", got, name)
		}
	}
	for _, queue := range []string{jobs.QueueRefresh, jobs.QueueViews} {
		if err := f.client.QueueResume(t.Context(), queue, nil); err != nil {
			t.Fatal(err)
		}
	}
	f.eventually(20*time.Second, nameOfOne, "Renamed")
}

// A job refreshes the projections that exist beside one that is gone.
func TestRefreshBesideWhatIsGone(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	f.work()
	f.quiet()
	f.exec(renameOne)
	args := jobs.RefreshArgs{Projections: []string{"product_summaries__next", "product_summaries"}}
	if _, err := f.client.Insert(t.Context(), args, &river.InsertOpts{Queue: jobs.QueueRefresh}); err != nil {
		t.Fatal(err)
	}
	f.eventually(20*time.Second, nameOfOne, "Renamed")
	f.eventually(20*time.Second, `SELECT state::text FROM river.river_job WHERE args -> 'projections' ->> 0 LIKE '%next'`, "completed")
}

// Workers are notified no more often than they fetch, and of the last commit too.
func TestNotificationsAreApart(t *testing.T) {
	t.Parallel()
	f := start(t, time.Hour)
	listener, err := f.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Release()
	if _, err := listener.Exec(t.Context(), `LISTEN "river.river_insert"`); err != nil {
		t.Fatal(err)
	}
	wake := jobs.Wake(f.pool, slog.New(slog.DiscardHandler))
	begin := time.Now()
	for range 40 {
		batch := &pgx.Batch{}
		batch.Queue(`SELECT set_config('engine.marked', 'product_summaries', true)`)
		committed := wake(t.Context(), batch)
		if err := f.pool.SendBatch(t.Context(), batch).Close(); err != nil {
			t.Fatal(err)
		}
		committed()
	}
	most := 2 + int(time.Since(begin)/(25*time.Millisecond))
	time.Sleep(100 * time.Millisecond) // for the last one
	n := 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := listener.Conn().WaitForNotification(ctx)
		cancel()
		if err != nil {
			break
		}
		n++
	}
	if n < 2 || n > most {
		t.Errorf("%d notifications of 40 commits, not 2 to %d", n, most)
	}
}
