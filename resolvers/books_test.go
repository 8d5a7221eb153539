package resolvers_test

import (
	"fmt"
	"testing"
)

// TestBillsAndCreditNotes has no worker: every answer is of what was just written.
func TestBillsAndCreditNotes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada")
	bill, invoice, credit := s.bill(party, "100.00"), s.draft(party, "80.00"), s.creditNote(party, "30.00")

	s.must(`mutation($id: ID!) { billUpdate(id: $id, input: {memo: "Reams", dueOn: "2020-01-02", issuedOn: "2020-01-01"}) {
		record { __typename memo state vendor { fullName } items { description net { amount } } total { amount } due { amount } } userErrors { code } } }`,
		variables{"id": bill}).want(map[string]string{
		"data.billUpdate.record": `{"__typename":"Bill","due":{"amount":"0.00"},"items":[{"description":"Paper","net":{"amount":"100.00"}}],"memo":"Reams","state":"DRAFT","total":{"amount":"100.00"},"vendor":{"fullName":"Ada"}}`,
	})
	s.of("billApprove", bill)
	s.of("invoiceApprove", invoice)
	s.of("creditNoteApprove", credit)
	s.must(`{ bills { nodes { number overdue due { amount } vendorName paymentState } } }`, nil).want(map[string]string{
		"data.bills.nodes": `[{"due":{"amount":"100.00"},"number":"BILL-0001","overdue":true,"paymentState":"UNPAID","vendorName":"Ada"}]`,
	})

	out := s.made("paymentRecord", `mutation($v: ID!, $b: ID!) { paymentRecord(input: {vendorId: $v, amount: 40, allocations: [{billId: $b, amount: 40}]}) {
		record { id } userErrors { path code message } } }`, variables{"v": party, "b": bill})
	s.must(`query($id: ID!) { payment(id: $id) { direction party { fullName } vendor { fullName } customer { id } account { code }
		allocations { amount { amount } document { __typename total { amount } ... on Bill { due { amount } } } } } }`, variables{"id": out}).want(map[string]string{
		"data.payment": `{"account":{"code":"1000"},"allocations":[{"amount":{"amount":"40.00"},"document":{"__typename":"Bill","due":{"amount":"60.00"},"total":{"amount":"100.00"}}}],"customer":null,"direction":"OUT","party":{"fullName":"Ada"},"vendor":{"fullName":"Ada"}}`,
	})
	s.must(`query($id: ID!) { node(id: $id) { ... on Document { payments { amount { amount } payment { direction } } } ... on Bill { paymentState paid { amount } } } }`,
		variables{"id": bill}).want(map[string]string{
		"data.node": `{"paid":{"amount":"40.00"},"paymentState":"PARTIAL","payments":[{"amount":{"amount":"40.00"},"payment":{"direction":"OUT"}}]}`,
	})

	s.must(`mutation($id: ID!, $i: ID!) { creditNoteAllocate(id: $id, allocations: [{invoiceId: $i, amount: 10}]) {
		record { number customer { fullName } used { amount } remaining { amount } items { description } } userErrors { path code message } } }`,
		variables{"id": credit, "i": invoice}).want(map[string]string{
		"data.creditNoteAllocate": `{"record":{"customer":{"fullName":"Ada"},"items":[{"description":"Returned"}],"number":"CN-0001","remaining":{"amount":"20.00"},"used":{"amount":"10.00"}},"userErrors":[]}`,
	})
	s.made("paymentRecord", `mutation($c: ID!, $n: ID!) { paymentRecord(input: {direction: OUT, customerId: $c, amount: 5, allocations: [{creditNoteId: $n, amount: 5}]}) {
		record { id } userErrors { path code message } } }`, variables{"c": party, "n": credit})
	s.must(`{ invoices { nodes { due { amount } } } creditNotes { nodes { id remaining { amount } payments { amount { amount } } } } }`, nil).want(map[string]string{
		"data.invoices.nodes.0.due.amount": "70.00",
		"data.creditNotes.nodes":           `[{"id":"` + credit + `","payments":[{"amount":{"amount":"5.00"}}],"remaining":{"amount":"15.00"}}]`,
	})

	// Void what is paid, and a kind under another kind's name: refused.
	s.must(`mutation($id: ID!) { billVoid(id: $id) { userErrors { path code } } }`, variables{"id": bill}).
		want(map[string]string{"data.billVoid.userErrors": `[{"code":"STATE","path":"id"}]`})
	s.of("paymentVoid", out)
	s.of("billVoid", bill)
	for _, id := range []string{invoice, credit} {
		key := id[len(id)-1:]
		s.must(`mutation { billVoid(id: "Bill:`+key+`") { record { id } userErrors { path code } } }`, nil).
			want(map[string]string{"data.billVoid": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"id"}]}`})
		s.must(`{ bill(id: "Bill:`+key+`") { id } node(id: "Bill:`+key+`") { id } }`, nil).want(map[string]string{"data": `{"bill":null,"node":null}`})
	}
	draft := s.bill(party, "1.00")
	s.must(`mutation($id: ID!) { billDelete(id: $id) { record { items { description } vendor { fullName } } userErrors { code } } }`, variables{"id": draft}).
		want(map[string]string{"data.billDelete": `{"record":{"items":[{"description":"Paper"}],"vendor":{"fullName":"Ada"}},"userErrors":[]}`})

	// Nothing here was refreshed; afterwards the stored copies say the same.
	const all = `{ bills { nodes { id state } } creditNotes { nodes { id state } } invoices { nodes { id } } payments(filter: {direction: OUT}) { nodes { id voidedAt } } }`
	before := s.must(all, nil).text("data")
	s.refreshed()
	s.must(all, nil, "Daybook-Read", "stored").want(map[string]string{"data": before})
}

// TestFinancialTransactions: every row leads to its record, and the record's own mutation
// changes the row.
func TestFinancialTransactions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	invoice := s.approve(s.draft(ada, "10.00"))
	s.refreshed()
	payment := s.made("paymentRecord", `mutation($c: ID!, $i: ID!) { paymentRecord(input: {customerId: $c, amount: 10, paidOn: "2026-02-04", reference: "Statement 14",
		allocations: [{invoiceId: $i, amount: 10}]}) { record { id } userErrors { path code message } } }`, variables{"c": ada, "i": invoice})
	income, expense, transfer := s.money(s.caller)
	bank, savings := s.account(s.caller, "1000"), s.account(s.caller, "1010")

	rows := func(arguments string) string {
		t.Helper()
		got := ""
		a := s.must(`{ financialTransactions`+arguments+` { nodes { canonical { id } } } }`, nil)
		for i := 0; a.at(fmt.Sprintf("data.financialTransactions.nodes.%d", i)) != nil; i++ {
			got += a.text(fmt.Sprintf("data.financialTransactions.nodes.%d.canonical.id", i)) + " "
		}
		return got
	}
	check := func(arguments string, want ...string) {
		t.Helper()
		list := ""
		for _, id := range want {
			list += id + " "
		}
		if got := rows(arguments); got != list {
			t.Errorf("%s: got %s, want %s", arguments, got, list)
		}
	}
	filters := func() {
		t.Helper()
		check(``, payment, transfer, expense, income)
		check(`(orderBy: {field: OCCURRED_ON})`, income, expense, transfer, payment)
		check(`(orderBy: {field: AMOUNT})`, payment, expense, transfer, income)
		check(`(orderBy: {field: CREATED_AT})`, payment, income, expense, transfer)
		check(`(orderBy: {field: PARTY_NAME, direction: DESC}, first: 1)`, payment)
		check(`(filter: {kind: EXPENSE})`, expense)
		check(`(filter: {direction: IN})`, payment, income)
		check(`(filter: {accountId: "`+savings+`"})`, transfer)
		check(`(filter: {accountId: "`+bank+`"})`, payment, transfer, expense, income)
		check(`(filter: {accountId: "` + ada + `"})`)
		check(`(filter: {partyId: "`+ada+`"})`, payment)
		check(`(filter: {occurredFrom: "2026-02-02", occurredTo: "2026-02-03"})`, transfer, expense)
		check(`(filter: {amountGte: 20, amountLte: 50})`, transfer, expense)
		check(`(filter: {search: "TRAIN"})`, expense)
		check(`(filter: {search: "statement"})`, payment)
		check(`(filter: {voided: true})`)
	}
	filters()
	s.refreshed()
	filters()

	s.must(`{ financialTransactions(orderBy: {field: OCCURRED_ON}) { totalCount nodes { kind direction partyName party { id } fromAccount { code } toAccount { code } amount { amount currency } memo } } }`, nil).
		want(map[string]string{
			"data.financialTransactions.totalCount": "4",
			"data.financialTransactions.nodes.0":    `{"amount":{"amount":"110.00","currency":"AUD"},"direction":"IN","fromAccount":{"code":"1050"},"kind":"INCOME","memo":"Takings","party":null,"partyName":"","toAccount":{"code":"1000"}}`,
			"data.financialTransactions.nodes.1":    `{"amount":{"amount":"20.00","currency":"AUD"},"direction":"OUT","fromAccount":{"code":"1000"},"kind":"EXPENSE","memo":"Train","party":null,"partyName":"","toAccount":{"code":"1050"}}`,
			"data.financialTransactions.nodes.2":    `{"amount":{"amount":"50.00","currency":"AUD"},"direction":null,"fromAccount":{"code":"1000"},"kind":"TRANSFER","memo":"Put by","party":null,"partyName":"","toAccount":{"code":"1010"}}`,
			"data.financialTransactions.nodes.3":    `{"amount":{"amount":"10.00","currency":"AUD"},"direction":"IN","fromAccount":null,"kind":"PAYMENT","memo":"Statement 14","party":{"id":"` + ada + `"},"partyName":"Ada","toAccount":{"code":"1000"}}`,
		})

	// The row's canonical record, by node, and its mutation: the row follows, unrefreshed.
	for id, update := range map[string]string{
		income:   `incomeUpdate(id: $id, input: {amount: 7, memo: "Changed", partyId: "` + ada + `"})`,
		expense:  `expenseUpdate(id: $id, input: {amount: 7, memo: "Changed", partyId: "` + ada + `"})`,
		transfer: `transferUpdate(id: $id, input: {amount: 7, memo: "Changed"})`,
	} {
		s.must(`query($id: ID!) { node(id: $id) { id } }`, variables{"id": id}).want(map[string]string{"data.node.id": id})
		s.must(`mutation($id: ID!) { m: `+update+` { record { id version memo amount { amount } } userErrors { path code message } } }`, variables{"id": id}).
			want(map[string]string{"data.m": `{"record":{"amount":{"amount":"7.00"},"id":"` + id + `","memo":"Changed","version":2},"userErrors":[]}`})
	}
	check(`(filter: {amountLte: 7, search: "changed"}, orderBy: {field: OCCURRED_ON})`, income, expense, transfer)
	check(`(filter: {partyId: "`+ada+`"}, orderBy: {field: OCCURRED_ON})`, income, expense, payment)
	for id, void := range map[string]string{income: "incomeVoid", expense: "expenseVoid", transfer: "transferVoid", payment: "paymentVoid"} {
		s.of(void, id)
		s.must(`mutation($id: ID!) { m: `+void+`(id: $id) { record { id } userErrors { path code } } }`, variables{"id": id}).
			want(map[string]string{"data.m": `{"record":null,"userErrors":[{"code":"STATE","path":"id"}]}`})
	}
	check(`(filter: {voided: true}, orderBy: {field: OCCURRED_ON})`, income, expense, transfer, payment)
	check(`(filter: {voided: false})`)
	s.must(`mutation($id: ID!) { personUpdate(id: $id, input: {givenName: "Augusta"}) { userErrors { path } } }`, variables{"id": ada})
	check(`(filter: {search: "augusta"}, orderBy: {field: OCCURRED_ON})`, income, expense, payment)
}

func TestMoneyEntriesAndTransfers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	income, expense, transfer := s.money(s.caller)
	rate := s.taxRate("GST")
	s.must(`mutation($id: ID!, $rate: ID!) { incomeUpdate(id: $id, input: {taxRateId: $rate}) {
		record { tax { amount } taxRate { name } account { code } moneyAccount { code } fxRate party { id } } userErrors { path code message } } }`,
		variables{"id": income, "rate": rate}).want(map[string]string{
		"data.incomeUpdate.record": `{"account":{"code":"1050"},"fxRate":"1","moneyAccount":{"code":"1000"},"party":null,"tax":{"amount":"10.00"},"taxRate":{"name":"GST"}}`,
	})
	s.must(`query($i: ID!, $e: ID!, $t: ID!) { income(id: $i) { memo } expense(id: $e) { memo } transfer(id: $t) { fee { amount } fromAccount { code } toAccount { code } }
		wrong: income(id: $e) { id } other: expense(id: $i) { id } }`, variables{"i": income, "e": expense, "t": transfer}).want(map[string]string{
		"data": `{"expense":{"memo":"Train"},"income":{"memo":"Takings"},"other":null,"transfer":{"fee":{"amount":"1.00"},"fromAccount":{"code":"1000"},"toAccount":{"code":"1010"}},"wrong":null}`,
	})
	bank := s.account(s.caller, "1000")
	for list, want := range map[string]string{
		`incomes(filter: {moneyAccountId: "` + bank + `", amountGte: 100})`:                ids(income),
		`incomes(filter: {accountId: "` + bank + `"})`:                                     ids(),
		`incomes(filter: {search: "train"})`:                                               ids(),
		`expenses(filter: {search: "train", voided: false}, orderBy: {field: AMOUNT})`:     ids(expense),
		`expenses(filter: {occurredFrom: "2026-02-03"})`:                                   ids(),
		`transfers(filter: {accountId: "` + bank + `"}, orderBy: {field: CREATED_AT})`:     ids(transfer),
		`transfers(filter: {occurredTo: "2026-02-02"})`:                                    ids(),
		`transfers(filter: {search: "put", amountLte: 50}, orderBy: {field: OCCURRED_ON})`: ids(transfer),
	} {
		s.must(`{ list: `+list+` { nodes { id } } }`, nil).want(map[string]string{"data.list.nodes": want})
	}
}

// TestOthersBooks tries every way to the books of another organization.
func TestOthersBooks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	theirs := s.organization("Difference Engines")
	secret := theirs.person("Secret")
	income, expense, transfer := s.money(theirs)
	bill, credit := theirs.bill(secret, "10.00"), theirs.creditNote(secret, "10.00")
	account := s.account(theirs, "1000")
	ours, ourAccount := s.person("Ours"), s.account(s.caller, "1000")

	for _, mode := range []string{"auto", "exact", "stored"} {
		for _, id := range []string{income, expense, transfer, bill, credit} {
			s.must(`query($id: ID!) { node(id: $id) { id } income(id: $id) { id } expense(id: $id) { id } transfer(id: $id) { id } bill(id: $id) { id } creditNote(id: $id) { id } }`,
				variables{"id": id}, "Daybook-Read", mode).want(map[string]string{
				"data": `{"bill":null,"creditNote":null,"expense":null,"income":null,"node":null,"transfer":null}`,
			})
		}
		s.must(`query($p: ID!, $a: ID!) {
			a: bills(filter: {vendorId: $p}) { totalCount } b: creditNotes(filter: {customerId: $p}) { totalCount } c: incomes { totalCount }
			d: expenses { totalCount } e: transfers(filter: {accountId: $a}) { totalCount } f: financialTransactions { totalCount }
			g: financialTransactions(filter: {accountId: $a}) { totalCount } h: financialTransactions(filter: {partyId: $p}) { totalCount } }`,
			variables{"p": secret, "a": account}, "Daybook-Read", mode).want(map[string]string{
			"data": `{"a":{"totalCount":0},"b":{"totalCount":0},"c":{"totalCount":0},"d":{"totalCount":0},"e":{"totalCount":0},"f":{"totalCount":0},"g":{"totalCount":0},"h":{"totalCount":0}}`,
		})
	}
	for _, c := range []struct{ call, path string }{
		{`billCreate(input: {vendorId: "` + secret + `", items: [{description: "x", unitPrice: 1}]})`, "vendorId"},
		{`billCreate(input: {vendorId: "` + ours + `", items: [{description: "x", unitPrice: 1, accountId: "` + account + `"}]})`, "items.0.accountId"},
		{`billUpdate(id: "` + bill + `", input: {memo: "x"})`, "id"},
		{`billApprove(id: "` + bill + `")`, "id"},
		{`billVoid(id: "` + bill + `")`, "id"},
		{`billDelete(id: "` + bill + `")`, "id"},
		{`creditNoteCreate(input: {customerId: "` + secret + `", items: [{description: "x", unitPrice: 1}]})`, "customerId"},
		{`creditNoteUpdate(id: "` + credit + `", input: {memo: "x"})`, "id"},
		{`creditNoteApprove(id: "` + credit + `")`, "id"},
		{`creditNoteAllocate(id: "` + credit + `", allocations: [])`, "id"},
		{`creditNoteVoid(id: "` + credit + `")`, "id"},
		{`creditNoteDelete(id: "` + credit + `")`, "id"},
		{`incomeCreate(input: {accountId: "` + account + `", amount: 1})`, "accountId"},
		{`incomeUpdate(id: "` + income + `", input: {memo: "x"})`, "id"},
		{`incomeVoid(id: "` + income + `")`, "id"},
		{`expenseCreate(input: {accountId: "` + account + `", amount: 1})`, "accountId"},
		{`expenseUpdate(id: "` + expense + `", input: {memo: "x"})`, "id"},
		{`expenseVoid(id: "` + expense + `")`, "id"},
		{`expenseVoid(id: "` + income + `")`, "id"},
		{`transferCreate(input: {fromAccountId: "` + ourAccount + `", toAccountId: "` + account + `", amount: 1})`, "toAccountId"},
		{`transferUpdate(id: "` + transfer + `", input: {memo: "x"})`, "id"},
		{`transferVoid(id: "` + transfer + `")`, "id"},
		{`paymentRecord(input: {vendorId: "` + secret + `", amount: 1})`, "vendorId"},
	} {
		t.Run(c.call, func(t *testing.T) {
			s := s.in(t)
			s.must(`mutation { m: `+c.call+` { record { id } userErrors { path code } } }`, nil).
				want(map[string]string{"data.m": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"` + c.path + `"}]}`})
		})
	}
	theirs.must(`{ financialTransactions(filter: {voided: false}) { totalCount } bills { nodes { version state } } creditNotes { nodes { version state } } }`, nil).
		want(map[string]string{"data": `{"bills":{"nodes":[{"state":"DRAFT","version":1}]},"creditNotes":{"nodes":[{"state":"DRAFT","version":1}]},"financialTransactions":{"totalCount":3}}`})
}
