package resolvers_test

import "testing"

// Records are found by what other systems and people call them, and by ids; orders and nodes(ids:) are offered everywhere.
func TestWhatIntegratorsAskFor(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.made("personCreate", `mutation { personCreate(input: {givenName: "Ada", email: "Ada@Example.com", externalRef: "CRM-7", isCustomer: true, isVendor: true}) { record { id } } }`, nil)
	s.person("Eve")
	invoice := s.made("invoiceCreate", `mutation($c: ID!) { invoiceCreate(input: {customerId: $c, externalRef: "ORDER-1", items: [{description: "x", unitPrice: 1}]}) { record { id } } }`, variables{"c": ada})
	s.approve(invoice)
	bill := s.made("billCreate", `mutation($c: ID!) { billCreate(input: {vendorId: $c, externalRef: "ORDER-1", items: [{description: "x", unitPrice: 1}]}) { record { id } } }`, variables{"c": ada})
	second := s.draft(ada, "5")
	tea, rate := s.product("TEA-1"), s.taxRate("GST")
	s.product("TEA-10")
	found := func(list, want string) {
		t.Helper()
		if got := s.must("{ list: "+list+" { nodes { id } } }", nil).text("data.list.nodes"); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
	one := func(ids ...string) (list string) {
		list = "["
		for i, id := range ids {
			if i > 0 {
				list += ","
			}
			list += `{"id":"` + id + `"}`
		}
		return list + "]"
	}
	found(`people(filter: {externalRef: " CRM-7 "})`, one(ada))
	found(`people(filter: {externalRef: "CRM"})`, "[]")
	found(`people(filter: {email: "ada@example.COM"})`, one(ada))
	found(`people(filter: {email: "example.com"})`, "[]")
	found(`invoices(filter: {externalRef: "ORDER-1"})`, one(invoice))
	found(`bills(filter: {externalRef: "ORDER-1"})`, one(bill))
	found(`invoices(filter: {number: "INV-0001"})`, one(invoice))
	found(`invoices(filter: {number: "0001"})`, "[]")
	found(`invoices(filter: {ids: ["`+second+`", "`+second+`", "`+bill+`", "Invoice:999"]})`, one(second))
	found(`invoices(filter: {ids: []})`, "[]")
	found(`invoices(filter: {dueGte: 1, dueLte: 1})`, one(invoice))
	found(`products(filter: {sku: "tea-1"})`, one(tea))
	found(`taxRates(filter: {ids: ["`+rate+`"]}, orderBy: {field: NAME, direction: DESC})`, one(rate))
	found(`accounts(filter: {code: "1000"}, orderBy: {field: CODE})`, one(s.account(s.caller, "1000")))
	s.must(`{ products(orderBy: {field: NAME, direction: DESC}) { nodes { sku } } }`, nil).
		want(map[string]string{"data.products.nodes": `[{"sku":"TEA-10"},{"sku":"TEA-1"}]`})
	s.must(`query($i: [ID!]!) { nodes(ids: $i) { id __typename } }`, variables{"i": []string{bill, ada, "Person:999", ada}}).want(map[string]string{
		"data.nodes": `[{"__typename":"Bill","id":"` + bill + `"},{"__typename":"Person","id":"` + ada + `"},null,{"__typename":"Person","id":"` + ada + `"}]`,
	})
	s.must(`query($p: ID!, $r: ID!) { product(id: $p) { sku } taxRate(id: $r) { name } }`, variables{"p": tea, "r": rate}).
		want(map[string]string{"data.product.sku": "TEA-1", "data.taxRate.name": "GST"})
}

// A user, an organization and an event are records too.
func TestNodesOfTheOrganization(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	a := s.must(`query($a: ID!) { viewer { user { id } organization { id version } } person(id: $a) { history(first: 1) { nodes { id } } } }`, variables{"a": ada})
	ids := []string{a.text("data.viewer.user.id"), a.text("data.viewer.organization.id"), a.text("data.person.history.nodes.0.id")}
	const query = `query($i: [ID!]!) { nodes(ids: $i) { __typename id history(first: 1) { nodes { action } } } }`
	b := s.must(query, variables{"i": ids})
	for i, typ := range []string{"User", "Organization", "AuditEvent"} {
		place := "data.nodes." + string(rune('0'+i))
		b.want(map[string]string{place + ".__typename": typ, place + ".id": ids[i]})
	}
	other := s.organization("Other")
	other.must(query, variables{"i": ids[1:]}).want(map[string]string{"data.nodes": "[null,null]"})
}
