package resolvers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"daybook/graph/model"
)

// TestProof checks that a token which was seen before is checked again before anything is answered or written.
func TestProof(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	s.refreshed()
	const list, write = `{ people { nodes { fullName } } }`, `mutation { personCreate(input: {givenName: "Grace", isCustomer: true}) { record { id } userErrors { path } } }`
	first := s.call(list, nil)
	if again := s.call(list, nil); again.status != http.StatusOK || again.String() != first.String() {
		t.Errorf("the answer is %s, then %s", first, again)
	}

	t.Run("in one round trip", func(t *testing.T) {
		for _, query := range []string{list, `{ person(id: "` + customer + `") { fullName } }`} {
			s.must(query, nil)
			before := s.sql.roundTrips()
			made := s.sql.during(func() { s.must(query, nil) })
			if trips := s.sql.roundTrips() - before; trips != 1 || len(made) != 1 {
				t.Errorf("%s: %d statements in %d round trips", query, len(made), trips)
			}
		}
	})
	t.Run("a record and what it refers to", func(t *testing.T) {
		invoice := s.draft(customer, "12.00")
		query := `{ invoice(id: "` + invoice + `") { number customer { fullName } items { description } payments { paidOn } store { name } } }`
		behind := s.must(query, nil)
		s.refreshed()
		first := s.must(query, nil)
		before := s.sql.roundTrips()
		made := s.sql.during(func() { s.must(query, nil).want(map[string]string{"data": first.text("data")}) })
		if trips := s.sql.roundTrips() - before; trips != 1 || len(made) != 5 || behind.text("data") != first.text("data") {
			t.Errorf("%d statements in %d round trips, for %s while nothing was stored and %s", len(made), trips, behind, first)
		}
	})
	t.Run("nothing is read", func(t *testing.T) {
		for _, query := range []string{`{ __typename }`, `{`, `{ people(first: -1) { totalCount } }`} {
			if a := s.call(query, nil); a.status != http.StatusOK {
				t.Errorf("%s: %s", query, a)
			}
		}
	})
	t.Run("another role", func(t *testing.T) {
		member := s.member(s.organizationID, model.RoleStaff)
		const private = `{ shifts { totalCount } }`
		member.must(private, nil)
		member.must(private, nil)
		if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.memberships SET role = 'accountant' WHERE organization_id = $1 AND role = 'staff'`, s.organizationID); err != nil {
			t.Fatal(err)
		}
		if a := member.call(private, nil); !strings.Contains(a.String(), "FORBIDDEN") {
			t.Errorf("an accountant is answered %s", a)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.api_tokens SET revoked_at = now()`); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for _, query := range []string{list, write, `{ __typename }`, `{`, `{ people { nodes { history { id } } } search(text: "ada") { totalCount } }`, `{ viewer { user { name } } }`} {
			group.Go(func() {
				if a := s.call(query, nil); a.status != http.StatusUnauthorized || !strings.Contains(a.String(), `"UNAUTHENTICATED"`) || strings.Contains(a.String(), `"data"`) {
					t.Errorf("%s: status %d: %s", query, a.status, a)
				}
			})
		}
		group.Wait()
		var written int
		if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM canonical.people WHERE given_name = 'Grace'`).Scan(&written); err != nil || written != 0 {
			t.Errorf("a revoked token has written %d people: %v", written, err)
		}
		if logged := s.log.String(); strings.Contains(logged, "level=ERROR") {
			t.Errorf("the log has %s", logged)
		}
	})
}
