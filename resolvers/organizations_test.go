package resolvers_test

import (
	"strings"
	"testing"

	"daybook/graph/model"
)

// TestOtherOrganization tries every way to a record of another organization.
func TestOtherOrganization(t *testing.T) {
	t.Parallel()
	s := serve(t)
	theirs := s.organization("Difference Engines")
	secret := theirs.person("Secret")
	product, rate := theirs.product("SECRET"), theirs.taxRate("Secret")
	draft, approved := theirs.draft(secret, "10.00"), theirs.approve(theirs.draft(secret, "10.00"))
	payment := theirs.pay(secret, approved, "1.00")
	ours := s.person("Ours")
	for range 5 { // so that our people's keys are keys of our invoices too
		s.person("More of ours")
	}
	ourPayment := s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: 9}) { record { id } userErrors { path } } }`, variables{"c": ours})
	ourDraft, ourApproved := s.draft(ours, "10.00"), s.approve(s.draft(ours, "10.00"))

	for _, mode := range []string{"auto", "exact", "stored"} {
		for _, id := range []string{secret, product, rate, draft, approved, payment} {
			s.must(`query($id: ID!) { node(id: $id) { id } person(id: $id) { id } invoice(id: $id) { id } payment(id: $id) { id } }`,
				variables{"id": id}, "Daybook-Read", mode).want(map[string]string{
				"data": `{"invoice":null,"node":null,"payment":null,"person":null}`,
			})
		}
		a := s.must(`query($id: ID!) {
			people(filter: {search: "secret"}) { totalCount nodes { id } }
			invoices(filter: {customerId: $id}) { totalCount nodes { id } }
			payments(filter: {customerId: $id}) { totalCount nodes { id } }
			products { totalCount nodes { id } } taxRates { totalCount nodes { id } }
			monthlyInvoicing(filter: {customerId: $id}) { totalCount nodes { customerName } } }`,
			variables{"id": secret}, "Daybook-Read", mode)
		for _, list := range []string{"people", "invoices", "payments", "products", "taxRates", "monthlyInvoicing"} {
			a.want(map[string]string{"data." + list: `{"nodes":[],"totalCount":0}`})
		}
		everything := s.must(`{ invoices { nodes { customerName customer { fullName } } } people { nodes { fullName } }
			payments { nodes { id } } monthlyInvoicing { nodes { customerName } } }`, nil, "Daybook-Read", mode)
		if strings.Contains(everything.String(), "Secret") {
			t.Errorf("%s: our lists show their records: %s", mode, everything)
		}
	}

	type arguments struct {
		mutation, call, path string
	}
	for _, c := range []arguments{
		{"personUpdate", `personUpdate(id: "` + secret + `", input: {email: "x@example.com"})`, "id"},
		{"personArchive", `personArchive(id: "` + secret + `")`, "id"},
		{"invoiceCreate", `invoiceCreate(input: {customerId: "` + secret + `", items: [{description: "x", unitPrice: 1}]})`, "customerId"},
		{"invoiceCreate", `invoiceCreate(input: {customerId: "` + ours + `", items: [{productId: "` + product + `"}]})`, "items.0.productId"},
		{"invoiceCreate", `invoiceCreate(input: {customerId: "` + ours + `", items: [{description: "x", unitPrice: 1, taxRateIds: ["` + rate + `"]}]})`, "items.0.taxRateIds.0"},
		{"invoiceUpdate", `invoiceUpdate(id: "` + draft + `", input: {memo: "x"})`, "id"},
		{"invoiceUpdate", `invoiceUpdate(id: "` + ourDraft + `", input: {customerId: "` + secret + `"})`, "customerId"},
		{"invoiceApprove", `invoiceApprove(id: "` + draft + `")`, "id"},
		{"invoiceMarkSent", `invoiceMarkSent(id: "` + approved + `")`, "id"},
		{"invoiceVoid", `invoiceVoid(id: "` + approved + `")`, "id"},
		{"invoiceDelete", `invoiceDelete(id: "` + draft + `")`, "id"},
		{"paymentRecord", `paymentRecord(input: {customerId: "` + secret + `", amount: 1})`, "customerId"},
		{"paymentRecord", `paymentRecord(input: {customerId: "` + ours + `", amount: 1, allocations: [{invoiceId: "` + approved + `", amount: 1}]})`, "allocations.0.invoiceId"},
		{"paymentAllocate", `paymentAllocate(id: "` + payment + `", allocations: [])`, "id"},
		{"paymentAllocate", `paymentAllocate(id: "` + payment + `", allocations: [{invoiceId: "` + ourApproved + `", amount: 1}])`, "id"},
		{"paymentAllocate", `paymentAllocate(id: "` + ourPayment + `", allocations: [{invoiceId: "` + approved + `", amount: 1}])`, "allocations.0.invoiceId"},
		{"paymentVoid", `paymentVoid(id: "` + payment + `")`, "id"},
		{"productCreate", `productCreate(input: {sku: "x", name: "x", unitPrice: 1, taxRateId: "` + rate + `"})`, "taxRateId"},
		{"productUpdate", `productUpdate(id: "` + product + `", input: {name: "x"})`, "id"},
		{"taxRateUpdate", `taxRateUpdate(id: "` + rate + `", input: {name: "x"})`, "id"},
		// An id of the wrong type is no better.
		{"personUpdate", `personUpdate(id: "` + ourDraft + `", input: {email: "x@example.com"})`, "id"},
		{"paymentAllocate", `paymentAllocate(id: "` + ours + `", allocations: [])`, "id"},
		{"invoiceApprove", `invoiceApprove(id: "` + ours + `")`, "id"},
		{"invoiceDelete", `invoiceDelete(id: "` + ours + `")`, "id"},
		{"invoiceCreate", `invoiceCreate(input: {customerId: "` + ourDraft + `", items: [{description: "x", unitPrice: 1}]})`, "customerId"},
		{"paymentRecord", `paymentRecord(input: {customerId: "` + ours + `", amount: 1, allocations: [{invoiceId: "` + ours + `", amount: 1}]})`, "allocations.0.invoiceId"},
	} {
		a := s.must(`mutation { `+c.call+` { record { id } userErrors { path code } } }`, nil)
		a.want(map[string]string{"data." + c.mutation: `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"` + c.path + `"}]}`})
	}

	// And nothing of theirs or of ours has changed.
	theirs.must(`query($a: ID!, $b: ID!, $c: ID!) { a: invoice(id: $a) { version state } b: invoice(id: $b) { state paid { amount } } c: person(id: $c) { version } }`,
		variables{"a": draft, "b": approved, "c": secret}).want(map[string]string{
		"data": `{"a":{"state":"DRAFT","version":1},"b":{"paid":{"amount":"1.00"},"state":"APPROVED"},"c":{"version":1}}`,
	})
	s.must(`query($id: ID!) { invoice(id: $id) { paid { amount } } }`, variables{"id": ourApproved}).
		want(map[string]string{"data.invoice.paid.amount": "0.00"})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	draft := s.draft(customer, "10.00")
	reader, staff := s.member(s.organizationID, model.RoleReader), s.member(s.organizationID, model.RoleStaff)
	const forbidden = `[{"code":"FORBIDDEN"}]`

	reader.must(`{ viewer { role organization { name timeZone baseCurrency } } }`, nil).want(map[string]string{
		"data.viewer": `{"organization":{"baseCurrency":"AUD","name":"Analytical Engines","timeZone":"Australia/Adelaide"},"role":"READER"}`,
	})
	reader.must(`mutation { personCreate(input: {givenName: "x"}) { userErrors { code } } }`, nil).
		want(map[string]string{"data.personCreate.userErrors": forbidden})
	staff.must(`mutation { personCreate(input: {givenName: "x"}) { userErrors { code } } }`, nil).
		want(map[string]string{"data.personCreate.userErrors": "[]"})
	staff.must(`mutation($id: ID!) { invoiceApprove(id: $id) { userErrors { code } } }`, variables{"id": draft}).
		want(map[string]string{"data.invoiceApprove.userErrors": forbidden})
}
