package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// TestNoMutationBooksIntoALockedPeriod calls every mutation of the schema that can book anything, on records of a
// closed period: by the type of what a mutation answers, so that a new one without a case fails.
func TestNoMutationBooksIntoALockedPeriod(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	const day = `"2026-02-03"`
	ada := s.person("Ada")
	document := func(kind, party, extra string) string {
		id := s.made(kind+"Create", `mutation { `+kind+`Create(input: {`+party+`: "`+ada+`", issuedOn: `+day+`, `+extra+` items: [{description: "Work", unitPrice: 1000}]}) {
			record { id } userErrors { path code message } } }`, nil)
		return id
	}
	approved := func(kind, party, extra string) string { return s.of(kind+"Approve", document(kind, party, extra)) }
	draft := map[string]string{"invoice": document("invoice", "customerId", ""), "bill": document("bill", "vendorId", ""), "creditNote": document("creditNote", "customerId", ""), "vendorCreditNote": document("vendorCreditNote", "vendorId", "")}
	invoice, bill, credit := approved("invoice", "customerId", ""), approved("bill", "vendorId", ""), approved("creditNote", "customerId", "")
	abroad := approved("invoice", "customerId", `currency: "JPY", fxRate: 0.01,`)
	note := approved("creditNote", "customerId", `currency: "JPY", fxRate: 0.02,`)
	returned := approved("vendorCreditNote", "vendorId", "")
	yenBill, yenReturned := approved("bill", "vendorId", `currency: "JPY", fxRate: 0.01,`), approved("vendorCreditNote", "vendorId", `currency: "JPY", fxRate: 0.02,`)
	payment := s.made("paymentRecord", `mutation { paymentRecord(input: {customerId: "`+ada+`", paidOn: `+day+`, amount: 3}) { record { id } userErrors { path code } } }`, nil)
	_, yen := s.abroad(ada, "2026-02-03")
	income, expense, transfer := s.money(s.caller) // of February, too
	entry := s.must(postEntry, s.entry(s.caller, "2026-02-03")).text("data.journalEntryPost.record.id")
	free := s.must(postEntry, s.entry(s.caller, "2026-10-01")).text("data.journalEntryPost.record.id")
	today := s.draft(ada, "5")
	shop := s.storeWithHours("Norwood", "UTC")
	s.sell(shop, sale("2026-02-03T12:00:00Z", "4"))
	closed := s.post(s.storeWithHours("Unley", "UTC"))
	drafts := map[string]string{"invoice": s.draft(ada, "6"), "bill": s.bill(ada, "6"), "creditNote": s.creditNote(ada, "6"), "vendorCreditNote": s.vendorCreditNote(ada, "6")}
	a, b := s.account(s.caller, "1000"), s.account(s.caller, "1010")
	item := `items: [{description: "Work", unitPrice: 1001}]`

	// What books, as calls that must be refused; what books nothing in the period, as calls that must not. A void is booked
	// on the day on which it is made.
	type calls struct{ refused, free []string }
	cases := map[string]calls{
		"invoiceCreate":   {free: []string{`(input: {customerId: "` + ada + `", issuedOn: ` + day + `, ` + item + `})`}},
		"invoiceUpdate":   {refused: []string{`(id: "` + invoice + `", input: {` + item + `})`, `(id: "` + invoice + `", input: {issuedOn: "2026-11-01", dueOn: "2026-12-01"})`}, free: []string{`(id: "` + invoice + `", input: {memo: "x"})`, `(id: "` + draft["invoice"] + `", input: {` + item + `})`}},
		"invoiceApprove":  {refused: []string{`(id: "` + draft["invoice"] + `")`}},
		"invoiceVoid":     {free: []string{`(id: "` + invoice + `", dryRun: true)`}},
		"invoiceMarkSent": {free: []string{`(id: "` + invoice + `")`}},
		"invoiceDelete":   {free: []string{`(id: "` + draft["invoice"] + `")`}},

		"billCreate":  {free: []string{`(input: {vendorId: "` + ada + `", issuedOn: ` + day + `, ` + item + `})`}},
		"billUpdate":  {refused: []string{`(id: "` + bill + `", input: {` + item + `})`, `(id: "` + bill + `", input: {issuedOn: "2026-01-01"})`}, free: []string{`(id: "` + draft["bill"] + `", input: {` + item + `})`}},
		"billApprove": {refused: []string{`(id: "` + draft["bill"] + `")`}},
		"billVoid":    {free: []string{`(id: "` + bill + `", dryRun: true)`}},
		"billDelete":  {free: []string{`(id: "` + draft["bill"] + `")`}},

		"creditNoteCreate":   {free: []string{`(input: {customerId: "` + ada + `", issuedOn: ` + day + `, ` + item + `})`}},
		"creditNoteUpdate":   {refused: []string{`(id: "` + credit + `", input: {` + item + `})`, `(id: "` + credit + `", input: {issuedOn: "2026-11-01"})`}, free: []string{`(id: "` + draft["creditNote"] + `", input: {` + item + `})`}},
		"creditNoteApprove":  {refused: []string{`(id: "` + draft["creditNote"] + `")`}},
		"creditNoteAllocate": {free: []string{`(id: "` + note + `", allocations: [{invoiceId: "` + abroad + `", amount: 500}])`, `(id: "` + note + `", allocations: [])`}},
		"creditNoteVoid":     {free: []string{`(id: "` + credit + `", dryRun: true)`}},
		"creditNoteDelete":   {free: []string{`(id: "` + draft["creditNote"] + `")`}},

		"vendorCreditNoteCreate":   {free: []string{`(input: {vendorId: "` + ada + `", issuedOn: ` + day + `, ` + item + `})`}},
		"vendorCreditNoteUpdate":   {refused: []string{`(id: "` + returned + `", input: {` + item + `})`, `(id: "` + returned + `", input: {issuedOn: "2026-11-01"})`}, free: []string{`(id: "` + draft["vendorCreditNote"] + `", input: {` + item + `})`}},
		"vendorCreditNoteApprove":  {refused: []string{`(id: "` + draft["vendorCreditNote"] + `")`}},
		"vendorCreditNoteAllocate": {free: []string{`(id: "` + yenReturned + `", allocations: [{billId: "` + yenBill + `", amount: 500}])`, `(id: "` + yenReturned + `", allocations: [])`}},
		"vendorCreditNoteVoid":     {free: []string{`(id: "` + returned + `", dryRun: true)`}},
		"vendorCreditNoteDelete":   {free: []string{`(id: "` + draft["vendorCreditNote"] + `")`}},

		"paymentRecord": {refused: []string{`(input: {customerId: "` + ada + `", paidOn: ` + day + `, amount: 1})`, `(input: {vendorId: "` + ada + `", paidOn: ` + day + `, amount: 1, allocations: [{billId: "` + bill + `", amount: 1}]})`}},
		// The difference of the rates is booked on the day on which it is allocated.
		"paymentAllocate": {
			free: []string{`(id: "` + yen + `", allocations: [{invoiceId: "` + abroad + `", amount: 500}])`, `(id: "` + payment + `", allocations: [{invoiceId: "` + invoice + `", amount: 1}])`, `(id: "` + payment + `", allocations: [])`, `(id: "` + yen + `", allocations: [])`},
		},
		"paymentVoid": {free: []string{`(id: "` + payment + `", dryRun: true)`}},

		"incomeCreate":  {refused: []string{`(input: {accountId: "` + a + `", moneyAccountId: "` + b + `", occurredOn: ` + day + `, amount: 1})`}},
		"incomeUpdate":  {refused: []string{`(id: "` + income + `", input: {amount: 1})`, `(id: "` + income + `", input: {occurredOn: "2026-10-01"})`}, free: []string{`(id: "` + income + `", input: {memo: "x"})`}},
		"incomeVoid":    {free: []string{`(id: "` + income + `", dryRun: true)`}},
		"expenseCreate": {refused: []string{`(input: {accountId: "` + a + `", moneyAccountId: "` + b + `", occurredOn: ` + day + `, amount: 1})`}},
		"expenseUpdate": {refused: []string{`(id: "` + expense + `", input: {amount: 1})`, `(id: "` + expense + `", input: {occurredOn: "2026-10-01"})`}, free: []string{`(id: "` + expense + `", input: {memo: "x"})`}},
		"expenseVoid":   {free: []string{`(id: "` + expense + `", dryRun: true)`}},

		"transferCreate": {refused: []string{`(input: {fromAccountId: "` + a + `", toAccountId: "` + b + `", occurredOn: ` + day + `, amount: 1})`}},
		"transferUpdate": {refused: []string{`(id: "` + transfer + `", input: {amount: 1})`, `(id: "` + transfer + `", input: {occurredOn: "2026-10-01"})`}, free: []string{`(id: "` + transfer + `", input: {memo: "x"})`}},
		"transferVoid":   {free: []string{`(id: "` + transfer + `", dryRun: true)`}},

		"salesPost":       {refused: []string{`(input: {storeId: "` + shop + `", businessDate: ` + day + `})`}},
		"dayCloseReverse": {refused: []string{`(id: "` + closed + `")`}},

		"journalEntryPost":    {refused: []string{`(input: {postedOn: ` + day + `, lines: [{accountId: "` + a + `", debit: 1}, {accountId: "` + b + `", credit: 1}]})`}},
		"journalEntryReverse": {refused: []string{`(id: "` + entry + `", input: {postedOn: ` + day + `})`, `(id: "` + free + `", input: {postedOn: ` + day + `})`}},
	}
	// Records in no closed period become ones.
	for name, call := range map[string]string{
		"invoiceUpdate":  `(id: "` + s.approve(s.draft(ada, "5")) + `", input: {issuedOn: ` + day + `})`,
		"incomeUpdate":   `(id: "` + s.made("incomeCreate", `mutation { incomeCreate(input: {accountId: "`+b+`", amount: 1}) { record { id } userErrors { code } } }`, nil) + `", input: {occurredOn: ` + day + `})`,
		"transferUpdate": `(id: "` + s.made("transferCreate", `mutation { transferCreate(input: {fromAccountId: "`+a+`", toAccountId: "`+b+`", amount: 1}) { record { id } userErrors { code } } }`, nil) + `", input: {occurredOn: ` + day + `})`,
	} {
		c := cases[name]
		c.refused = append(c.refused, call)
		cases[name] = c
	}

	types := s.column(`SELECT unnest(regexp_matches(pg_get_constraintdef(oid), '''(\w+)''', 'g')) FROM pg_constraint WHERE conname = 'journal_entries_canonical_type'`)
	var books []string
	for _, mutation := range resolvers.NewSchema(resolvers.Config{}).Schema().Mutation.Fields {
		if slices.Contains(types, strings.TrimSuffix(mutation.Type.Name(), "Payload")) {
			books = append(books, mutation.Name)
		}
	}
	if len(books) < 29 {
		t.Fatalf("only %q book anything", books)
	}
	booked := func() string {
		return fmt.Sprint(s.column(`SELECT count(*) || ' entries, ' || coalesce(sum(amount) FILTER (WHERE amount > 0), 0) || ' until June' FROM canonical.journal_lines WHERE posted_on <= '2026-06-30'`))
	}
	lock := func(lock string) {
		s.must(`mutation { periodLock(input: {`+lock+`}) { userErrors { path code message } } }`, nil).want(map[string]string{"data.periodLock.userErrors": "[]"})
	}
	refused := func(more string) {
		t.Helper()
		before := booked()
		for _, name := range books {
			c, known := cases[name]
			if !known || len(c.refused)+len(c.free) == 0 {
				t.Errorf("nobody calls %s on a closed period", name)
			}
			for _, call := range c.refused {
				call = strings.TrimSuffix(call, ")") + more
				if got := s.must(`mutation { m: `+name+call+` { record { id } userErrors { path code } } }`, nil).text("data.m"); got != `{"record":null,"userErrors":[{"code":"STATE","path":"`+dayField(name)+`"}]}` {
					t.Errorf("%s%s: %s", name, call, got)
				}
			}
		}
		if after := booked(); after != before {
			t.Errorf("booked until June: %s, then %s", before, after)
		}
	}
	lock(`softLockedUntil: "2026-06-30"`)
	refused(")")
	for _, name := range books {
		for _, call := range cases[name].free {
			before := booked()
			if s.must(`mutation { m: `+name+call+` { userErrors { path code message } } }`, nil).want(map[string]string{"data.m.userErrors": "[]"}); booked() != before {
				t.Errorf("%s%s books something", name, call)
			}
		}
	}
	// No draft and no sale that is not posted may be in a period that is closed for good, and none gets there.
	for _, sql := range []string{
		`UPDATE canonical.documents SET due_on = '2026-12-01', issued_on = '2026-11-01' WHERE state = 'draft'`,
		`UPDATE canonical.sales SET voided_at = now() WHERE id NOT IN (SELECT sale_id FROM canonical.day_close_sales)`,
	} {
		if _, err := s.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	lock(`hardLockedUntil: "2026-06-30", softLockedUntil: null`)
	for _, kind := range []string{"invoice", "bill", "creditNote", "vendorCreditNote"} {
		delete(cases, kind+"Approve")
		for _, call := range cases[kind+"Create"].free {
			s.must(`mutation { m: `+kind+`Create`+call+` { record { id } userErrors { path code } } }`, nil).
				want(map[string]string{"data.m": `{"record":null,"userErrors":[{"code":"STATE","path":"issuedOn"}]}`})
		}
		s.must(`mutation($id: ID!) { m: `+kind+`Update(id: $id, input: {issuedOn: `+day+`}) { userErrors { path code } } }`, variables{"id": drafts[kind]}).
			want(map[string]string{"data.m.userErrors": `[{"code":"STATE","path":"issuedOn"}]`})
		books = slices.DeleteFunc(books, func(name string) bool { return name == kind+"Approve" })
	}
	refused(", passSoftLock: true)")
	s.approve(today)
}

// dayField is the field of the record's day in a mutation's input, empty where it has none.
func dayField(mutation string) string {
	switch {
	case mutation == "paymentRecord":
		return "paidOn"
	case mutation == "salesPost":
		return "businessDate"
	case strings.HasPrefix(mutation, "journalEntry"):
		return "postedOn"
	case !strings.HasSuffix(mutation, "Create") && !strings.HasSuffix(mutation, "Update"):
		return ""
	case strings.HasPrefix(mutation, "income"), strings.HasPrefix(mutation, "expense"), strings.HasPrefix(mutation, "transfer"):
		return "occurredOn"
	}
	return "issuedOn"
}
