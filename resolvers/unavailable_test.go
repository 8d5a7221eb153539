package resolvers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// While the database cannot do what it is asked, requests are answered 503 with UNAVAILABLE, so that clients try
// again; afterwards they succeed.
func TestUnavailable(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	super, name := pgtest.Superuser(t, s.pool), pgx.Identifier{s.pool.Config().ConnConfig.Database}.Sanitize()
	role := pgx.Identifier{pglocal.ApplicationRole}.Sanitize()
	run := func(sql string) {
		t.Helper()
		if _, err := super.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	const (
		list   = `{ people { nodes { id } } }`
		create = `mutation { personCreate(input: {givenName: "Ada"}) { record { id } userErrors { code } } }`
		end    = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	)
	refused := func(what, query string) {
		t.Helper()
		a := s.call(query, nil)
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, Retry-After %q", what, a.status, a.header.Get("Retry-After"))
		}
		a.want(map[string]string{"errors.0.extensions.code": "UNAVAILABLE"})
	}
	s.must(create, nil)
	run("ALTER DATABASE " + name + " CONNECTION LIMIT 0")
	run(end)
	refused("no connection", list)
	refused("no connection", create)
	run("ALTER DATABASE " + name + " CONNECTION LIMIT -1")
	for _, setting := range []string{"lock_timeout", "statement_timeout"} {
		run("ALTER ROLE " + role + " IN DATABASE " + name + " SET " + setting + " = '300ms'")
		run(end)
		s.call(list, nil) // may meet a connection that was ended
		run("BEGIN")
		run("LOCK TABLE canonical.people, projection.people_summaries IN ACCESS EXCLUSIVE MODE")
		refused(setting, create)
		refused(setting, list)
		run("ROLLBACK")
		run("ALTER ROLE " + role + " IN DATABASE " + name + " RESET " + setting)
	}
	run(end)
	for range 20 { // some meet connections that were ended, perhaps after the commit
		if a := s.call(strings.Replace(create, "}) {", `}, idempotencyKey: "again") {`, 1), nil); a.status == http.StatusOK {
			break
		}
	}
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "2"})
}
