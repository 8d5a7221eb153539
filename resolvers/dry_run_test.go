package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// rows counts and sums up every canonical row there is, table by table.
func (s *service) rows() []string {
	s.t.Helper()
	var all []string
	for _, table := range s.column(`SELECT relname::text FROM pg_class WHERE relnamespace = 'canonical'::regnamespace AND relkind = 'r' ORDER BY 1`) {
		all = append(all, s.column(fmt.Sprintf(`SELECT '%[1]s ' || count(*) || ' ' || coalesce(md5(string_agg(r::text, ',' ORDER BY r::text)), '') FROM canonical.%[1]s AS r`, table))...)
	}
	return all
}

// TestDryRuns rehearses every mutation that books: each answers what would be, and leaves every
// table as it was. Made in earnest afterwards, it books what the dry run has shown.
func TestDryRuns(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	draft, invoice, bill, note := s.draft(ada, "10.00"), s.approve(s.draft(ada, "100.00")), s.bill(ada, "20.00"), s.creditNote(ada, "5.00")
	spare, draftBill, draftNote := s.approve(s.draft(ada, "3.00")), s.bill(ada, "4.00"), s.creditNote(ada, "6.00")
	spareBill, spareNote := s.bill(ada, "4.00"), s.creditNote(ada, "6.00")
	for mutation, ids := range map[string][]string{"billApprove": {bill, spareBill}, "creditNoteApprove": {note, spareNote}} {
		for _, id := range ids {
			s.of(mutation, id)
		}
	}
	payment := s.pay(ada, invoice, "30.00")
	abroad, yen := s.abroad(s.person("Grace"), "2026-02-01")
	income, expense, transfer := s.money(s.caller)
	item := `items: [{description: "Work", unitPrice: 40}]`
	s.refreshed()
	for _, c := range []struct{ call, selection, record, lines string }{
		{`invoiceCreate(input: {customerId: "` + ada + `", ` + item + `}, idempotencyKey: "a"`, `state number items { description } customer { fullName invoiceCount }`,
			`{"customer":{"fullName":"Ada","invoiceCount":4},"items":[{"description":"Work"}],"number":null,"state":"DRAFT"}`, ""},
		{`invoiceUpdate(id: "` + invoice + `", input: {` + item + `}`, `due { amount } payments { amount { amount } payment { amount { amount } } } customer { balances { amount } }`,
			`{"customer":{"balances":[{"amount":"13.00"}]},"due":{"amount":"10.00"},"payments":[{"amount":{"amount":"30.00"},"payment":{"amount":{"amount":"30.00"}}}]}`,
			"REVERSAL 1100 -100.00, REVERSAL 4000 100.00, POSTING 1100 40.00, POSTING 4000 -40.00"},
		{`invoiceApprove(id: "` + draft + `"`, `number state due { amount }`, `{"due":{"amount":"10.00"},"number":"INV-0004","state":"APPROVED"}`, "POSTING 1100 10.00, POSTING 4000 -10.00"},
		{`invoiceVoid(id: "` + spare + `"`, `number state`, `{"number":"INV-0002","state":"VOID"}`, "REVERSAL 1100 -3.00, REVERSAL 4000 3.00"},
		{`billCreate(input: {vendorId: "` + ada + `", ` + item + `}, idempotencyKey: "b"`, `total { amount }`, `{"total":{"amount":"40.00"}}`, ""},
		{`billUpdate(id: "` + bill + `", input: {` + item + `}`, `due { amount }`, `{"due":{"amount":"40.00"}}`,
			"REVERSAL 5000 -20.00, REVERSAL 2000 20.00, POSTING 5000 40.00, POSTING 2000 -40.00"},
		{`billApprove(id: "` + draftBill + `"`, `number`, `{"number":"BILL-0003"}`, "POSTING 5000 4.00, POSTING 2000 -4.00"},
		{`billVoid(id: "` + spareBill + `"`, `state`, `{"state":"VOID"}`, "REVERSAL 5000 -4.00, REVERSAL 2000 4.00"},
		{`creditNoteCreate(input: {customerId: "` + ada + `", ` + item + `}, idempotencyKey: "c"`, `total { amount }`, `{"total":{"amount":"40.00"}}`, ""},
		{`creditNoteUpdate(id: "` + note + `", input: {` + item + `}`, `remaining { amount }`, `{"remaining":{"amount":"40.00"}}`,
			"REVERSAL 4200 -5.00, REVERSAL 1100 5.00, POSTING 4200 40.00, POSTING 1100 -40.00"},
		{`creditNoteApprove(id: "` + draftNote + `"`, `number`, `{"number":"CN-0003"}`, "POSTING 4200 6.00, POSTING 1100 -6.00"},
		{`creditNoteAllocate(id: "` + note + `", allocations: [{invoiceId: "` + invoice + `", amount: 2}]`, `remaining { amount } allocations { amount { amount } invoice { due { amount } credits { creditNote { used { amount } } } } }`,
			`{"allocations":[{"amount":{"amount":"2.00"},"invoice":{"credits":[{"creditNote":{"used":{"amount":"2.00"}}}],"due":{"amount":"8.00"}}}],"remaining":{"amount":"38.00"}}`, ""},
		{`creditNoteVoid(id: "` + spareNote + `"`, `state`, `{"state":"VOID"}`, "REVERSAL 4200 -6.00, REVERSAL 1100 6.00"},
		{`paymentRecord(input: {customerId: "` + ada + `", amount: 9, allocations: [{invoiceId: "` + invoice + `", amount: 7}]}, idempotencyKey: "d"`,
			`unallocated { amount } allocations { amount { amount } document { ... on Invoice { due { amount } payments { payment { unallocated { amount } } } } } } customer { partyBalances { unallocatedIn { amount } } }`,
			`{"allocations":[{"amount":{"amount":"7.00"},"document":{"due":{"amount":"1.00"},"payments":[{"payment":{"unallocated":{"amount":"0.00"}}},{"payment":{"unallocated":{"amount":"2.00"}}}]}}],` +
				`"customer":{"partyBalances":[{"unallocatedIn":{"amount":"2.00"}}]},"unallocated":{"amount":"2.00"}}`, "POSTING 1000 9.00, POSTING 1100 -9.00"},
		{`paymentAllocate(id: "` + payment + `", allocations: [{invoiceId: "` + invoice + `", amount: 12}]`,
			`version unallocated { amount } allocations { amount { amount } document { ... on Invoice { due { amount } } } } customer { partyBalances { unallocatedIn { amount } } }`,
			`{"allocations":[{"amount":{"amount":"12.00"},"document":{"due":{"amount":"19.00"}}}],"customer":{"partyBalances":[{"unallocatedIn":{"amount":"20.00"}}]},"unallocated":{"amount":"18.00"},"version":2}`, ""},
		{`paymentAllocate(id: "` + yen + `", allocations: [{invoiceId: "` + abroad + `", amount: 500}]`, `unallocated { amount } customer { partyBalances { receivable { amount } } }`,
			`{"customer":{"partyBalances":[{"receivable":{"amount":"500"}}]},"unallocated":{"amount":"500"}}`,
			"REVERSAL 1000 -30.00, REVERSAL 1100 30.00, POSTING 1000 30.00, POSTING 1100 -20.00, POSTING 4900 -10.00"},
		{`paymentVoid(id: "` + payment + `"`, `allocated { amount }`, `{"allocated":{"amount":"0.00"}}`, "REVERSAL 1000 -30.00, REVERSAL 1100 30.00"},
		{`incomeCreate(input: {accountId: "` + s.account(s.caller, "4100") + `", amount: 8}, idempotencyKey: "e"`, `account { code } amount { amount }`, `{"account":{"code":"4100"},"amount":{"amount":"8.00"}}`, "POSTING 1000 8.00, POSTING 4100 -8.00"},
		{`incomeUpdate(id: "` + income + `", input: {amount: 1}`, `version`, `{"version":2}`, "REVERSAL 1000 -110.00, REVERSAL 1050 110.00, POSTING 1000 1.00, POSTING 1050 -1.00"},
		{`incomeVoid(id: "` + income + `"`, `amount { amount }`, `{"amount":{"amount":"1.00"}}`, "REVERSAL 1000 -1.00, REVERSAL 1050 1.00"},
		{`expenseCreate(input: {accountId: "` + s.account(s.caller, "6500") + `", amount: 8}, idempotencyKey: "f"`, `account { code }`, `{"account":{"code":"6500"}}`, "POSTING 6500 8.00, POSTING 1000 -8.00"},
		{`expenseUpdate(id: "` + expense + `", input: {amount: 1}`, `version`, `{"version":2}`, "REVERSAL 1050 -20.00, REVERSAL 1000 20.00, POSTING 1050 1.00, POSTING 1000 -1.00"},
		{`expenseVoid(id: "` + expense + `"`, `version`, `{"version":3}`, "REVERSAL 1050 -1.00, REVERSAL 1000 1.00"},
		{`transferCreate(input: {fromAccountId: "` + s.account(s.caller, "1000") + `", toAccountId: "` + s.account(s.caller, "1010") + `", amount: 8}, idempotencyKey: "g"`, `toAccount { code balance { amount } }`,
			`{"toAccount":{"balance":{"amount":"58.00"},"code":"1010"}}`, "POSTING 1010 8.00, POSTING 1000 -8.00"},
		{`transferUpdate(id: "` + transfer + `", input: {amount: 1, fee: 0}`, `version`, `{"version":2}`,
			"REVERSAL 1010 -50.00, REVERSAL 6600 -1.00, REVERSAL 1000 51.00, POSTING 1010 1.00, POSTING 1000 -1.00"},
		{`transferVoid(id: "` + transfer + `"`, `voidedAt version`, ``, "REVERSAL 1010 -1.00, REVERSAL 1000 1.00"},
	} {
		t.Run(c.call, func(t *testing.T) {
			s := s.in(t)
			lines := func(a answer) string {
				var list []string
				for i := 0; a.at(fmt.Sprintf("data.m.lines.%d", i)) != nil; i++ {
					line := fmt.Sprintf("data.m.lines.%d.", i)
					list = append(list, a.text(line+"purpose")+" "+a.text(line+"accountCode")+" "+a.text(line+"amount.amount"))
				}
				return strings.Join(list, ", ")
			}
			before := s.rows()
			dry := s.must(`mutation { m: `+c.call+`, dryRun: true) { record { id `+c.selection+` } lines { purpose accountCode amount { amount } } userErrors { path code message } } }`, nil)
			record, _ := dry.at("data.m.record").(map[string]any)
			delete(record, "id")
			if got := dry.text("data.m.record"); c.record != "" && got != c.record {
				t.Errorf("%s would make\n%s, not\n%s; %s", c.call, got, c.record, dry.text("data.m.userErrors"))
			}
			if got := lines(dry); got != c.lines {
				t.Errorf("%s would book\n%s, not\n%s; %s", c.call, got, c.lines, dry.text("data.m.userErrors"))
			}
			if diff := cmp.Diff(before, s.rows()); diff != "" {
				t.Errorf("the dry run of %s wrote:\n%s", c.call, diff)
			}
			since := s.column(`SELECT coalesce(max(id), 0)::text FROM canonical.journal_entries`)[0]
			s.must(`mutation { m: `+c.call+`) { lines { purpose } record { id } userErrors { path code message } } }`, nil).want(map[string]string{"data.m.userErrors": "[]", "data.m.lines": "null"})
			booked := s.column(`SELECT upper(e.purpose) || ' ' || a.code || ' ' || canonical.major(l.amount, 'AUD') FROM canonical.journal_entries AS e
				JOIN canonical.journal_lines AS l ON (l.organization_id, l.entry_id) = (e.organization_id, e.id)
				JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (l.organization_id, l.account_id) WHERE e.id > $1::text::bigint ORDER BY e.id, l.line`, since)
			if got := strings.Join(booked, ", "); got != c.lines {
				t.Errorf("%s booked\n%s, not\n%s", c.call, got, c.lines)
			}
		})
	}
}

