package resolvers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/requestid"
	"daybook/resolvers"
)

// limited serves the same database with limits.
func (s *service) limited(rateLimit int, maxDuration time.Duration) string {
	s.t.Helper()
	server := httptest.NewServer(requestid.Middleware(resolvers.Handler(resolvers.Config{
		Store:       s.store,
		Live:        s.hub,
		DB:          pgtest.Open(s.t, s.application, pgpool.Options{MaxConns: 2}),
		LoaderDB:    pgtest.Open(s.t, s.application, pgpool.Options{MaxConns: 2}),
		RateLimit:   rateLimit,
		MaxDuration: maxDuration,
		Logger:      slog.New(slog.DiscardHandler),
	})))
	s.t.Cleanup(server.Close)
	return server.URL
}

const addPerson = `mutation { personCreate(input: {givenName: "Ada"}) { record { id } userErrors { path } } }`

// An operation's cost is reported to whoever asks, with the sizes that were asked for and those that were answered.
func TestCostReport(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.must(addPerson, nil)
	s.must(addPerson, nil)
	const people = `{ people(first: 10) { nodes { ...P ... on Node { id } } } } fragment P on Person { addresses { street } }`
	s.must(people, nil, resolvers.CostHeader, "report").want(map[string]string{
		// 25 for the page; for each of ten rows itself, its id, and its addresses with one field of five.
		"extensions.cost": `{"actual":30,"limit":40000,"requested":105}`,
	})
	s.must(people, nil).want(map[string]string{"extensions.cost": "null"})
	s.call(people, nil, resolvers.CostHeader, "yes").want(map[string]string{"errors.0.message": "Daybook-Cost must be report, or left out"})
}

// Who has spent an allowance is told when to come again, and nothing is executed; others are not affected.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := serve(t)
	other := s.member(s.organizationID, model.RoleOwner)
	caller := s.caller
	caller.url = s.limited(1, 0)
	other.url = caller.url
	saved, limited := 0, answer{}
	for limited.body == nil {
		a := caller.call(addPerson, nil)
		if a.status == http.StatusOK {
			saved++
			continue
		}
		limited = a
	}
	// A person costs 5, and 60 may be spent at once; a little comes back meanwhile.
	if after, err := strconv.Atoi(limited.header.Get("Retry-After")); limited.status != http.StatusTooManyRequests || err != nil || after < 1 || saved < 12 {
		t.Errorf("after %d writes: status %d, Retry-After %d, %v", saved, limited.status, after, err)
	}
	limited.want(map[string]string{"errors.0.extensions.code": "RATE_LIMITED", "data": "null"})
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": strconv.Itoa(saved)})
	other.must(addPerson, nil)
}

// An operation that takes too long is given up, before it has begun or while it waits for the database.
func TestMaxDuration(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.must(addPerson, nil)
	blocked := s.limited(0, 300*time.Millisecond)
	s.caller.url = s.limited(0, time.Nanosecond)
	s.locked("canonical.people, projection.people_summaries, projection.account_balances")
	for name, document := range map[string]string{
		"a page":     `{ people { nodes { id } } }`,
		"a report":   `{ trialBalance { debit { amount } } }`,
		"a mutation": addPerson,
	} {
		t.Run(name, func(t *testing.T) {
			for _, url := range []string{s.caller.url, blocked} {
				c := s.in(t)
				c.caller.url = url
				c.call(document, nil).want(map[string]string{"errors.0.extensions.code": "TIMEOUT"})
			}
		})
	}
}

// The runs of a live query are charged as queries are: without an allowance they wait, and then show the newest state.
func TestLiveRateLimit(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const perSecond, saved, cost = 500, 60 * 500, 25 + 100*5
	caller := s.caller
	caller.url = s.limited(perSecond, 0)
	begun := time.Now()
	people := caller.subscribe(`subscription { live { people(first: 100) { totalCount nodes { id fullName email phone version } } } }`, nil)
	people.next()
	spent := 25 + 200*(1+5*28)
	selected := ""
	for i := range 28 {
		selected += fmt.Sprintf(" a%d: street", i)
	}
	caller.must(`{ people(first: 200) { nodes { addresses {`+selected+` } } } }`, nil)
	const changes = 30
	for range changes {
		s.person("Ada")
	}
	events := 0
	for last := ""; last != strconv.Itoa(changes); events++ {
		last = people.next().text("data.live.people.totalCount")
	}
	allowed := (saved-spent-cost+int(time.Since(begun).Seconds()*perSecond))/cost + 1
	if t.Logf("%d answers for %d changes, of %d that were allowed", events, changes, allowed); events > allowed {
		t.Errorf("%d answers came; the allowance is for %d", events, allowed)
	}
}

// A run of a live query that takes too long says so, and the subscription goes on.
func TestLiveMaxDuration(t *testing.T) {
	t.Parallel()
	s := serve(t)
	caller := s.caller
	caller.url = s.limited(0, 200*time.Millisecond)
	held := s.locked("projection.people_summaries")
	people := caller.subscribe(`subscription { live { people { totalCount } } }`, nil)
	people.next().want(map[string]string{"data.live.people": "null", "errors.0.extensions.code": "TIMEOUT", "errors.0.path.0": "live"})
	held()
	people.next().want(map[string]string{"data.live.people.totalCount": "0", "errors": "null"})
}

// A part of the feed that takes too long is read again: nothing of it is told before, and nothing is left out.
func TestFollowMaxDuration(t *testing.T) {
	t.Parallel()
	s := serve(t)
	caller := s.caller
	caller.url = s.limited(0, 200*time.Millisecond)
	changes := caller.subscribe(`subscription { changes(filter: {types: [TAX_RATE]}) { events { entity { ... on TaxRate { name } } } } }`, nil)
	changes.next()
	saved, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer saved.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // it is committed
	if _, err := saved.Exec(t.Context(), `INSERT INTO canonical.tax_rates (organization_id, name, percentage) VALUES ($1, 'GST', 10)`, s.organizationID); err != nil {
		t.Fatal(err)
	}
	held := s.locked("projection.tax_rate_summaries") // by a later transaction, which holds the feed back behind the event
	if err := saved.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	changes.quiet()
	changes.quiet()
	held()
	changes.next().want(map[string]string{"data.changes.events": `[{"entity":{"name":"GST"}}]`, "errors": "null"})
}

// locked locks tables until it is called back.
func (s *service) locked(tables string) (end func()) {
	s.t.Helper()
	held, err := s.pool.Begin(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	end = func() { _ = held.Rollback(context.WithoutCancel(s.t.Context())) }
	s.t.Cleanup(end)
	if _, err := held.Exec(s.t.Context(), "LOCK TABLE "+tables); err != nil {
		s.t.Fatal(err)
	}
	return end
}
