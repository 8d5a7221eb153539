package resolvers_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/replicas"
	"daybook/resolvers"
)

// TestReplicas has clients write and read while reads go to a standby: one that follows closely, one that is two seconds behind, and
// one that is promoted in the middle. What a query answers is never older than what was answered before it began, or than the
// mutation whose token it sends.
func TestReplicas(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	t.Run("follows closely", func(t *testing.T) {
		r := replicated(t, "0")
		r.beside(t, func() {})
		if r.reads() < 100 {
			t.Errorf("%d statements were made by the standby", r.reads())
		}
		r.wakes(t)
	})
	t.Run("two seconds behind", func(t *testing.T) {
		r := replicated(t, "2s")
		if queries := r.beside(t, func() {}); r.reads() >= 2*queries {
			t.Errorf("%d queries made %d statements by a standby that was behind", queries, r.reads())
		}
		before := r.reads()
		for end := time.Now().Add(20 * time.Second); r.reads() == before; time.Sleep(100 * time.Millisecond) {
			r.query(t, r.latest, "Daybook-After", r.token)
			if time.Now().After(end) {
				t.Fatal("the standby is never read from, though it has replayed the latest mutation")
			}
		}
		r.keepsUp(t)
		r.goesOn(t)
	})
	t.Run("promoted", func(t *testing.T) {
		r := replicated(t, "0")
		r.beside(t, func() {
			if _, err := pgtest.Superuser(t, r.standby).Exec(t.Context(), `SELECT pg_promote()`); err != nil {
				t.Error(err)
			}
		})
		before := r.reads()
		r.query(t, r.latest)
		if before == 0 || r.reads() > before {
			t.Errorf("%d statements were made by the standby, and %d after its promotion", before, r.reads()-before)
		}
	})
	t.Run("no token", func(t *testing.T) {
		s := serve(t)
		for _, token := range []string{"?", "-1", "01", "zzzzzzzzzzzzzzz"} {
			if a := s.call(`{ __typename }`, nil, "Daybook-After", token); a.status != http.StatusBadRequest {
				t.Errorf("the token %q is answered %s", token, a)
			}
		}
	})
}

