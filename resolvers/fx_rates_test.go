package resolvers_test

import (
	"testing"

	"daybook/graph/model"
)

const setRate = `mutation($in: FxRateSetInput!) { fxRateSet(input: $in) { record { id version currency validFrom rate } userErrors { path code } } }`

func TestFxRates(t *testing.T) {
	t.Parallel()
	s := serve(t)
	set := func(currency, from, rate string) answer {
		return s.must(setRate, variables{"in": variables{"currency": currency, "validFrom": from, "rate": rate}})
	}
	usd := set("USD", "2026-01-01", "1.5").text("data.fxRateSet.record.id")
	set("USD", "2026-02-01", "1.25")
	set("JPY", "2025-06-01", "0.01")
	set("USD", "2026-01-01", "1.55").want(map[string]string{
		"data.fxRateSet": `{"record":{"currency":"USD","id":"` + usd + `","rate":"1.55","validFrom":"2026-01-01","version":2},"userErrors":[]}`,
	})
	ask := func(mode string) {
		t.Helper()
		s.must(`query($id: ID!) { fxRates { nodes { currency rate } } usd: fxRates(filter: {currency: "USD", validTo: "2026-01-31"}) { totalCount nodes { rate } }
			node(id: $id) { __typename ... on FxRate { rate } } }`, variables{"id": usd}, "Daybook-Read", mode).want(map[string]string{
			"data.fxRates.nodes": `[{"currency":"USD","rate":"1.25"},{"currency":"USD","rate":"1.55"},{"currency":"JPY","rate":"0.01"}]`,
			"data.usd":           `{"nodes":[{"rate":"1.55"}],"totalCount":1}`,
			"data.node":          `{"__typename":"FxRate","rate":"1.55"}`,
		})
	}
	ask("exact")
	s.refreshed()
	ask("stored")

	// The rate of the day is copied where a record names none; the record keeps it.
	ada := s.person("Ada")
	const draft = `mutation($c: ID!, $on: Date) { invoiceCreate(input: {customerId: $c, currency: "USD", issuedOn: $on, items: [{description: "Work", unitPrice: 10}]}) {
		record { id fxRate } userErrors { path code } } }`
	a := s.must(draft, variables{"c": ada, "on": "2026-01-15"})
	a.want(map[string]string{"data.invoiceCreate.record.fxRate": "1.55"})
	set("USD", "2026-01-01", "9")
	s.must(`query($id: ID!) { invoice(id: $id) { fxRate } }`, variables{"id": a.text("data.invoiceCreate.record.id")}).want(map[string]string{"data.invoice.fxRate": "1.55"})
	s.must(draft, variables{"c": ada, "on": "2025-12-31"}).want(map[string]string{"data.invoiceCreate.userErrors": `[{"code":"REQUIRED","path":"fxRate"}]`})

	for _, wrong := range []struct {
		in   variables
		want string
	}{
		{variables{"currency": "AUD", "rate": "2"}, `[{"code":"INVALID","path":"currency"}]`},
		{variables{"currency": "usd", "rate": "-1"}, `[{"code":"INVALID","path":"currency"},{"code":"INVALID","path":"rate"}]`},
		{variables{"currency": "EUR", "rate": "1000000.1"}, `[{"code":"INVALID","path":"rate"}]`},
		{variables{"currency": "EUR", "rate": "0.123456789"}, `[{"code":"INVALID","path":"rate"}]`},
	} {
		t.Run(wrong.want, func(t *testing.T) {
			s := s.in(t)
			s.must(setRate, variables{"in": wrong.in}).want(map[string]string{"data.fxRateSet": `{"record":null,"userErrors":` + wrong.want + `}`})
		})
	}
	for role, want := range map[model.Role]string{model.RoleManager: `[]`, model.RoleStaff: `[{"code":"FORBIDDEN","path":""}]`, model.RoleReader: `[{"code":"FORBIDDEN","path":""}]`} {
		s.member(s.organizationID, role).must(setRate, variables{"in": variables{"currency": "EUR", "rate": "1.6"}}).want(map[string]string{"data.fxRateSet.userErrors": want})
	}
}
