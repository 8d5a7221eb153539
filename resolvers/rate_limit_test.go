package resolvers_test

import (
	"context"
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
	held, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Rollback(context.WithoutCancel(t.Context())) })
	if _, err := held.Exec(t.Context(), "LOCK TABLE canonical.people, projection.people_summaries, projection.account_balances"); err != nil {
		t.Fatal(err)
	}
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
