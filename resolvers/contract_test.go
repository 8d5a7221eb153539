package resolvers_test

import (
	"strings"
	"testing"
)

// A cursor belongs to its list, its order and its direction.
func TestCursorsOfOtherLists(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada")
	s.draft(party, "100.00")
	s.must(`mutation { storeCreate(input: {name: "Ada"}) { record { id } } }`, nil)
	cursor := func(list, selection string) string {
		t.Helper()
		return s.must("{ list: "+list+" { "+selection+" } }", nil).text("data.list.pageInfo.endCursor")
	}
	const end = "pageInfo { endCursor }"
	people := cursor("people(orderBy: {field: NAME})", end)
	for list, after := range map[string]string{
		`stores(orderBy: {field: NAME}, after: $c)`:                   people,
		`people(orderBy: {field: NAME, direction: DESC}, after: $c)`:  people,
		`people(orderBy: {field: NAME, direction: DESC}, before: $c)`: people,
		`people(orderBy: {field: CREATED_AT}, after: $c)`:             people,
		`bills(after: $c)`:    cursor("invoices", end),
		`invoices(after: $c)`: "nonsense",
	} {
		a := s.call(`query($c: String) { list: `+list+` { nodes { id } } }`, variables{"c": after})
		a.want(map[string]string{"data.list": "null", "errors.0.path": `["list"]`, "errors.0.extensions.code": "BAD_USER_INPUT", "errors.1": "null"})
		if place := a.text("errors.0.extensions.argument"); place != "after" && place != "before" || !strings.Contains(a.text("errors.0.message"), "not a cursor of this list") {
			t.Errorf("%s: %s", list, a)
		}
	}
	// The same list below a record is the same list.
	s.must(`query($p: ID!, $c: String, $d: String) { person(id: $p) { invoices(after: $c) { nodes { id } } } people(orderBy: {field: NAME}, before: $d) { nodes { id } } }`,
		variables{"p": party, "c": cursor("invoices", end), "d": people})
}

// Instants that have no form in RFC 3339 are neither taken nor answered.
func TestLastInstants(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.must(`mutation { storeCreate(input: {name: "A", timeZone: "America/Los_Angeles"}) { record { id } } }`, nil).text("data.storeCreate.record.id")
	s.must(`mutation($id: ID!) { storeHoursSet(id: $id, input: {effectiveFrom: "2026-01-01", periods: [{weekday: SUNDAY, start: "08:00", lengthMinutes: 60}]}) { record { id } userErrors { path message } } }`, variables{"id": id}).
		want(map[string]string{"data.storeHoursSet.userErrors": "[]"})
	s.must(`query($id: ID!) { store(id: $id) { nextOpening(after: "9999-12-31T23:00:00Z") nextClosing(after: "9999-12-31T23:00:00Z") } }`, variables{"id": id}).
		want(map[string]string{"data.store": `{"nextClosing":null,"nextOpening":null}`})
	for _, instant := range []string{"9999-12-31T23:00:00-12:00", "0001-01-01T00:00:00+01:00", "0000-12-31T00:00:00Z"} {
		s.call(`query($id: ID!, $t: DateTime) { store(id: $id) { isOpenAt(time: $t) } }`, variables{"id": id, "t": instant}).refused("BAD_USER_INPUT", "$t")
	}
	s.call(`query($id: ID!) { store(id: $id) { openPeriods(from: "9999-12-30T00:00:00Z", to: "9999-12-31T23:59:59Z") { localTo } } }`, variables{"id": id}).
		want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
}

// A payment's part of a document is one row with one id, from either side.
func TestOneRowHasOneID(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada")
	invoice := s.draft(party, "100.00")
	s.approve(invoice)
	s.pay(party, invoice, "40.00")
	a := s.must(`{ payments { nodes { allocations { id document { id payments { id } } } } } }`, nil)
	if below, above := a.text("data.payments.nodes.0.allocations.0.id"), a.text("data.payments.nodes.0.allocations.0.document.payments.0.id"); below != above || below == "null" {
		t.Errorf("%s and %s: %s", below, above, a)
	}
}

// Fields of one name are one field, by whichever interface a document selects them.
func TestFieldsOfTwoInterfaces(t *testing.T) {
	t.Parallel()
	s := serve(t)
	invoice := s.draft(s.person("Ada"), "100.00")
	for _, query := range []string{
		`{ node(id: $id) { ...N ...D } }`, `{ node(id: $id) { ...D ...N } }`, `{ invoice(id: $id) { ...N id ...D } }`, `{ invoice(id: $id) { ...D ...N history(first: 1) { nodes { action } } } }`,
	} {
		a := s.must(`query($id: ID!) `+query+` fragment N on Node { id history(first: 1) { nodes { table } } } fragment D on Document { __typename id history(first: 1) { nodes { action } } }`, variables{"id": invoice})
		for _, record := range a.at("data").(map[string]any) {
			row := answer{t: t, body: record}
			row.want(map[string]string{"__typename": "Invoice", "id": invoice})
			if row.at("history.nodes.0.table") == nil || row.at("history.nodes.0.action") == nil {
				t.Errorf("%s: %s", query, a)
			}
		}
	}
}
