package live_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/live"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	organizations = `INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD'), (2, 'Two', 'UTC', 'AUD')`
	person        = `INSERT INTO canonical.people (organization_id, id, given_name, is_customer) VALUES (%d, %d, 'Ada', true)`
	patience      = 30 * time.Second
)

// listen runs a hub until the test ends, to which changes are announced.
func listen(t *testing.T, pool *pgxpool.Pool, c live.Config) *live.Hub {
	t.Helper()
	hub := begin(t, pool, c)
	t.Cleanup(hub.Watch(0).Close)
	until(t, "it listens", hub.Listening)
	return hub
}

// begin runs a hub until the test ends.
func begin(t *testing.T, pool *pgxpool.Pool, c live.Config) *live.Hub {
	t.Helper()
	c.Connect = func(ctx context.Context) (*pgx.Conn, error) {
		config := pool.Config().ConnConfig
		config.RuntimeParams["application_name"] = "the hub"
		return pgx.ConnectConfig(ctx, config)
	}
	c.Logger, c.Apart = slog.New(slog.DiscardHandler), time.Millisecond
	hub := live.New(c)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); hub.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return hub
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

func run(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// A watch is woken by what its owner has read, and by nothing else.
func TestWatch(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations, fmt.Sprintf(person, 1, 7), fmt.Sprintf(person, 1, 8), fmt.Sprintf(person, 2, 9))
	hub := listen(t, pool, live.Config{})
	for name, c := range map[string]struct {
		needs  live.Needs
		change string
		woken  bool
	}{
		"the key":             {live.Needs{"people_summaries": {7, 9}}, `UPDATE canonical.people SET family_name = 'a' WHERE id = 7`, true},
		"another key":         {live.Needs{"people_summaries": {9}}, `UPDATE canonical.people SET family_name = 'b' || random() WHERE id = 7`, false},
		"any key":             {live.Needs{"people_summaries": nil}, `UPDATE canonical.people SET family_name = 'c' WHERE id = 7`, true},
		"another model":       {live.Needs{"tax_rate_summaries": nil}, `UPDATE canonical.people SET family_name = 'd' || random() WHERE id = 7`, false},
		"an equal row":        {live.Needs{live.Everything: nil}, `UPDATE canonical.people SET email = email`, false},
		"everything":          {live.Needs{live.Everything: nil}, `UPDATE canonical.people SET family_name = 'e' WHERE id = 7`, true},
		"a table":             {live.Needs{"canonical.people": nil}, `UPDATE canonical.people SET family_name = 'f' WHERE id = 7`, true},
		"another table":       {live.Needs{"canonical.stores": nil}, `UPDATE canonical.people SET family_name = 'g' || random() WHERE id = 7`, false},
		"a new row":           {live.Needs{"people_summaries": {100}}, fmt.Sprintf(person, 1, 100), true},
		"a deleted row":       {live.Needs{"people_summaries": {8}}, `DELETE FROM canonical.people WHERE id = 8`, true},
		"many keys":           {live.Needs{"people_summaries": {150}}, `INSERT INTO canonical.people (organization_id, id, given_name) SELECT 1, g, 'x' FROM generate_series(130, 160) AS g`, true},
		"another's":           {live.Needs{"people_summaries": nil, live.Everything: nil}, `UPDATE canonical.people SET family_name = 'i' || random() WHERE id = 9`, false},
		"what nobody owns":    {live.Needs{"canonical.users": nil}, `INSERT INTO canonical.users (name, email) VALUES ('Ada', 'ada@example.com')`, true},
		"what is rolled back": {live.Needs{"people_summaries": nil}, `DO $$ BEGIN UPDATE canonical.people SET family_name = 'h'; RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN END $$`, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := hub.Watch(1)
			defer w.Close()
			<-w.Woken() // it is new
			wakes := func() bool {
				w.Begin()
				w.Done(c.needs)
				run(t, pool, c.change)
				heard(t, hub, pool)
				select {
				case <-w.Woken():
					return true
				default:
					return false
				}
			}
			// The end of what was under way in the cluster when the hub began to listen wakes everybody too, a few times.
			woken := wakes()
			for tries := 0; tries < 20 && woken && !c.woken; tries++ {
				woken = wakes()
			}
			if woken != c.woken {
				t.Errorf("woken: %v", woken)
			}
		})
	}
}

