package resolvers_test

import (
	"fmt"
	"testing"
)

// creditFor makes an approved credit note and allocates a part of it to an invoice.
func (c caller) creditFor(customer, price, invoice, part string) string {
	c.t.Helper()
	note := c.creditNote(customer, price)
	c.of("creditNoteApprove", note)
	c.made("creditNoteAllocate", `mutation($id: ID!, $i: ID!, $part: Decimal!) { creditNoteAllocate(id: $id, allocations: [{invoiceId: $i, amount: $part}]) {
		record { id } userErrors { path code message } } }`, variables{"id": note, "i": invoice, "part": part})
	return note
}

const openWith = `partyBalances { currency receivable { amount } unallocatedIn { amount } unappliedCredits { amount } netReceivable { amount }
	payable { amount } unallocatedOut { amount } netPayable { amount } }`

// TestPartyBalances has somebody who buys, sells, pays in advance and gets credit, in two
// currencies; nothing is refreshed before the last round.
func TestPartyBalances(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, grace := s.person("Ada"), s.person("Grace")
	s.made("fxRateSet", `mutation { fxRateSet(input: {currency: "JPY", validFrom: "2020-01-01", rate: "0.01"}) { record { id } userErrors { path message } } }`, nil)
	s.made("fxRateSet", `mutation { fxRateSet(input: {currency: "KWD", validFrom: "2020-01-01", rate: "5"}) { record { id } userErrors { path message } } }`, nil)
	invoice := s.approve(s.draft(ada, "100.00"))
	s.pay(ada, invoice, "30.00")
	note := s.creditFor(ada, "25.00", invoice, "10.00")
	s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: 7}) { record { id } userErrors { path message } } }`, variables{"c": ada})
	s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, direction: OUT, amount: 2}) { record { id } userErrors { path message } } }`, variables{"c": ada})
	s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: 1001, currency: "JPY"}) { record { id } userErrors { path message } } }`, variables{"c": ada})
	bill := s.bill(ada, "40.00")
	s.of("billApprove", bill)
	s.made("paymentRecord", `mutation($v: ID!) { paymentRecord(input: {vendorId: $v, amount: 5}) { record { id } userErrors { path message } } }`, variables{"v": ada})
	s.draft(grace, "1000.00")
	yen := s.made("invoiceCreate", `mutation($c: ID!) { invoiceCreate(input: {customerId: $c, currency: "JPY", items: [{description: "Work", unitPrice: 2003}]}) { record { id } userErrors { path message } } }`, variables{"c": grace})
	s.approve(yen)

	const aud = `{"currency":"AUD","netPayable":{"amount":"35.00"},"netReceivable":{"amount":"40.00"},"payable":{"amount":"40.00"},"receivable":{"amount":"60.00"},` +
		`"unallocatedIn":{"amount":"5.00"},"unallocatedOut":{"amount":"5.00"},"unappliedCredits":{"amount":"15.00"}}`
	const jpy = `{"currency":"JPY","netPayable":{"amount":"0"},"netReceivable":{"amount":"-1001"},"payable":{"amount":"0"},"receivable":{"amount":"0"},` +
		`"unallocatedIn":{"amount":"1001"},"unallocatedOut":{"amount":"0"},"unappliedCredits":{"amount":"0"}}`
	ask := func(mode string) {
		t.Helper()
		s.must(`query($id: ID!) { person(id: $id) { balances { amount currency } bills { nodes { vendorName total { amount } } } creditNotes { nodes { remaining { amount } } } `+openWith+` } }`,
			variables{"id": ada}, "Daybook-Read", mode).want(map[string]string{
			"data.person.partyBalances": "[" + aud + "," + jpy + "]",
			"data.person.balances":      `[{"amount":"60.00","currency":"AUD"}]`,
			"data.person.bills":         `{"nodes":[{"total":{"amount":"40.00"},"vendorName":"Ada"}]}`,
			"data.person.creditNotes":   `{"nodes":[{"remaining":{"amount":"15.00"}}]}`,
		})
		s.must(`query($id: ID!) { partyBalances(orderBy: {field: RECEIVABLE, direction: DESC}, first: 2) { totalCount nodes { partyName currency party { id } } }
			owed: partyBalances(filter: {payableGte: "0.01"}) { nodes { partyName } } owing: partyBalances(filter: {receivableGte: 2000}) { nodes { partyName } }
			hers: partyBalances(filter: {partyId: $id}) { totalCount } nobody: partyBalances(filter: {partyId: "Account:1"}) { totalCount } }`, variables{"id": ada}, "Daybook-Read", mode).want(map[string]string{
			"data.partyBalances":   `{"nodes":[{"currency":"JPY","party":{"id":"` + grace + `"},"partyName":"Grace"},{"currency":"AUD","party":{"id":"` + ada + `"},"partyName":"Ada"}],"totalCount":3}`,
			"data.owed.nodes":      `[{"partyName":"Ada"}]`,
			"data.owing.nodes":     `[{"partyName":"Grace"}]`,
			"data.hers.totalCount": "2", "data.nobody.totalCount": "0",
		})
		const amounts = `currency notDue { amount } total { amount } unallocated { amount } unappliedCredits { amount } net { amount }`
		s.must(`{ receivablesAgeing { inBase { `+amounts+` } totals { `+amounts+` } rows { partyName `+amounts+` } }
			payablesAgeing(first: 1) { inBase { `+amounts+` } totals { currency } rows { partyName `+amounts+` } } }`, nil, "Daybook-Read", mode).want(map[string]string{
			"data.receivablesAgeing.inBase": `{"currency":"AUD","net":{"amount":"50.02"},"notDue":{"amount":"80.03"},"total":{"amount":"80.03"},"unallocated":{"amount":"15.01"},"unappliedCredits":{"amount":"15.00"}}`,
			"data.receivablesAgeing.totals": `[{"currency":"AUD","net":{"amount":"40.00"},"notDue":{"amount":"60.00"},"total":{"amount":"60.00"},"unallocated":{"amount":"5.00"},"unappliedCredits":{"amount":"15.00"}},` +
				`{"currency":"JPY","net":{"amount":"1002"},"notDue":{"amount":"2003"},"total":{"amount":"2003"},"unallocated":{"amount":"1001"},"unappliedCredits":{"amount":"0"}}]`,
			"data.receivablesAgeing.rows": `[{"currency":"AUD","net":{"amount":"40.00"},"notDue":{"amount":"60.00"},"partyName":"Ada","total":{"amount":"60.00"},"unallocated":{"amount":"5.00"},"unappliedCredits":{"amount":"15.00"}},` +
				`{"currency":"JPY","net":{"amount":"2003"},"notDue":{"amount":"2003"},"partyName":"Grace","total":{"amount":"2003"},"unallocated":{"amount":"0"},"unappliedCredits":{"amount":"0"}},` +
				`{"currency":"JPY","net":{"amount":"-1001"},"notDue":{"amount":"0"},"partyName":"Ada","total":{"amount":"0"},"unallocated":{"amount":"1001"},"unappliedCredits":{"amount":"0"}}]`,
			"data.payablesAgeing": `{"inBase":{"currency":"AUD","net":{"amount":"35.00"},"notDue":{"amount":"40.00"},"total":{"amount":"40.00"},"unallocated":{"amount":"5.00"},"unappliedCredits":{"amount":"0.00"}},` +
				`"rows":[{"currency":"AUD","net":{"amount":"35.00"},"notDue":{"amount":"40.00"},"partyName":"Ada","total":{"amount":"40.00"},"unallocated":{"amount":"5.00"},"unappliedCredits":{"amount":"0.00"}}],"totals":[{"currency":"AUD"}]}`,
		})
		s.must(`query($n: ID!, $i: ID!) { creditNote(id: $n) { allocations { amount { amount } invoice { id } } } invoice(id: $i) { credits { amount { amount currency } creditNote { id remaining { amount } } } } }`,
			variables{"n": note, "i": invoice}, "Daybook-Read", mode).want(map[string]string{
			"data.creditNote.allocations": `[{"amount":{"amount":"10.00"},"invoice":{"id":"` + invoice + `"}}]`,
			"data.invoice.credits":        `[{"amount":{"amount":"10.00","currency":"AUD"},"creditNote":{"id":"` + note + `","remaining":{"amount":"15.00"}}}]`,
		})
	}
	ask("auto")
	ask("exact")
	s.refreshed()
	ask("stored")
	ask("exact")
	// The control accounts hold exactly what is open, in each currency.
	if wrong := s.column(`
		SELECT party_balances.currency FROM (SELECT currency, sum(net_receivable) AS receivable, sum(net_payable) AS payable FROM source.party_balances WHERE organization_id = $1 AND store_id = -1 GROUP BY currency) AS party_balances
		FULL JOIN (SELECT line.currency, canonical.major(sum(line.document_amount) FILTER (WHERE account.system_role = 'receivable'), line.currency) AS receivable,
				canonical.major(-sum(line.document_amount) FILTER (WHERE account.system_role = 'payable'), line.currency) AS payable
			FROM canonical.journal_lines AS line JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE line.organization_id = $1 GROUP BY line.currency) AS booked USING (currency)
		WHERE (party_balances.receivable, party_balances.payable) IS DISTINCT FROM (coalesce(booked.receivable, 0), coalesce(booked.payable, 0))`, s.organizationID); len(wrong) != 0 {
		t.Errorf("the books differ in %v", wrong)
	}

	// What is settled goes, what is taken back comes back, also under a new name.
	s.of("creditNoteVoid", note)
	s.must(`mutation($id: ID!) { personUpdate(id: $id, input: {givenName: "Augusta"}) { userErrors { path } } }`, variables{"id": ada})
	s.must(`query($i: ID!) { invoice(id: $i) { credits { id } due { amount } } partyBalances(first: 1) { nodes { partyName receivable { amount } unappliedCredits { amount } } } }`, variables{"i": invoice}).want(map[string]string{
		"data.invoice":             `{"credits":[],"due":{"amount":"70.00"}}`,
		"data.partyBalances.nodes": `[{"partyName":"Augusta","receivable":{"amount":"70.00"},"unappliedCredits":{"amount":"0.00"}}]`,
	})
	s.must(`mutation($c: ID!, $i: ID!) { paymentRecord(input: {customerId: $c, currency: "JPY", amount: 2003, allocations: [{invoiceId: $i, amount: 2003}]}) { record { customer { partyBalances { currency } } } userErrors { path } } }`,
		variables{"c": grace, "i": yen}).want(map[string]string{"data.paymentRecord.record.customer.partyBalances": "[]"})
	s.refreshed()
	s.must(`{ partyBalances { nodes { partyName } } }`, nil, "Daybook-Read", "stored").want(map[string]string{"data.partyBalances.nodes": `[{"partyName":"Augusta"},{"partyName":"Augusta"}]`})

	theirs := s.organization("Difference Engines")
	theirs.must(`query($id: ID!) { partyBalances { totalCount } other: partyBalances(filter: {partyId: $id}) { totalCount } fxRates { totalCount } receivablesAgeing { rows { partyId } totals { currency } inBase { net { amount } } } }`, variables{"id": ada}).want(map[string]string{
		"data": `{"fxRates":{"totalCount":0},"other":{"totalCount":0},"partyBalances":{"totalCount":0},"receivablesAgeing":{"inBase":{"net":{"amount":"0.00"}},"rows":[],"totals":[]}}`,
	})
}

// TestNothingOpenHasNoBalance: what was paid in and back is nothing, and has no row, also where the two had different
// rates: the difference is one of exchange.
func TestNothingOpenHasNoBalance(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, grace := s.person("Ada"), s.person("Grace")
	pay := func(role, party, direction, currency, rate string) {
		t.Helper()
		s.made("paymentRecord", `mutation($p: ID!, $r: Decimal!) { paymentRecord(input: {`+role+`: $p, direction: `+direction+`, currency: "`+currency+`", fxRate: $r, amount: 100}) {
			record { id } userErrors { path message } } }`, variables{"p": party, "r": rate})
	}
	for _, role := range []string{"customerId", "vendorId"} {
		pay(role, ada, "IN", "AUD", "1")
		pay(role, ada, "OUT", "AUD", "1")
		pay(role, grace, "IN", "JPY", "0.02")
		pay(role, grace, "OUT", "JPY", "0.01")
	}
	s.refreshed()
	for _, mode := range []string{"exact", "stored"} {
		s.must(`{ partyBalances { totalCount nodes { partyName currency } }
			receivablesAgeing { inBase { unallocated { amount } net { amount } } rows { partyName } }
			payablesAgeing { inBase { unallocated { amount } net { amount } } rows { partyName } } }`, nil, "Daybook-Read", mode).want(map[string]string{
			"data.partyBalances":     `{"nodes":[],"totalCount":0}`,
			"data.receivablesAgeing": `{"inBase":{"net":{"amount":"0.00"},"unallocated":{"amount":"0.00"}},"rows":[]}`,
			"data.payablesAgeing":    `{"inBase":{"net":{"amount":"0.00"},"unallocated":{"amount":"0.00"}},"rows":[]}`,
		})
	}
}

// Many stores that are named, most of which are not there, make no statement long.
func TestBalancesOfManyStores(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, store := s.person("Ada"), s.storeWithHours("Norwood", "UTC")
	for range 2 {
		s.approve(s.made("invoiceCreate", `mutation($c: ID!, $s: ID!) { invoiceCreate(input: {customerId: $c, storeId: $s, items: [{description: "Work", unitPrice: 10}]}) { record { id } userErrors { path message } } }`,
			variables{"c": ada, "s": store}))
	}
	s.approve(s.draft(ada, "7.00"))
	ids := []any{store, nil}
	for key := range 190 {
		ids = append(ids, fmt.Sprint("Store:", 1_000_000+key))
	}
	const query = `query($s: [ID]) { partyBalances(filter: {storeIds: $s}, orderBy: {field: RECEIVABLE, direction: DESC}) { totalCount nodes { store { id } receivable { amount } } } }`
	for _, some := range [][]any{ids[:2], ids[:20], ids} {
		var a answer
		for _, sql := range s.sql.during(func() { a = s.must(query, variables{"s": some}) }) {
			if len(sql) > 20_000 {
				t.Errorf("a statement of %d bytes", len(sql))
			}
		}
		a.want(map[string]string{"data.partyBalances": `{"nodes":[{"receivable":{"amount":"20.00"},"store":{"id":"` + store + `"}},{"receivable":{"amount":"7.00"},"store":null}],"totalCount":2}`})
	}
}