// TestDryRunsTogether makes several in one request, of one record and of a number series, with
// the real write behind them; and those that are refused.
func TestDryRunsTogether(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	draft := s.draft(ada, "10.00")
	const approve = `(id: $id, dryRun: true) { record { number state } lines { accountCode } userErrors { path code } }`
	s.must(`mutation($id: ID!) { a: invoiceApprove`+approve+` b: invoiceApprove`+approve+` c: invoiceVoid`+approve+`
		d: invoiceApprove(id: $id) { record { number } lines { accountCode } userErrors { path code } } e: invoiceVoid`+approve+` }`, variables{"id": draft}).want(map[string]string{
		"data.a": `{"lines":[{"accountCode":"1100"},{"accountCode":"4000"}],"record":{"number":"INV-0001","state":"APPROVED"},"userErrors":[]}`,
		"data.b": `{"lines":[{"accountCode":"1100"},{"accountCode":"4000"}],"record":{"number":"INV-0001","state":"APPROVED"},"userErrors":[]}`,
		"data.c": `{"lines":null,"record":null,"userErrors":[{"code":"STATE","path":"id"}]}`,
		"data.d": `{"lines":null,"record":{"number":"INV-0001"},"userErrors":[]}`,
		"data.e": `{"lines":[{"accountCode":"1100"},{"accountCode":"4000"}],"record":{"number":"INV-0001","state":"VOID"},"userErrors":[]}`,
	})
	s.must(`query($id: ID!) { invoice(id: $id) { number state } }`, variables{"id": draft}).want(map[string]string{"data.invoice": `{"number":"INV-0001","state":"APPROVED"}`})
	for role, want := range map[model.Role]string{model.RoleStaff: "FORBIDDEN", model.RoleReader: "FORBIDDEN"} {
		s.member(s.organizationID, role).must(`mutation($id: ID!) { invoiceVoid(id: $id, dryRun: true) { record { id } lines { accountCode } userErrors { code } } }`, variables{"id": draft}).
			want(map[string]string{"data.invoiceVoid": `{"lines":null,"record":null,"userErrors":[{"code":"` + want + `"}]}`})
	}
	s.must(`mutation($id: ID!) { billVoid(id: $id, dryRun: true) { userErrors { path code } } }`, variables{"id": draft}).
		want(map[string]string{"data.billVoid.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`})
	// Nothing is left open: every connection is back in its pool.
	if held := s.pool.Stat().AcquiredConns(); held != 0 {
		t.Errorf("%d connections are held", held)
	}
}

// TestPassingTheSoftLock asks for every kind of posting into a locked period: refused, refused to
// staff, let through for those who may, and shown by a dry run.
func TestPassingTheSoftLock(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	ada := s.person("Ada")
	on := `"2026-02-01"`
	old := func(mutation, party string) string {
		return s.made(mutation, `mutation($p: ID!) { `+mutation+`(input: {`+party+`: $p, issuedOn: `+on+`, items: [{description: "x", unitPrice: 1}]}) { record { id } userErrors { path } } }`, variables{"p": ada})
	}
	invoice, bill, note := old("invoiceCreate", "customerId"), old("billCreate", "vendorId"), old("creditNoteCreate", "customerId")
	income, expense, transfer := s.money(s.caller)
	abroad, yen := s.abroad(ada, "2026-02-01")
	s.must(`mutation { periodLock(input: {softLockedUntil: "2026-03-31"}) { userErrors { path } } }`, nil)
	staff := s.member(s.organizationID, model.RoleStaff)
	today := s.column(`SELECT (now() AT TIME ZONE time_zone)::date::text FROM canonical.organizations WHERE id = $1`, s.organizationID)[0]
	for _, call := range []string{
		`invoiceApprove(id: "` + invoice + `"`, `invoiceUpdate(id: "` + invoice + `", input: {items: [{description: "x", unitPrice: 2}]}`, `invoiceVoid(id: "` + invoice + `"`,
		`billApprove(id: "` + bill + `"`, `billUpdate(id: "` + bill + `", input: {items: [{description: "x", unitPrice: 2}]}`, `billVoid(id: "` + bill + `"`,
		`creditNoteApprove(id: "` + note + `"`, `creditNoteUpdate(id: "` + note + `", input: {items: [{description: "x", unitPrice: 2}]}`, `creditNoteVoid(id: "` + note + `"`,
		`paymentRecord(input: {customerId: "` + ada + `", amount: 1, paidOn: ` + on + `}`,
		`incomeCreate(input: {accountId: "` + s.account(s.caller, "4100") + `", amount: 1, occurredOn: ` + on + `}`,
		`incomeUpdate(id: "` + income + `", input: {amount: 5}`, `incomeVoid(id: "` + income + `"`,
		`expenseCreate(input: {accountId: "` + s.account(s.caller, "6500") + `", amount: 1, occurredOn: ` + on + `}`,
		`expenseUpdate(id: "` + expense + `", input: {amount: 5}`, `expenseVoid(id: "` + expense + `"`,
		`transferCreate(input: {fromAccountId: "` + s.account(s.caller, "1000") + `", toAccountId: "` + s.account(s.caller, "1010") + `", amount: 1, occurredOn: ` + on + `}`,
		`transferUpdate(id: "` + transfer + `", input: {amount: 5}`, `transferVoid(id: "` + transfer + `"`,
	} {
		mutation, _, _ := strings.Cut(call, "(")
		for _, dry := range []string{"true", "false"} {
			if strings.HasSuffix(mutation, "Void") { // booked today
				s.must(`mutation { m: `+call+`, dryRun: true) { lines { postedOn } userErrors { path code } } }`, nil).
					want(map[string]string{"data.m.lines.0.postedOn": today, "data.m.userErrors": "[]"})
			} else {
				s.must(`mutation { m: `+call+`, dryRun: `+dry+`) { record { id } userErrors { path code } } }`, nil).
					want(map[string]string{"data.m": `{"record":null,"userErrors":[{"code":"STATE","path":"` + dayField(mutation) + `"}]}`})
			}
			errors := staff.must(`mutation { m: `+call+`, passSoftLock: true, dryRun: `+dry+`) { userErrors { path code } } }`, nil).text("data.m.userErrors")
			if !strings.Contains(errors, "FORBIDDEN") {
				t.Errorf("staff pass the lock by %s: %s", call, errors)
			}
			a := s.must(`mutation { m: `+call+`, passSoftLock: true, dryRun: `+dry+`) { record { id } lines { postedOn } userErrors { path code message } } }`, nil)
			if a.text("data.m.userErrors") != "[]" || dry == "true" && a.at("data.m.lines.1") == nil {
				t.Errorf("%s, dry %s: %s", call, dry, a)
			}
		}
	}
	// An allocation books on its own day if it may, and today otherwise.
	for pass, day := range map[string]string{"true": strings.Trim(on, `"`), "false": today} {
		s.must(`mutation { m: paymentAllocate(id: "`+yen+`", allocations: [{invoiceId: "`+abroad+`", amount: 500}], dryRun: true, passSoftLock: `+pass+`) {
			lines { postedOn } userErrors { path code } } }`, nil).want(map[string]string{"data.m.userErrors": "[]", "data.m.lines.0.postedOn": day})
	}
	if n := s.column(`SELECT count(*)::text FROM canonical.journal_entries WHERE passed_lock IS DISTINCT FROM (created_at > (SELECT updated_at FROM canonical.organizations WHERE id = $1))`, s.organizationID); n[0] != "0" {
		t.Errorf("%s entries do not tell whether they passed the lock", n[0])
	}
}