// A server that reads from standbys refuses what any other refuses, in the same words.
func TestReplicasRefuse(t *testing.T) {
	t.Parallel()
	s := serve(t)
	set := replicas.New(0, slog.New(slog.DiscardHandler))
	t.Cleanup(set.Close)
	server := httptest.NewServer(resolvers.Handler(resolvers.Config{
		Store: s.store, Replicas: set, Live: s.hub, DB: s.pool, LoaderDB: s.pool, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	beside := s.caller
	beside.url = server.URL
	for _, document := range []string{
		`{`, `{ nothing }`, `query A { __typename } query B { __typename }`, `fragment F on Query { __typename }`, `subscription { nothing }`,
		`mutation { personCreate(input: {name: 5}) { record { id } } }`, `mutation($id: ID!) { personArchive(id: $id) { record { id } } }`,
		`{ people(first: 200) { nodes { history(first: 200) { nodes { changes { old } } } } } }`, `{ node(id: "x") { id } }`,
	} {
		for _, headers := range [][]string{nil, {"Daybook-Cost", "report"}, {"Daybook-Freshness", "on"}} {
			want, got := s.call(document, nil, headers...), beside.call(document, nil, headers...)
			if got.status != want.status || got.String() != want.String() {
				t.Errorf("%s with %q is answered %d %s, and %d %s without standbys", document, headers, got.status, got, want.status, want)
			}
		}
	}
}

// replicatedService is a service that reads from a standby.
type replicatedService struct {
	caller
	service    *service
	standby    *pgxpool.Pool
	statements statements // of reads by the standby
	person     string

	mu     sync.Mutex
	latest int    // the version that a mutation was answered with
	token  string // of that answer
}

// replicated begins a service with a standby that replays so much later, and waits until it stands by.
func replicated(t *testing.T, delay string) *replicatedService {
	t.Helper()
	s := serve(t)
	r := &replicatedService{service: s, person: s.person("Ada"), latest: 1}
	// The test server commits before records are flushed, unless it is told otherwise: then a standby follows later.
	if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$`); err != nil {
		t.Fatal(err)
	}
	r.standby = pgtest.Standby(t, s.pool, map[string]string{"recovery_min_apply_delay": delay, "hot_standby_feedback": "on"})
	application := pgtest.Application(t, r.standby.Config().ConnString())
	set := replicas.New(100*time.Millisecond, slog.New(slog.DiscardHandler), &replicas.Replica{
		Name:  "standby",
		Pages: pgtest.Open(t, application, pgpool.Options{MaxConns: 4, Tracer: &r.statements}),
		Keys:  pgtest.Open(t, application, pgpool.Options{MaxConns: 4, Tracer: &r.statements, GenericPlans: true}),
	})
	t.Cleanup(set.Close)
	server := httptest.NewServer(resolvers.Handler(resolvers.Config{
		Store: canonical.New(pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4}), nil), Replicas: set, Live: s.hub, Logger: slog.New(slog.DiscardHandler),
		DB:       pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4}),
		LoaderDB: pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4, GenericPlans: true}),
	}))
	t.Cleanup(server.Close)
	r.caller = s.caller
	r.caller.t, r.caller.url = t, server.URL
	for end := time.Now().Add(20 * time.Second); set.At(t.Context(), 1) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the standby does not stand by")
		}
	}
	return r
}

// renamed gives the person another name, and returns the version that it has now.
func (r *replicatedService) renamed(t *testing.T, name string) (version string) {
	t.Helper()
	return r.must(`mutation($id: ID!, $name: String!) { personUpdate(id: $id, input: {givenName: $name}) { record { version } } }`,
		variables{"id": r.person, "name": name}).text("data.personUpdate.record.version")
}

// wakes has a live query of canonical rows, which the standby reads, told of a change.
func (r *replicatedService) wakes(t *testing.T) {
	t.Helper()
	newest := r.subscribe(`subscription { live { auditLog(first: 1) { nodes { text } } } }`, nil)
	newest.next()
	for i := range 5 { // a run that the primary has to answer would be woken in any case
		name := fmt.Sprint("Grace ", i)
		r.renamed(t, name)
		for text := ""; !strings.Contains(text, name); {
			text = newest.next().text("data.live.auditLog.nodes.0.text")
		}
	}
}

// keepsUp has a live query, with a token that the standby came to long ago, show a change that the standby has not come to.
func (r *replicatedService) keepsUp(t *testing.T) {
	t.Helper()
	person := r.subscribe(`subscription($id: ID!) { live { person(id: $id) { version } } }`, variables{"id": r.person}, "Daybook-After", r.token)
	person.next()
	version := r.renamed(t, "Grace")
	person.next().want(map[string]string{"data.live.person.version": version})
}

// goesOn reads a change from the feed, and nothing twice, though it then sends a token that the standby came to long ago.
func (r *replicatedService) goesOn(t *testing.T) {
	t.Helper()
	cursor := r.must(`{ changes(first: 200) { cursor } }`, nil).text("data.changes.cursor")
	part := func(headers ...string) (events int) {
		t.Helper()
		a := r.must(`query($after: String) { changes(after: $after) { cursor events { text } } }`, variables{"after": cursor}, headers...)
		cursor = a.text("data.changes.cursor")
		for a.at("data.changes.events."+strconv.Itoa(events)) != nil {
			events++
		}
		return events
	}
	for end := time.Now().Add(patience); part() > 0; { // what others have changed before
		if time.Now().After(end) {
			t.Fatal("the feed has no end")
		}
	}
	r.renamed(t, "Ada")
	for end := time.Now().Add(patience); part() == 0; {
		if time.Now().After(end) {
			t.Fatal("the feed is held back")
		}
	}
	if beside, after := part("Daybook-After", r.token), part(); beside+after > 0 {
		t.Errorf("%d and %d events came again", beside, after)
	}
}

// reads counts the statements about people that the standby was asked.
func (r *replicatedService) reads() (n int) {
	r.statements.mu.Lock()
	defer r.statements.mu.Unlock()
	for _, s := range r.statements.all {
		if strings.Contains(s.SQL, "people_summaries") {
			n++
		}
	}
	return n
}

// query reads the person, by key and in a list, which must show this version or a later one.
func (r *replicatedService) query(t *testing.T, version int, headers ...string) {
	t.Helper()
	begun := time.Now()
	a := r.must(`query($id: ID!) { person(id: $id) { version } people(first: 1) { nodes { version } } }`, variables{"id": r.person}, headers...)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("a query has taken %s", took)
	}
	for _, path := range []string{"data.person.version", "data.people.nodes.0.version"} {
		if shown, err := strconv.Atoi(a.text(path)); err != nil || shown < version {
			t.Errorf("%s is %s after version %d was answered", path, a.text(path), version)
		}
	}
}

// beside calls in the middle while one client writes, three read, with the writer's tokens and without any, and what is behind is
// stored. It returns how many queries were made.
func (r *replicatedService) beside(t *testing.T, middle func()) (made int) {
	t.Helper()
	var stopped atomic.Bool
	var queries [2]atomic.Int64 // without and with a token
	var all sync.WaitGroup
	all.Go(func() {
		for !stopped.Load() {
			a := r.must(`mutation($id: ID!, $name: String!) { personUpdate(id: $id, input: {givenName: $name}) { record { version } userErrors { code } } }`,
				variables{"id": r.person, "name": "Ada " + strconv.Itoa(r.latest)})
			version, err := strconv.Atoi(a.text("data.personUpdate.record.version"))
			if err != nil {
				t.Errorf("a mutation is answered %s", a)
				return
			}
			r.mu.Lock()
			r.latest, r.token = version, a.text("extensions.token")
			r.mu.Unlock()
			r.query(t, version, "Daybook-After", a.text("extensions.token"))
			if version%5 == 0 {
				r.service.refreshed()
			}
		}
	})
	for i := range 3 {
		all.Go(func() {
			for !stopped.Load() {
				r.mu.Lock()
				version, token := r.latest, r.token
				r.mu.Unlock()
				if with := i % 2; with == 1 && token != "" {
					r.query(t, version, "Daybook-After", token)
				} else {
					r.query(t, version)
				}
				queries[i%2].Add(1)
			}
		})
	}
	time.Sleep(2 * time.Second)
	middle()
	time.Sleep(2 * time.Second)
	stopped.Store(true)
	all.Wait()
	made = int(queries[0].Load() + queries[1].Load())
	t.Logf("%d mutations, %d queries without and %d with a token, %d statements by the standby", r.latest-1, queries[0].Load(), queries[1].Load(), r.reads())
	return made
}
