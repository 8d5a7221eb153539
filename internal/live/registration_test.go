package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/live"
	"daybook/internal/pgtest"
)

// Changes are announced while somebody watches, and not before or after: then what changes canonical rows can be prepared too.
func TestAnnouncedWhileWatched(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	ear, err := pgx.ConnectConfig(t.Context(), pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer ear.Close(context.WithoutCancel(t.Context()))
	if _, err := ear.Exec(t.Context(), `LISTEN `+live.Channel); err != nil {
		t.Fatal(err)
	}
	next := 1
	announced := func() (all []string) {
		t.Helper()
		run(t, pool, fmt.Sprintf(person, 1, next), `TRUNCATE canonical.fx_rates`, `SELECT pg_notify('daybook_changes', 'the_end 3')`)
		next++
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for {
			heard, err := ear.WaitForNotification(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if heard.Payload == "the_end 3" {
				return all
			}
			all = append(all, heard.Payload)
		}
	}
	prepared := func() error {
		next++
		return pool.AcquireFunc(t.Context(), func(conn *pgxpool.Conn) error {
			_, err := conn.Exec(t.Context(), fmt.Sprintf(`BEGIN; %s; PREPARE TRANSACTION 'written'`, fmt.Sprintf(person, 2, next)), pgx.QueryExecModeSimpleProtocol)
			if err == nil {
				_, err = conn.Exec(t.Context(), `COMMIT PREPARED 'written'`)
			}
			return err
		})
	}
	hub := begin(t, pool, live.Config{Linger: time.Millisecond})
	if all := announced(); len(all) > 0 {
		t.Errorf("nobody watches, and announced is %q", all)
	}
	if err := prepared(); err != nil {
		t.Errorf("nobody watches, and a transaction cannot be prepared: %v", err)
	}
	w := hub.Watch(1)
	until(t, "it listens", hub.Listening)
	all := announced()
	for _, what := range []string{fmt.Sprintf("people_summaries 1 %d", next-1), "canonical.people 1", "fx_rate_summaries 0", "canonical.fx_rates 0"} {
		if !slices.Contains(all, what) {
			t.Errorf("somebody watches, and not announced is %s: %q", what, all)
		}
	}
	w.Close()
	until(t, "it has ended to listen", func() bool { return !hub.Listening() && len(announced()) == 0 })
}

// A transaction that was under way when the hub began to listen wakes whom it concerns, whether it has written by then or not,
// and whatever its snapshot.
func TestListenBesideTransactions(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	for name, c := range map[string]struct{ before, after []string }{
		"has written":                {[]string{`BEGIN`, person}, []string{`COMMIT`}},
		"has a number":               {[]string{`BEGIN`, `SELECT pg_current_xact_id()`}, []string{person, `COMMIT`}},
		"has written in a savepoint": {[]string{`BEGIN`, `SAVEPOINT s`, person}, []string{`RELEASE s`, `COMMIT`}},
		"has a snapshot":             {[]string{`BEGIN ISOLATION LEVEL REPEATABLE READ`, `SELECT count(*) FROM canonical.people`}, []string{person, `COMMIT`}},
		"has written and a snapshot": {[]string{`BEGIN ISOLATION LEVEL REPEATABLE READ`, person}, []string{`COMMIT`}},
		"is prepared":                {[]string{`BEGIN`, person, `PREPARE TRANSACTION 'beside'`}, []string{`COMMIT PREPARED 'beside'`}},
		"has just begun":             {[]string{`BEGIN`}, []string{person, `COMMIT`}},
		"begins later":               {nil, []string{`BEGIN`, person, `COMMIT`}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Release()
			do := func(statements []string) {
				t.Helper()
				for _, sql := range statements {
					if sql == person {
						sql = fmt.Sprintf(`INSERT INTO canonical.people (organization_id, given_name, family_name) VALUES (1, 'Ada', '%s')`, name)
					}
					if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
						t.Fatalf("%s: %v", sql, err)
					}
				}
			}
			written := func() (is bool) {
				t.Helper()
				if err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM canonical.people WHERE family_name = $1)`, name).Scan(&is); err != nil {
					t.Fatal(err)
				}
				return is
			}
			until(t, "the hub of the case before has gone", func() (gone bool) {
				err := pool.QueryRow(t.Context(), `SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'
					AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&gone)
				return err == nil && gone
			})
			do(c.before)
			hub := begin(t, pool, live.Config{})
			w := hub.Watch(1)
			defer w.Close()
			until(t, "it listens", hub.Listening)
			<-w.Woken()
			w.Begin()
			if written() {
				t.Fatal("it is written already")
			}
			w.Done(live.Needs{"people_summaries": nil})
			do(c.after)
			select {
			case <-w.Woken():
			case <-time.After(patience):
				t.Fatal("it was not woken")
			}
			if !written() {
				t.Error("it was woken before the commit, or by something else")
			}
		})
	}
}

// Who subscribes beside writers sees all that they have written, whether the hub listens already, begins to, or ends to.
func TestSubscribeBesideCommits(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pool, organizations)
	hub := begin(t, pool, live.Config{Linger: time.Millisecond})
	var runs, written atomic.Int64
	for range 60 {
		var writers sync.WaitGroup
		for range 3 {
			writers.Go(func() {
				time.Sleep(rand.N(4 * time.Millisecond))
				for range 1 + rand.N(3) {
					isolation := pgx.ReadCommitted
					if rand.N(3) == 0 {
						isolation = pgx.RepeatableRead
					}
					if err := pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{IsoLevel: isolation}, func(tx pgx.Tx) error {
						_, err := tx.Exec(t.Context(), fmt.Sprintf(person, 1, written.Add(1)))
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		time.Sleep(rand.N(4 * time.Millisecond))
		s := live.Subscribe(hub, "people", 1, count(pool, &runs))
		writers.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		for n := int64(-1); n != written.Load(); {
			answer, err := s.Next(ctx)
			if err != nil {
				t.Fatalf("%d of %d seen: %v", n, written.Load(), err)
			}
			n = int64(answer)
		}
		cancel()
		s.Close()
		time.Sleep(rand.N(4 * time.Millisecond))
	}
}