// heard returns when everything is heard that was announced before.
func heard(t *testing.T, hub *live.Hub, pool *pgxpool.Pool) {
	t.Helper()
	last := hub.Watch(3)
	defer last.Close()
	<-last.Woken()
	last.Begin()
	last.Done(live.Needs{"the_end": nil})
	run(t, pool, `SELECT pg_notify('daybook_changes', 'the_end 3')`)
	select {
	case <-last.Woken():
	case <-time.After(patience):
		t.Fatal("announcements are not heard")
	}
}

// What changes while the owner reads is not lost, though nobody knew then that it would matter.
func TestChangeWhileReading(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	hub := listen(t, pool, live.Config{})
	w := hub.Watch(1)
	defer w.Close()
	<-w.Woken()
	w.Begin()
	run(t, pool, fmt.Sprintf(person, 1, 7))
	heard(t, hub, pool)
	w.Done(live.Needs{"people_summaries": {7}})
	select {
	case <-w.Woken():
	default:
		t.Error("it was not woken")
	}
}

// count is a query that reads how many people there are, for subscribers who are told apart by a number.
func count(pool *pgxpool.Pool, runs *atomic.Int64) live.Query[int, int] {
	return live.Query[int, int]{
		Organization: 1,
		Digest:       digest,
		Run: func(ctx context.Context, subscribers []int, _ bool) (r live.Result[int]) {
			runs.Add(1)
			r.Needs = live.Needs{"people_summaries": nil}
			r.Failed = pool.QueryRow(ctx, `SELECT count(*) FROM canonical.people WHERE organization_id = 1`).Scan(&r.Answer) != nil
			r.Ended = make([]bool, len(subscribers))
			for i, who := range subscribers {
				r.Ended[i] = who < 0
			}
			return r
		},
	}
}

func digest(n int) live.Digest { return sha256.Sum256(strconv.AppendInt(nil, int64(n), 10)) }

// A thousand who ask the same cost one read a change, and who comes late for an answer gets the newest.
func TestEqualQueries(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	hub := listen(t, pool, live.Config{})
	var runs atomic.Int64
	var all []*live.Subscription[int, int]
	for i := range 1000 {
		s := live.Subscribe(hub, "people", i, count(pool, &runs))
		defer s.Close()
		all = append(all, s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	want := func(s *live.Subscription[int, int], n int) {
		t.Helper()
		if got, err := s.Next(ctx); err != nil || got != n {
			t.Fatalf("got %d, %v; want %d", got, err, n)
		}
	}
	for _, s := range all {
		want(s, 0)
	}
	before := runs.Load()
	run(t, pool, fmt.Sprintf(person, 1, 7))
	for _, s := range all[1:] {
		want(s, 1)
	}
	if n := runs.Load() - before; n > 5 {
		t.Errorf("%d reads for one change", n)
	}
	run(t, pool, fmt.Sprintf(person, 1, 8))
	for _, s := range all[1:] {
		want(s, 2)
	}
	want(all[0], 2) // not 1
	ended := live.Subscribe(hub, "people", -1, count(pool, &runs))
	defer ended.Close()
	if _, err := ended.Next(ctx); err != live.ErrEnded { //nolint:errorlint // as it is
		t.Errorf("%v", err)
	}
}

// A connection that is lost loses nothing, also of what changes while there is none.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	hub := listen(t, pool, live.Config{})
	var runs atomic.Int64
	s := live.Subscribe(hub, "people", 1, count(pool, &runs))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := range 5 {
		if got, err := s.Next(ctx); err != nil || got != n {
			t.Fatalf("got %d, %v; want %d", got, err, n)
		}
		run(t, pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'the hub' AND datname = current_database()`, fmt.Sprintf(person, 1, 7+n))
	}
	until(t, "it listens again", hub.Listening)
}
