package resolvers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"daybook/canonical"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/requestid"
	"daybook/resolvers"
)

// TestNobodyWaitsForARefresh refreshes 130 000 stored settings, concurrently, again and again, while members read theirs,
// ask for recipients and change preferences. None of their statements may wait for a lock as long as two milliseconds:
// PostgreSQL would end it then, and the request fail. How long the requests took is logged.
func TestNobodyWaitsForARefresh(t *testing.T) {
	t.Parallel()
	pgtest.Long(t)
	s := serve(t)
	s.fillSettings()
	open := func(generic bool) pgpool.Options {
		return pgpool.Options{MaxConns: 4, GenericPlans: generic, Limits: pgpool.Limits{Lock: 2 * time.Millisecond}}
	}
	url := s.pool.Config().ConnString()
	db := pgtest.Open(t, url, open(false))
	server := httptest.NewServer(requestid.Middleware(resolvers.Handler(resolvers.Config{
		Store: canonical.New(db, nil), DB: db, LoaderDB: pgtest.Open(t, url, open(true)), Logger: slog.New(slog.DiscardHandler),
	})))
	defer server.Close()
	c := s.caller
	c.t, c.url = t, server.URL
	c.must(`{ viewer { organization { name } } }`, nil)
	var timeout string
	if err := db.QueryRow(t.Context(), `SHOW lock_timeout`).Scan(&timeout); err != nil || timeout != "2ms" {
		t.Fatalf("lock_timeout is %q, %v", timeout, err)
	}

	var mu sync.Mutex
	most, made := map[string]time.Duration{}, map[string]int{}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for name, document := range map[string]string{
		"settings of a user": `{ effectiveNotificationSettings(userId: "User:100%d") { delivery } }`,
		"recipients":         `{ recipients(channelId: "Channel:%d", type: "takings_low") { nodes { user { name } delivery } } }`,
		"change":             `mutation { notificationPreferenceSet(input: {channelId: "Channel:%d", type: "takings_low", delivery: [IN_APP]}) { userErrors { path } } }`,
	} {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				start := time.Now()
				a := c.call(fmt.Sprintf(document, 1+i%20), nil)
				took := time.Since(start)
				if a.at("errors") != nil {
					t.Errorf("%s: %s", name, a)
					return
				}
				mu.Lock()
				most[name], made[name] = max(most[name], took), made[name]+1
				mu.Unlock()
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	var longest time.Duration
	const refreshes = 2
	for range refreshes {
		start := time.Now()
		if _, err := s.engine.Rebuild(t.Context(), "notification_settings", nil); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(start))
	}
	stop()
	wg.Wait()
	for name, n := range made {
		t.Logf("%d refreshes of up to %v; meanwhile %d × %s, at most %v", refreshes, longest.Round(time.Millisecond), n, name, most[name].Round(time.Millisecond))
		if n < 2*refreshes {
			t.Errorf("only %d × %s: they waited", n, name)
		}
	}
	if len(made) != 3 {
		t.Errorf("only %d kinds of request were answered", len(made))
	}
}

// fillSettings gives the organization members, channels and preferences, and stores what follows.
func (s *service) fillSettings() {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	for _, sql := range []string{
		pgtest.TriggersOff,
		`INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE SELECT 1000 + g, 'User ' || g, 'user' || g || '@example.com' FROM generate_series(1, 1200) AS g`,
		`INSERT INTO canonical.memberships (organization_id, user_id, role) SELECT id, 1000 + g, 'staff' FROM canonical.organizations, generate_series(1, 1200) AS g`,
		`INSERT INTO canonical.channels (organization_id, id, name, archived_at) OVERRIDING SYSTEM VALUE
			SELECT id, g, 'Channel ' || g, CASE WHEN g % 20 = 0 AND g > 20 THEN now() END FROM canonical.organizations, generate_series(1, 200) AS g`,
		`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id)
			SELECT id, c, 1000 + u FROM canonical.organizations, generate_series(1, 20) AS c, generate_series(1, 1200) AS u`,
		`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery)
			SELECT organization_id, user_id, channel_id, 'sale_recorded', 'in_app' FROM canonical.channel_members WHERE user_id % 100 = 7`,
		`ANALYZE`,
		`REFRESH MATERIALIZED VIEW projection.notification_settings`,
		`INSERT INTO projection.channel_summaries SELECT * FROM source.channel_summaries`,
		pgtest.TriggersOn,
		`ANALYZE`,
	} {
		if _, err := admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
}
