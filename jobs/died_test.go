package jobs_test

import (
	"testing"
	"time"

	"github.com/riverqueue/river"

	"daybook/internal/pgtest"
	"daybook/jobs"
)

// Jobs that died with their process count as running. They keep no sweep from running, and are rescued: after some
// seconds, or after their own Timeout.
func TestJobsThatDied(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, 100*time.Millisecond)
	for _, died := range []struct {
		args  river.JobArgs
		queue string
		since string
	}{
		{jobs.SweepArgs{}, jobs.QueueSweep, "1 second"},
		{jobs.TextsArgs{}, jobs.QueueTexts, "20 seconds"},
		{jobs.RefreshArgs{Projections: []string{"people_summaries"}}, jobs.QueueRefresh, "130 seconds"},
		{jobs.RefreshArgs{Projections: []string{"tax_rate_summaries"}}, jobs.QueueRefresh, "20 seconds"},
		// It had just been fetched: what it was to refresh is found by the sweep.
		{jobs.RefreshArgs{Projections: []string{"product_summaries"}}, jobs.QueueRefresh, "1 second"},
	} {
		inserted, err := f.client.Insert(t.Context(), died.args, &river.InsertOpts{Queue: died.queue})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.pool.Exec(t.Context(), `UPDATE river.river_job SET state = 'running', attempt = 1, attempted_by = '{died}', attempted_at = now() - $2::text::interval WHERE id = $1`,
			inserted.Job.ID, died.since); err != nil {
			t.Fatal(err)
		}
	}
	f.exec(renameOne)
	f.work()
	f.eventually(20*time.Second, nameOfOne, "Renamed")
	f.eventually(20*time.Second, `SELECT (count(*) > 0)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed' AND NOT 'died' = ANY (attempted_by)`, "true")
	f.eventually(time.Minute, `SELECT COALESCE(string_agg(COALESCE(args -> 'projections' ->> 0, kind), ', ' ORDER BY id), '') FROM river.river_job WHERE 'died' = ANY (attempted_by) AND state = 'completed' AND kind <> 'projection_sweep'`, "audit_texts, people_summaries")
	// A table's refresh may take two minutes, so one of some seconds may still run elsewhere.
	f.eventually(time.Second, `SELECT state::text FROM river.river_job WHERE args -> 'projections' ->> 0 = 'tax_rate_summaries' AND 'died' = ANY (attempted_by)`, "running")
}
