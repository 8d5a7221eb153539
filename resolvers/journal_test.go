package resolvers_test

import (
	"strings"
	"testing"

	"daybook/graph/model"
)

const postEntry = `mutation($a: ID!, $b: ID!, $on: Date, $dry: Boolean, $pass: Boolean, $credit: Decimal) {
	journalEntryPost(input: {postedOn: $on, memo: "By hand", lines: [{accountId: $a, debit: 50}, {accountId: $b, credit: $credit, memo: "Line"}]}, dryRun: $dry, passSoftLock: $pass) {
		record { id postedOn memo passedLock total { amount } lines { account { code } amount { amount } documentAmount { currency } memo } }
		lines { purpose accountCode amount { amount } }
		userErrors { path code } } }`

func (s *service) entry(c caller, on string) variables {
	return variables{"a": s.account(c, "6800"), "b": s.account(c, "1590"), "on": on, "credit": "50.00"}
}

// TestJournalByHand books an entry, looks at it and undoes it, with no worker.
func TestJournalByHand(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.refreshed()
	vars := s.entry(s.caller, "2026-02-03")
	vars["dry"] = true
	s.must(postEntry, vars).want(map[string]string{
		"data.journalEntryPost.lines":             `[{"accountCode":"6800","amount":{"amount":"50.00"},"purpose":"MANUAL"},{"accountCode":"1590","amount":{"amount":"-50.00"},"purpose":"MANUAL"}]`,
		"data.journalEntryPost.record.total":      `{"amount":"50.00"}`,
		"data.journalEntryPost.record.lines.1":    `{"account":{"code":"1590"},"amount":{"amount":"-50.00"},"documentAmount":{"currency":"AUD"},"memo":"Line"}`,
		"data.journalEntryPost.record.passedLock": "false",
		"data.journalEntryPost.userErrors":        "[]",
	})
	s.must(`{ journalEntries { totalCount } }`, nil).want(map[string]string{"data.journalEntries.totalCount": "0"})
	vars["dry"], vars["credit"] = false, "49.99"
	s.must(postEntry, vars).want(map[string]string{"data.journalEntryPost": `{"lines":null,"record":null,"userErrors":[{"code":"INVALID","path":"lines"}]}`})
	vars["credit"] = "50"
	a := s.must(postEntry, vars)
	id := a.text("data.journalEntryPost.record.id")
	a.want(map[string]string{
		"data.journalEntryPost.record": `{"id":"` + id + `","lines":[{"account":{"code":"6800"},"amount":{"amount":"50.00"},"documentAmount":{"currency":"AUD"},"memo":""},` +
			`{"account":{"code":"1590"},"amount":{"amount":"-50.00"},"documentAmount":{"currency":"AUD"},"memo":"Line"}],"memo":"By hand","passedLock":false,"postedOn":"2026-02-03","total":{"amount":"50.00"}}`,
	})
	const reverse = `mutation($id: ID!, $dry: Boolean) { journalEntryReverse(id: $id, dryRun: $dry) {
		record { purpose reverses { id reversedBy { purpose } } canonical { id } } lines { accountCode amount { amount } } userErrors { path code } } }`
	s.must(reverse, variables{"id": id, "dry": true}).want(map[string]string{
		"data.journalEntryReverse.lines": `[{"accountCode":"6800","amount":{"amount":"-50.00"}},{"accountCode":"1590","amount":{"amount":"50.00"}}]`,
	})
	s.must(reverse, variables{"id": id}).want(map[string]string{
		"data.journalEntryReverse.record": `{"canonical":{"id":"` + id + `"},"purpose":"REVERSAL","reverses":{"id":"` + id + `","reversedBy":{"purpose":"REVERSAL"}}}`,
	})
	s.must(reverse, variables{"id": id}).want(map[string]string{"data.journalEntryReverse.userErrors": `[{"code":"STATE","path":"id"}]`})
	s.must(reverse, variables{"id": "Account:1"}).want(map[string]string{"data.journalEntryReverse.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`})
	s.must(`query($id: ID!) { journalEntries(filter: {canonicalId: $id}) { totalCount }
			manual: journalEntries(filter: {purpose: MANUAL, postedFrom: "2026-02-03", postedTo: "2026-02-03"}) { totalCount } journalEntry(id: $id) { reversedBy { purpose } } }`, variables{"id": id}).want(map[string]string{
		"data.journalEntries.totalCount": "2", "data.manual.totalCount": "1", "data.journalEntry.reversedBy.purpose": "REVERSAL",
	})
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const create = `mutation($code: String!) { accountCreate(input: {code: $code, name: "Donations", type: INCOME}) { record { id version code type systemRole balance { amount } } userErrors { path code } } }`
	a := s.must(create, variables{"code": "4850"})
	id := a.text("data.accountCreate.record.id")
	a.want(map[string]string{"data.accountCreate.record": `{"balance":{"amount":"0.00"},"code":"4850","id":"` + id + `","systemRole":null,"type":"INCOME","version":1}`})
	s.must(create, variables{"code": "4850"}).want(map[string]string{"data.accountCreate.userErrors": `[{"code":"TAKEN","path":"code"}]`})
	s.must(`mutation($id: ID!) { a: accountUpdate(id: $id, input: {name: "Gifts"}) { record { name version } }
			b: accountUpdate(id: $id, expectedVersion: 1, input: {name: "Lost"}) { userErrors { path code } } c: accountArchive(id: $id) { record { name archivedAt } } }`, variables{"id": id}).want(map[string]string{
		"data.a.record": `{"name":"Gifts","version":2}`, "data.b.userErrors": `[{"code":"CONFLICT","path":"expectedVersion"}]`, "data.c.record.name": "Gifts",
	})
	s.must(`mutation($id: ID!) { accountArchive(id: $id) { userErrors { path code } } }`, variables{"id": s.account(s.caller, "1000")}).want(map[string]string{
		"data.accountArchive.userErrors": `[{"code":"STATE","path":"id"}]`,
	})
	s.must(`{ accounts(filter: {archived: true}) { totalCount nodes { id } } live: accounts(first: 1, filter: {type: EXPENSE, search: "BANK"}) { totalCount nodes { code } } }`, nil).want(map[string]string{
		"data.accounts.totalCount": "1", "data.accounts.nodes.0.id": id, "data.live.totalCount": "1", "data.live.nodes.0.code": "6600",
	})
}

// TestNothingBooksIntoALockedPeriod tries every mutation that would book behind the lock.
func TestNothingBooksIntoALockedPeriod(t *testing.T) {
	t.Parallel()
	s := serve(t)
	party := s.person("Ada")
	day := func(query string, vars variables) { s.t.Helper(); s.must(query, vars) }
	made := func(mutation string, id string) string {
		day(`mutation($id: ID!) { `+strings.Replace(mutation, "Approve", "Update", 1)+`(id: $id, input: {issuedOn: "2026-01-10", dueOn: "2026-01-20"}) { userErrors { message } } }`, variables{"id": id})
		return s.of(mutation, id)
	}
	invoice, bill := made("invoiceApprove", s.draft(party, "100.00")), made("billApprove", s.bill(party, "70.00"))
	s.made("paymentRecord", `mutation($p: ID!, $i: ID!) { paymentRecord(input: {customerId: $p, amount: 10, paidOn: "2026-01-11", allocations: [{invoiceId: $i, amount: 10}]}) {
		record { id } userErrors { path message } } }`, variables{"p": party, "i": invoice})
	income, expense, transfer := s.money(s.caller)
	entry := s.must(postEntry, s.entry(s.caller, "2026-01-15")).text("data.journalEntryPost.record.id")
	late := s.draft(party, "30.00")

	s.must(`mutation { periodLock(input: {softLockedUntil: "2026-03-31", hardLockedUntil: "2026-02-28"}) { record { softLockedUntil hardLockedUntil } userErrors { path } } }`, nil).want(map[string]string{
		"data.periodLock": `{"record":{"hardLockedUntil":"2026-02-28","softLockedUntil":"2026-03-31"},"userErrors":[]}`,
	})
	s.must(`mutation { periodLock(input: {hardLockedUntil: "2026-01-31"}) { record { name } userErrors { path code } } }`, nil).want(map[string]string{
		"data.periodLock": `{"record":null,"userErrors":[{"code":"STATE","path":"hardLockedUntil"}]}`,
	})
	s.must(`{ viewer { organization { softLockedUntil hardLockedUntil } } }`, nil).want(map[string]string{"data.viewer.organization": `{"hardLockedUntil":"2026-02-28","softLockedUntil":"2026-03-31"}`})

	before := s.column(`SELECT count(*)::text FROM canonical.journal_entries`)[0]
	vars := variables{"party": party, "a": s.account(s.caller, "6800"), "b": s.account(s.caller, "1590"), "bank": s.account(s.caller, "1000")}
	for name, try := range map[string]struct{ arguments, id string }{
		"journalEntryReverse": {`, input: {postedOn: "2026-02-28"}, passSoftLock: true`, entry},
		"invoiceUpdate":       {`, input: {issuedOn: "2026-01-09"}`, invoice},
		"billUpdate":          {`, input: {issuedOn: "2026-01-09"}`, bill},
		"incomeUpdate":        {`, input: {amount: 111}`, income},
		"expenseUpdate":       {`, input: {amount: 21}`, expense},
		"transferUpdate":      {`, input: {amount: 51}`, transfer},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			a := s.must(`mutation($id: ID!) { `+name+`(id: $id`+try.arguments+`) { record { id } userErrors { path code message } } }`, variables{"id": try.id})
			if a.text("data."+name+".record") != "null" || a.text("data."+name+".userErrors.0.code") != "STATE" {
				t.Errorf("%s: %s", name, a)
			}
		})
	}
	for name, query := range map[string]string{
		"paymentRecord":    `paymentRecord(input: {customerId: $party, amount: 5, paidOn: "2026-02-01"})`,
		"incomeCreate":     `incomeCreate(input: {accountId: $a, amount: 5, occurredOn: "2026-02-01"})`,
		"expenseCreate":    `expenseCreate(input: {accountId: $a, amount: 5, occurredOn: "2026-02-01"})`,
		"transferCreate":   `transferCreate(input: {fromAccountId: $b, toAccountId: $bank, amount: 5, occurredOn: "2026-02-01"})`,
		"journalEntryPost": `journalEntryPost(input: {postedOn: "2026-02-28", lines: [{accountId: $a, debit: 1}, {accountId: $b, credit: 1}]}, passSoftLock: true)`,
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			var given []string
			for name := range vars {
				if strings.Contains(query, "$"+name) {
					given = append(given, "$"+name+": ID!")
				}
			}
			a := s.must(`mutation(`+strings.Join(given, ", ")+`) { refused: `+query+` { record { id } userErrors { path code message } } }`, vars)
			if a.text("data.refused.record") != "null" || a.text("data.refused.userErrors.0.code") != "STATE" {
				t.Errorf("%s: %s", name, a)
			}
		})
	}
	// A draft is not even dated in the period: it could never be approved.
	s.must(`mutation($id: ID!, $p: ID!) { a: invoiceUpdate(id: $id, input: {issuedOn: "2026-02-02"}, passSoftLock: true) { record { id } userErrors { path code } }
			b: billCreate(input: {vendorId: $p, issuedOn: "2026-02-28", items: [{description: "x", unitPrice: 1}]}) { record { id } userErrors { path code } } }`, variables{"id": late, "p": party}).want(map[string]string{
		"data.a": `{"record":null,"userErrors":[{"code":"STATE","path":"issuedOn"}]}`,
		"data.b": `{"record":null,"userErrors":[{"code":"STATE","path":"issuedOn"}]}`,
	})
	if after := s.column(`SELECT count(*)::text FROM canonical.journal_entries`)[0]; after != before {
		t.Errorf("there were %s entries and are %s", before, after)
	}

	// The soft lock lets through who may and asks to.
	vars = s.entry(s.caller, "2026-03-15")
	s.must(postEntry, vars).want(map[string]string{"data.journalEntryPost.userErrors.0.code": "STATE"})
	vars["pass"] = true
	passed := s.must(postEntry, vars)
	passed.want(map[string]string{"data.journalEntryPost.record.passedLock": "true"})
	for _, mode := range []string{"exact", "auto"} {
		s.must(`{ passed: journalEntries(filter: {passedLock: true}) { nodes { id } } all: journalEntries { totalCount } others: journalEntries(filter: {passedLock: false}) { totalCount } }`, nil, "Daybook-Read", mode).want(map[string]string{
			"data.passed.nodes": `[{"id":"` + passed.text("data.journalEntryPost.record.id") + `"}]`,
			"data.all":          `{"totalCount":` + s.column(`SELECT count(*)::text FROM canonical.journal_entries WHERE organization_id = $1`, s.organizationID)[0] + `}`,
			"data.others":       `{"totalCount":` + s.column(`SELECT count(*)::text FROM canonical.journal_entries WHERE organization_id = $1 AND NOT passed_lock`, s.organizationID)[0] + `}`,
		})
	}
	s.member(s.organizationID, model.RoleStaff).must(postEntry, vars).want(map[string]string{"data.journalEntryPost.userErrors.0.code": "FORBIDDEN"})
	s.member(s.organizationID, model.RoleStaff).must(`mutation { periodLock(input: {softLockedUntil: null}) { userErrors { code } } }`, nil).want(map[string]string{
		"data.periodLock.userErrors.0.code": "FORBIDDEN",
	})
}

