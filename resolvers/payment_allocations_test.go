package resolvers_test

import (
	"testing"

	"daybook/graph/model"
)

// TestPaymentAllocate moves what a payment settles from one invoice to another: every list says so at once, while
// nothing is refreshed, and the stored copies say the same afterwards.
func TestPaymentAllocate(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	first := s.approve(s.draft(ada, "100.00"))
	payment := s.pay(ada, first, "100.00")
	later := s.approve(s.draft(ada, "120.00"))
	s.refreshed()
	allocate := func(c caller, version int, allocations string) answer {
		t.Helper()
		return c.must(`mutation($id: ID!, $version: Int) { paymentAllocate(id: $id, expectedVersion: $version, allocations: [`+allocations+`]) {
			record { version allocated { amount } allocations { document { id } amount { amount } } } userErrors { path code } } }`, variables{"id": payment, "version": version})
	}
	to := func(invoice, amount string) string { return `{invoiceId: "` + invoice + `", amount: ` + amount + `}` }
	ask := func(mode string, want map[string]string) {
		t.Helper()
		s.must(`query($id: ID!) { invoices(orderBy: {field: NUMBER}) { nodes { paid { amount } due { amount } paymentState payments { amount { amount } } } }
			payments { nodes { version unallocated { amount } } } due: invoices(filter: {dueGte: "0.01"}) { totalCount }
			partyBalances { nodes { receivable { amount } unallocatedIn { amount } netReceivable { amount } } } person(id: $id) { balances { amount } credits { amount } } }`,
			variables{"id": ada}, "Daybook-Read", mode).want(want)
	}

	s.member(s.organizationID, model.RoleReader).must(`mutation($id: ID!) { paymentAllocate(id: $id, allocations: []) { userErrors { path code } } }`, variables{"id": payment}).
		want(map[string]string{"data.paymentAllocate.userErrors": `[{"code":"FORBIDDEN","path":""}]`})
	allocate(s.member(s.organizationID, model.RoleStaff), 1, to(first, "20")+to(later, "50.5")).want(map[string]string{
		"data.paymentAllocate": `{"record":{"allocated":{"amount":"70.50"},"allocations":[{"amount":{"amount":"20.00"},"document":{"id":"` + first + `"}},` +
			`{"amount":{"amount":"50.50"},"document":{"id":"` + later + `"}}],"version":2},"userErrors":[]}`,
	})
	allocate(s.caller, 1, to(later, "1")).want(map[string]string{"data.paymentAllocate": `{"record":null,"userErrors":[{"code":"CONFLICT","path":"expectedVersion"}]}`})
	allocate(s.caller, 2, to(first, "80")+to(later, "20.01")).want(map[string]string{"data.paymentAllocate": `{"record":null,"userErrors":[{"code":"EXCEEDS","path":"allocations"}]}`})
	split := map[string]string{
		"data.invoices.nodes": `[{"due":{"amount":"80.00"},"paid":{"amount":"20.00"},"paymentState":"PARTIAL","payments":[{"amount":{"amount":"20.00"}}]},` +
			`{"due":{"amount":"69.50"},"paid":{"amount":"50.50"},"paymentState":"PARTIAL","payments":[{"amount":{"amount":"50.50"}}]}]`,
		"data.payments.nodes":      `[{"unallocated":{"amount":"29.50"},"version":2}]`,
		"data.due.totalCount":      "2",
		"data.partyBalances.nodes": `[{"netReceivable":{"amount":"120.00"},"receivable":{"amount":"149.50"},"unallocatedIn":{"amount":"29.50"}}]`,
		"data.person":              `{"balances":[{"amount":"149.50"}],"credits":[{"amount":"29.50"}]}`,
	}
	ask("auto", split)
	ask("exact", split)
	s.refreshed()
	ask("stored", split)

	// Taken back, all of it is a credit.
	allocate(s.caller, 2, "").want(map[string]string{"data.paymentAllocate": `{"record":{"allocated":{"amount":"0.00"},"allocations":[],"version":3},"userErrors":[]}`})
	credit := map[string]string{
		"data.invoices.nodes": `[{"due":{"amount":"100.00"},"paid":{"amount":"0.00"},"paymentState":"UNPAID","payments":[]},` +
			`{"due":{"amount":"120.00"},"paid":{"amount":"0.00"},"paymentState":"UNPAID","payments":[]}]`,
		"data.payments.nodes":      `[{"unallocated":{"amount":"100.00"},"version":3}]`,
		"data.due.totalCount":      "2",
		"data.partyBalances.nodes": `[{"netReceivable":{"amount":"120.00"},"receivable":{"amount":"220.00"},"unallocatedIn":{"amount":"100.00"}}]`,
		"data.person":              `{"balances":[{"amount":"220.00"}],"credits":[{"amount":"100.00"}]}`,
	}
	ask("auto", credit)
	ask("exact", credit)
	s.refreshed()
	ask("stored", credit)

	allocate(s.caller, 3, to(first, "100")).want(map[string]string{"data.paymentAllocate.userErrors": "[]"})
	s.must(`{ invoices(filter: {dueGte: "0.01"}) { nodes { id } } }`, nil).want(map[string]string{"data.invoices.nodes": `[{"id":"` + later + `"}]`})
	s.must(`query($id: ID!) { node(id: $id) { ... on Payment { history(first: 1) { nodes { text } } } } }`, variables{"id": payment}).want(map[string]string{
		"data.node.history.nodes": `[{"text":"Allocation of a payment to invoice INV-0001 created"}]`,
	})
	s.of("paymentVoid", payment)
	allocate(s.caller, 5, to(first, "1")).want(map[string]string{"data.paymentAllocate": `{"record":null,"userErrors":[{"code":"STATE","path":"id"}]}`})
}
