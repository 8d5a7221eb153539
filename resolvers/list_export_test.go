package resolvers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

const exportPeople = `query($after: String, $s: String) { list: people(first: 2, after: $after, filter: {search: $s}) {
	nodes { fullName invoices(first: 5) { nodes { total { amount } } } } pageInfo { hasNextPage endCursor } } }`

// exported runs an export as a member, and calls between after the first row.
func (s *service) exported(who canonical.Actor, document string, vars map[string]any, between func()) (rows []string, err error) {
	db := pgtest.Open(s.t, s.application, pgpool.Options{MaxConns: 2})
	c := resolvers.Config{DB: db, LoaderDB: db, Logger: slog.New(slog.DiscardHandler)}
	e := resolvers.ListExport{OrganizationID: who.OrganizationID, UserID: who.UserID, Document: document, Variables: vars}
	err = resolvers.ExportList(s.t.Context(), c, e, func(row json.RawMessage) error {
		if rows = append(rows, string(row)); len(rows) == 1 {
			between()
		}
		return nil
	})
	return rows, err
}

func (s *service) owner() canonical.Actor {
	s.t.Helper()
	owners, err := canonical.OwnersOf(s.t.Context(), s.pool, s.organizationID)
	if err != nil || len(owners) != 1 {
		s.t.Fatalf("%d owners: %v", len(owners), err)
	}
	return owners[0]
}

// An export has every row as it was when it began, exactly once and in order, whatever is written and refreshed while it runs.
func TestExportList(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var ids, want []string
	for i := range 7 {
		name := fmt.Sprintf("Person %d", i)
		ids = append(ids, s.person(name))
		s.draft(ids[i], fmt.Sprint(i+1))
		want = append(want, fmt.Sprintf(`{"fullName":%q,"invoices":{"nodes":[{"total":{"amount":"%d.00"}}]}}`, name, i+1))
		if i == 3 {
			s.refreshed()
		}
	}
	for range 2 { // with half of it behind, then with nothing
		before := strings.Join(want, "\n")
		rows, err := s.exported(s.owner(), exportPeople, map[string]any{"s": "person", "after": "ignored"}, func() {
			s.person("Person 5b")
			s.draft(ids[6], "99")
			s.must(`mutation($i: ID!) { personUpdate(id: $i, input: {givenName: "Person 0"}) { userErrors { path } } }`, variables{"i": ids[6]})
			s.must(`mutation($i: ID!) { personArchive(id: $i) { userErrors { path } } }`, variables{"i": ids[2]})
			s.refreshed()
		})
		if got := strings.Join(rows, "\n"); err != nil || got != before {
			t.Errorf("%v:\n%s\nwant\n%s", err, got, before)
		}
		s.must(`mutation($i: ID!) { personRestore(id: $i) { userErrors { path } } }`, variables{"i": ids[2]})
		s.must(`mutation($i: ID!) { personUpdate(id: $i, input: {givenName: "Person 6"}) { userErrors { path } } }`, variables{"i": ids[6]})
		for _, node := range s.must(`{ people(filter: {search: "5b"}) { nodes { id } } }`, nil).at("data.people.nodes").([]any) {
			s.must(`mutation($i: ID!) { personArchive(id: $i) { userErrors { path } } }`, variables{"i": node.(map[string]any)["id"]})
		}
		s.refreshed()
		want[6] = strings.Replace(want[6], `"nodes":[`, `"nodes":[{"total":{"amount":"99.00"}},`, 1)
	}
}

// What is no export is refused before anything is written, and what fails on a page ends it.
func TestExportListRefusals(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.person("Ada")
	accountant := s.member(s.organizationID, model.RoleAccountant)
	members, err := canonical.MembershipsOf(t.Context(), s.pool, s.organizationID, fmt.Sprintf("accountant@%d.example", s.organizationID))
	if err != nil || len(members) != 1 || accountant.token == "" {
		t.Fatal(err)
	}
	const info = ` nodes { id } pageInfo { hasNextPage endCursor }`
	for document, want := range map[string]string{
		`mutation { personArchive(id: "Person:1") { userErrors { path } } }`: "must be one query",
		`query A { viewer { role } } query B { viewer { role } }`:            "must be one query",
		`{ viewer { role } }`: "must have one field, which is a list",
		`query($after: String) { people(after: $after) {` + info + `} viewer { role } }`: "must have one field",
		`query($after: String) { ... { people(after: $after) {` + info + `} } }`:         "must have one field",
		`{ people {` + info + `} }`:                                                                                 "must have the argument after: $after",
		`query($a: String) { people(after: $a) {` + info + `} }`:                                                    "must have the argument after: $after",
		`query($after: String) { people(last: 2, after: $after) {` + info + `} }`:                                   "must not have the argument last",
		`query($after: String) { people(after: $after) { nodes { id } } }`:                                          "must select nodes, and pageInfo",
		`query($after: String) { people(after: $after) { nodes { id } pageInfo { more: hasNextPage endCursor } } }`: "must select nodes, and pageInfo",
		`query($after: String, $n: Int!) { people(first: $n, after: $after) {` + info + `} }`:                       "$n must be given",
		`query($after: String) { people(first: 201, after: $after) {` + info + `} }`:                                "must be between 0 and 200",
		`query($after: String) { people(after: $after) { nodes { nonsense } pageInfo { hasNextPage endCursor } } }`: "nonsense",
		`query($after: String) { people(after: $after, where: {email: {isNull: false}}) {` + info + `} }`:           "Your role does not allow",
		`query($after: String) { people(after: $after) { nodes { email } pageInfo { hasNextPage endCursor } } }`:    "Your role does not allow",
	} {
		rows, err := s.exported(members[0], document, nil, func() {})
		var list gqlerror.List
		if !errors.As(err, &list) || len(rows) > 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d rows, %v, want %s", document, len(rows), err, want)
		}
	}
	if rows, err := s.exported(s.owner(), `query($after: String) { people(after: $after, filter: {search: "nobody"}) {`+info+`} }`, nil, func() {}); err != nil || len(rows) > 0 {
		t.Errorf("an empty list: %v, %v", rows, err)
	}
}
