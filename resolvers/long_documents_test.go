package resolvers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// A document of 2 000 lines, the most there may be, is created, changed, approved and read in one request each, at once and
// after a refresh, and whichever way its taxes are rounded.
func TestLongDocument(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	vat := s.must(`mutation { taxRateCreate(input: {name: "IVA", percentage: 23}) { record { id } } }`, nil).text("data.taxRateCreate.record.id")
	lines := func(n int, price string) (list []variables) {
		for i := range n {
			list = append(list, variables{"description": fmt.Sprintf("Line %d of a long document", i+1), "quantity": "1.5", "unitPrice": price, "taxRateIds": []string{vat}})
		}
		return list
	}
	timed := func(what, query string, vars variables, headers ...string) answer {
		t.Helper()
		began := time.Now()
		a := s.must(query, vars, headers...)
		t.Logf("%s: %v", what, time.Since(began).Round(time.Millisecond))
		return a
	}
	const create = `mutation($c: ID!, $i: [DocumentItemInput!]!) { invoiceCreate(input: {customerId: $c, items: $i}) { record { id itemCount total { amount } items { line tax { amount } } } userErrors { path code message } } }`
	const read = `query($id: ID!) { invoice(id: $id) { itemCount total { amount } items { line tax { amount } gross { amount } } } }`
	for _, c := range []struct{ rounding, total, changed string }{{"LINE", "20500.00", "38740.00"}, {"RATE", "20491.80", "38745.00"}} {
		t.Run(c.rounding, func(t *testing.T) {
			s := s.in(t)
			s.must(`mutation($r: TaxRounding!) { taxRoundingSet(input: {rounding: $r}) { userErrors { path } } }`, variables{"r": c.rounding})
			a := timed("create", create, variables{"c": ada, "i": lines(2000, "5.5533")})
			id := a.text("data.invoiceCreate.record.id")
			if n := strings.Count(a.text("data.invoiceCreate.record.items"), `"line"`); n != 2000 {
				t.Errorf("the payload has %d lines", n)
			}
			a.want(map[string]string{"data.invoiceCreate.record.total.amount": c.total})
			check := func(total string, headers ...string) {
				t.Helper()
				a := timed("read "+strings.Join(headers, " "), read, variables{"id": id}, headers...)
				if n := strings.Count(a.text("data.invoice.items"), `"line"`); n != 2000 || a.text("data.invoice.itemCount") != "2000" {
					t.Errorf("%d lines, %s counted", n, a.text("data.invoice.itemCount"))
				}
				a.want(map[string]string{"data.invoice.items.1999.line": "2000", "data.invoice.total.amount": total})
			}
			check(c.total)
			check(c.total, "Daybook-Read", "exact")
			timed("update", `mutation($id: ID!, $i: [DocumentItemInput!]!) { invoiceUpdate(id: $id, input: {items: $i}) { record { total { amount } } userErrors { path code message } } }`,
				variables{"id": id, "i": lines(2000, "10.5")})
			timed("approve", `mutation($id: ID!) { invoiceApprove(id: $id) { record { number items { line } } userErrors { path code message } } }`, variables{"id": id}).want(map[string]string{"data.invoiceApprove.userErrors": "[]"})
			check(c.changed)
			s.refreshed()
			check(c.changed, "Daybook-Read", "stored")
		})
	}
	s.must(create, variables{"c": ada, "i": lines(2001, "1")}).want(map[string]string{
		"data.invoiceCreate": `{"record":null,"userErrors":[{"code":"INVALID","message":"must not be more than 2000","path":"items"}]}`})
}