// TestBooksOfOthers: nothing of another organization's books is found, named or changed.
func TestBooksOfOthers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	entry := s.must(postEntry, s.entry(s.caller, "2026-01-15")).text("data.journalEntryPost.record.id")
	account := s.account(s.caller, "6800")
	other := s.organization("Difference Engines")
	other.must(`query($a: ID!, $e: ID!) { account(id: $a) { id } journalEntry(id: $e) { id } a: node(id: $a) { id } e: node(id: $e) { id }
			journalEntries(filter: {canonicalId: $e}) { nodes { id } } trialBalance { rows { account { id } } } balanceSheet { assets { rows { account { id } } } } accounts(first: 200) { nodes { balance { amount } } } }`,
		variables{"a": account, "e": entry}).want(map[string]string{
		"data.account": "null", "data.journalEntry": "null", "data.a": "null", "data.e": "null",
		"data.journalEntries.nodes": "[]", "data.trialBalance.rows": "[]", "data.balanceSheet.assets.rows": "[]",
	})
	if a := other.must(`{ accounts(first: 200) { nodes { id balance { amount } } } }`, nil); strings.Contains(a.text("data"), `"50.00"`) || strings.Contains(a.text("data"), `"`+account+`"`) {
		t.Errorf("a balance of another organization: %s", a)
	}
	other.call(`query($a: ID!) { accountRegister(accountId: $a) { nodes { amount { amount } } } }`, variables{"a": account}).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	vars := s.entry(other, "2026-01-15")
	vars["a"] = account
	other.must(postEntry, vars).want(map[string]string{"data.journalEntryPost.userErrors": `[{"code":"NOT_FOUND","path":"lines.0.accountId"}]`})
	other.must(`mutation($a: ID!, $e: ID!) { u: accountUpdate(id: $a, input: {name: "Mine"}) { userErrors { code } } x: accountArchive(id: $a) { userErrors { code } } r: journalEntryReverse(id: $e) { userErrors { code } } }`,
		variables{"a": account, "e": entry}).want(map[string]string{
		"data.u.userErrors.0.code": "NOT_FOUND", "data.x.userErrors.0.code": "NOT_FOUND", "data.r.userErrors.0.code": "NOT_FOUND",
	})
}
