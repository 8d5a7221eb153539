package main

import (
	"errors"
	"strings"
	"testing"

	"daybook/internal/pgtest"
	"daybook/migrations"
)

// What the command line makes, it lists.
func TestLists(t *testing.T) {
	pgtest.Long(t)
	pool := elsewhere(t)
	must := func(line string, wants ...string) {
		t.Helper()
		out, err := daybook(t, strings.Split(line, " ")...)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, want := range wants {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("%s lacks %q:\n%s", line, want, out)
			}
		}
	}
	must("migrate")
	must("organization create --name Ada's --time-zone UTC --currency AUD --owner-name Ada --owner-email ada@example.com")
	must("member set --organization 1 --email bob@example.com --name Bob --role Accountant")
	must("member set --organization 1 --email cyd@example.com --name Cyd --role staff")
	must("member end --email cyd@example.com")
	must("token create --email bob@example.com --name books --expires 24h")
	execute(t, pool, `INSERT INTO canonical.stores (organization_id, name, time_zone) VALUES (1, 'Norwood,East', 'UTC'), (1, 'Unley', 'UTC')`)
	must("member set --organization 1 --email dee@example.com --name Dee --role staff --store unley --store Norwood,East")
	must("member list", "1 Ada's dee@example.com Dee staff Norwood,East, Unley")
	must("member set --organization 1 --email dee@example.com --role manager")
	must("member list", "1 Ada's dee@example.com Dee manager Norwood,East, Unley")
	must("member set --organization 1 --email dee@example.com --role owner --all-stores")
	must("member list", "1 Ada's dee@example.com Dee owner all")
	for _, wrong := range []string{"--email eve@example.com --role staff --name Eve --store Nowhere", "--email ada@example.com --role owner --store Unley", "--email bob@example.com --role staff --store Unley --all-stores"} {
		if out, err := daybook(t, strings.Split("member set --organization 1 "+wrong, " ")...); err == nil {
			t.Errorf("%s: %s", wrong, out)
		}
	}
	if out, err := daybook(t, "token", "list", "--organization", "7"); err == nil || !strings.Contains(err.Error(), "there is no organization 7") {
		t.Errorf("the tokens of nobody: %v\n%s", err, out)
	}
	must("member end --email dee@example.com")
	must("operator grant ada@example.com")
	must("organization list", "ID NAME TIME ZONE CURRENCY MEMBERS", "1 Ada's UTC AUD 2")
	must("member list --organization 1", "1 Ada's ada@example.com Ada owner all", "1 Ada's bob@example.com Bob accountant all")
	must("token list", "1 ada@example.com", "1 bob@example.com books 2")
	must("operator list", "ADDRESS ada@example.com")
	if out, err := daybook(t, "member", "list"); err != nil || strings.Contains(out, "cyd") || strings.Contains(out, "Eve") {
		t.Errorf("an ended membership is listed: %v\n%s", err, out)
	}
}

// dev writes into no database that is another project's, also not if DATABASE_URL names it.
func TestDevLeavesOthersAlone(t *testing.T) {
	pool := elsewhere(t)
	execute(t, pool, `CREATE TABLE public.users (id int)`)
	out, err := daybook(t, "dev", "--addr", "127.0.0.1:0", "--database", pool.Config().ConnString())
	if !errors.Is(err, migrations.ErrForeign) || !strings.Contains(err.Error(), "users") {
		t.Errorf("%v: %s", err, out)
	}
	var tables int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname !~ '^(pg_|information)'`).Scan(&tables); err != nil || tables != 1 {
		t.Errorf("there are %d tables: %v", tables, err)
	}
}
