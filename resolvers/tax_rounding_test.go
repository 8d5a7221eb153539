package resolvers_test

import "testing"

// Where taxes are rounded is set for the organization; every read shows a document's taxes and those of its lines in the
// same way, also before a refresh.
func TestTaxRounding(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const set = `mutation($r: TaxRounding!) { taxRoundingSet(input: {rounding: $r}) { record { taxRounding } userErrors { path code } } }`
	const shown = `query($id: ID!) { invoice(id: $id) { taxRounding pricesIncludeTax subtotal { amount } tax { amount } total { amount } items { net { amount } tax { amount } gross { amount } taxes { amount { amount } } } } }`
	s.must(`{ viewer { organization { taxRounding } } }`, nil).want(map[string]string{"data.viewer.organization.taxRounding": "LINE"})
	ada := s.must(`mutation { personCreate(input: {givenName: "Ada"}) { record { id } } }`, nil).text("data.personCreate.record.id")
	vat := s.must(`mutation { taxRateCreate(input: {name: "IVA", percentage: 23}) { record { id } } }`, nil).text("data.taxRateCreate.record.id")
	create := func(included bool) string {
		t.Helper()
		return s.must(`mutation($c: ID!, $t: [ID!], $with: Boolean) { invoiceCreate(input: {customerId: $c, pricesIncludeTax: $with,
			items: [{description: "a", unitPrice: "55.55", taxRateIds: $t}, {description: "b", unitPrice: "11.11", taxRateIds: $t}]}) { record { id } userErrors { path } } }`,
			variables{"c": ada, "t": []string{vat}, "with": included}).text("data.invoiceCreate.record.id")
	}
	before, with := create(false), create(true)
	line := func(net, tax, gross string) string {
		return `{"gross":{"amount":"` + gross + `"},"net":{"amount":"` + net + `"},"tax":{"amount":"` + tax + `"},"taxes":[{"amount":{"amount":"` + tax + `"}}]}`
	}
	check := func(id string, want map[string]string) {
		t.Helper()
		all := map[string]string{}
		for path, value := range want {
			all["data.invoice."+path] = value
		}
		s.must(shown, variables{"id": id}).want(all)
		s.refreshed()
		s.must(shown, variables{"id": id}, "Daybook-Read", "stored").want(all)
	}
	check(before, map[string]string{"taxRounding": "LINE", "pricesIncludeTax": "false", "subtotal.amount": "66.66", "tax.amount": "15.34", "total.amount": "82.00",
		"items": `[` + line("55.55", "12.78", "68.33") + `,` + line("11.11", "2.56", "13.67") + `]`})
	check(with, map[string]string{"pricesIncludeTax": "true", "subtotal.amount": "54.19", "tax.amount": "12.47", "total.amount": "66.66",
		"items": `[` + line("45.16", "10.39", "55.55") + `,` + line("9.03", "2.08", "11.11") + `]`})
	s.must(set, variables{"r": "RATE"}).want(map[string]string{"data.taxRoundingSet": `{"record":{"taxRounding":"RATE"},"userErrors":[]}`})
	s.must(`{ viewer { organization { taxRounding } } }`, nil).want(map[string]string{"data.viewer.organization.taxRounding": "RATE"})
	check(before, map[string]string{"taxRounding": "RATE", "tax.amount": "15.33", "total.amount": "81.99",
		"items": `[` + line("55.55", "12.78", "68.33") + `,` + line("11.11", "2.55", "13.66") + `]`})
	check(with, map[string]string{"subtotal.amount": "54.20", "tax.amount": "12.46", "total.amount": "66.66",
		"items": `[` + line("45.16", "10.39", "55.55") + `,` + line("9.04", "2.07", "11.11") + `]`})
	s.must(`mutation($id: ID!) { invoiceApprove(id: $id) { userErrors { path } } }`, variables{"id": before})
	s.must(set, variables{"r": "LINE"})
	check(before, map[string]string{"taxRounding": "RATE", "tax.amount": "15.33"})
	check(with, map[string]string{"taxRounding": "LINE", "tax.amount": "12.47"})
	s.must(`mutation($id: ID!) { invoiceUpdate(id: $id, input: {pricesIncludeTax: true}) { userErrors { path code } } }`, variables{"id": before}).want(map[string]string{
		"data.invoiceUpdate.userErrors": `[{"code":"STATE","path":"pricesIncludeTax"}]`})
}
