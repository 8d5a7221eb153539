package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/internal/httpserver"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/migrations"
)

// elsewhere makes an empty database and sets DATABASE_URL to it.
func elsewhere(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := pgtest.EmptyURL(t)
	t.Setenv("DATABASE_URL", url)
	return pgtest.Open(t, url, pgpool.Options{MaxConns: 4})
}

// daybook runs a command to its end.
func daybook(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr output
	err := run(t.Context(), append([]string{"daybook"}, args...), &stdout, &stderr)
	return strings.TrimSpace(stdout.String()), err
}

func execute(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := pool.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// migrate computes the read models that a migration has created or redefined; until then serve and work refuse to start.
func TestMigrateSettles(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	if _, err := daybook(t, "serve", "--addr", "127.0.0.1:0"); !errors.Is(err, errOutdated) {
		t.Errorf("serve on an empty database: %v", err)
	}
	migrate := func() {
		t.Helper()
		if out, err := daybook(t, "migrate"); err != nil {
			t.Fatalf("migrate: %v: %s", err, out)
		}
		if out, err := daybook(t, "projections", "list"); err != nil || strings.Count(out, " live ") < 8 || strings.Contains(out, "building") || strings.Contains(out, "replaces") {
			t.Errorf("after migrate: %v:\n%s", err, out)
		}
	}
	migrate()
	for want, change := range map[string]string{
		"tax_rate_summaries is not built":                     "UPDATE engine.projections SET built_at = NULL WHERE name = 'tax_rate_summaries'",
		"new definition of the read model tax_rate_summaries": "SELECT engine.redefine('tax_rate_summaries', pg_get_viewdef('source.tax_rate_summaries')); SELECT engine.activate('tax_rate_summaries__next')",
	} {
		execute(t, pool, change)
		for _, command := range []string{"serve", "work"} {
			if _, err := daybook(t, command, "--addr", "127.0.0.1:0"); !errors.Is(err, errOutdated) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s after %s: %v", command, change, err)
			}
		}
		migrate()
	}
}

// A process is not ready while the database lacks what it reads. A newer version's read model that is still being built
// does not matter.
func TestReadiness(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	if out, err := daybook(t, "migrate"); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	base, stop := start(t, "serve", "--addr", "127.0.0.1:0")
	becomes := func(want int, change string) {
		t.Helper()
		execute(t, pool, change)
		got := 0
		for end := time.Now().Add(4 * httpserver.CheckInterval); got != want && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			got = get(t, base+"/readyz")
		}
		if got != want {
			t.Errorf("after %s: /readyz answers %d, not %d", change, got, want)
		}
	}
	becomes(http.StatusOK, "SELECT 1")
	becomes(http.StatusServiceUnavailable, "UPDATE engine.projections SET built_at = NULL WHERE name = 'tax_rate_summaries'")
	becomes(http.StatusOK, "UPDATE engine.projections SET built_at = now()")
	becomes(http.StatusServiceUnavailable, "DELETE FROM "+migrations.VersionTable+" WHERE version_id = 107")
	becomes(http.StatusOK, "INSERT INTO "+migrations.VersionTable+" (version_id, is_applied) VALUES (107, true)")
	becomes(http.StatusServiceUnavailable, "UPDATE "+migrations.BaselineTable+" SET hash = 'another'")
	for _, command := range []string{"migrate", "serve", "work"} {
		if _, err := daybook(t, command); !errors.Is(err, migrations.ErrEarlierDraft) {
			t.Errorf("%s of a database of an earlier draft: %v", command, err)
		}
	}
	becomes(http.StatusOK, "UPDATE "+migrations.BaselineTable+" SET hash = '"+migrations.Baseline()+"'")
	execute(t, pool, "SELECT engine.redefine('tax_rate_summaries', pg_get_viewdef('source.tax_rate_summaries'))")
	time.Sleep(httpserver.CheckInterval)
	if got := get(t, base+"/readyz"); got != http.StatusOK {
		t.Errorf("while a newer version is prepared, /readyz answers %d", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// An organization, its members and their tokens are made and ended by commands, on an empty database.
func TestFirstOrganization(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	must := func(args ...string) string {
		t.Helper()
		out, err := daybook(t, args...)
		if err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
		return out
	}
	must("migrate")
	create := []string{"organization", "create", "--name", "Engines", "--time-zone", "Australia/Adelaide", "--currency", "AUD",
		"--owner-name", "Ada Lovelace", "--owner-email", "ada@example.com"}
	if out, err := daybook(t, append(create, "--time-zone", "+10")...); err == nil || !strings.Contains(err.Error(), "timeZone") {
		t.Errorf("an organization in +10: %v: %s", err, out)
	}
	var id, owner string
	if _, err := fmt.Sscanf(must(create...), "organization %s\ntoken %s", &id, &owner); err != nil {
		t.Fatal(err)
	}
	role := func(token string) string {
		t.Helper()
		p, err := canonical.Authenticate(t.Context(), pool, token)
		if err != nil {
			return err.Error()
		}
		return string(p.Viewer.Role)
	}
	if got := role(owner); got != "OWNER" {
		t.Errorf("the owner is %s", got)
	}
	who := []string{"--organization", id, "--email", "alan@example.com"}
	if out, err := daybook(t, append([]string{"member", "set", "--role", "reader"}, who...)...); err == nil {
		t.Errorf("a member without a name: %s", out)
	}
	must(append([]string{"member", "set", "--role", "reader", "--name", "Alan Turing"}, who...)...)
	token := must(append([]string{"token", "create"}, who...)...)
	if got := role(token); got != "READER" {
		t.Errorf("the new member is %s", got)
	}
	must(append([]string{"member", "set", "--role", "manager"}, who...)...)
	if got := role(token); got != "MANAGER" {
		t.Errorf("the promoted member is %s", got)
	}
	gone := canonical.ErrUnauthenticated.Error()
	must("token", "revoke", token)
	if got := role(token); got != gone {
		t.Errorf("with a revoked token the member is %s", got)
	}
	if out, err := daybook(t, "token", "revoke", token); err == nil {
		t.Errorf("revoked twice: %s", out)
	}
	if out, err := daybook(t, "token", "revoke"); err == nil {
		t.Errorf("nothing revoked: %s", out)
	}
	token = must(append([]string{"token", "create"}, who...)...)
	must(append([]string{"token", "revoke"}, who...)...)
	if got := role(token); got != gone {
		t.Errorf("with all tokens revoked the member is %s", got)
	}
	token = must(append([]string{"token", "create"}, who...)...)
	must(append([]string{"member", "end"}, who...)...)
	if got := role(token); got != gone {
		t.Errorf("after the end the member is %s", got)
	}
	if got := role(owner); got != "OWNER" {
		t.Errorf("after all this the owner is %s", got)
	}
}
