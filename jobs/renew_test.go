package jobs_test

import (
	"log/slog"
	"testing"
	"time"

	"daybook/internal/pgtest"
	"daybook/jobs"
	"daybook/projection"
)

// A materialized view is refreshed by the timer though nothing was marked, if the timer is on; without it, it is not.
func TestViewsAreRenewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every time.Duration
		want  string
	}{"on": {time.Second, "2"}, "off": {0, "1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fixture{t: t, pool: pgtest.Pool(t)}
			f.engine = projection.New(f.pool, slog.New(slog.DiscardHandler))
			f.exec(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
			f.exec(`INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE VALUES (1, 'Ada', 'ada@example.com'), (2, 'Bea', 'bea@example.com')`)
			f.exec(`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 1, 'owner')`)
			if _, err := f.engine.Rebuild(t.Context(), "notification_settings", nil); err != nil {
				t.Fatal(err)
			}
			super := pgtest.Superuser(t, f.pool)
			for _, sql := range []string{pgtest.TriggersOff,
				`INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES (1, 2, 'staff')`, pgtest.TriggersOn} {
				if _, err := super.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			config := jobs.Config{Work: true, Logger: slog.New(slog.DiscardHandler), SweepEvery: 100 * time.Millisecond, RenewEvery: c.every}
			if f.client, err = jobs.NewClient(f.pool, f.engine, config); err != nil {
				t.Fatal(err)
			}
			f.work()
			const stored = `SELECT count(DISTINCT user_id)::text FROM projection.notification_settings`
			if c.every == 0 {
				f.eventually(10*time.Second, `SELECT (count(*) > 3)::text FROM river.river_job WHERE kind = 'projection_sweep' AND state = 'completed'`, "true")
				if got := f.text(stored); got != c.want {
					t.Errorf("the settings of %s users are stored", got)
				}
				return
			}
			f.eventually(20*time.Second, stored, c.want)
		})
	}
}
