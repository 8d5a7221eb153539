package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daybook/graph/model"
)

// bound makes a member with the role who is bound to stores.
func (s *service) bound(role model.Role, stores ...string) caller {
	s.t.Helper()
	ctx := s.t.Context()
	email := fmt.Sprintf("bound-%s@%d.example", strings.ToLower(string(role)), s.organizationID)
	user, err := s.store.MemberSet(ctx, s.organizationID, "Bound "+string(role), email, role)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.MemberStoresSet(ctx, s.organizationID, user, stores); err != nil {
		s.t.Fatal(err)
	}
	token, err := s.store.TokenCreate(ctx, s.organizationID, user, "test", "", 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return caller{t: s.t, url: s.url, token: token, organizationID: s.organizationID}
}

// shopRecords makes a record of every kind that is of a store, with the text and of the amount, and returns their ids by type. The
// office, which is no store, has those without a till.
func (s *service) shopRecords(c caller, store *string, party, text, amount string) map[string]string {
	s.t.Helper()
	vars := variables{"s": store, "p": party, "t": text, "a": amount, "income": s.account(s.caller, "4810"), "cost": s.account(s.caller, "6100"),
		"bank": s.account(s.caller, "1000"), "cash": s.account(s.caller, "1010")}
	document := func(kind, role, more string) string {
		return c.made(kind+"Create", `mutation($s: ID, $p: ID!, $t: String, $a: Decimal!) { `+kind+`Create(input: {`+role+`: $p, storeId: $s, memo: $t`+more+`,
			items: [{description: $t, unitPrice: $a}]}) { record { id } userErrors { path code message } } }`, vars)
	}
	ids := map[string]string{
		"Invoice":          c.approve(document("invoice", "customerId", ", externalRef: $t")),
		"Bill":             c.of("billApprove", document("bill", "vendorId", "")),
		"CreditNote":       c.of("creditNoteApprove", document("creditNote", "customerId", "")),
		"VendorCreditNote": c.of("vendorCreditNoteApprove", document("vendorCreditNote", "vendorId", "")),
		"Income": c.made("incomeCreate", `mutation($s: ID, $t: String, $a: Decimal!, $income: ID!, $bank: ID!) { incomeCreate(input: {accountId: $income, moneyAccountId: $bank,
			amount: $a, memo: $t, storeId: $s}) { record { id } userErrors { path code message } } }`, vars),
		"Expense": c.made("expenseCreate", `mutation($s: ID, $t: String, $a: Decimal!, $cost: ID!, $bank: ID!) { expenseCreate(input: {accountId: $cost, moneyAccountId: $bank,
			amount: $a, memo: $t, storeId: $s}) { record { id } userErrors { path code message } } }`, vars),
		"Transfer": c.made("transferCreate", `mutation($s: ID, $t: String, $a: Decimal!, $bank: ID!, $cash: ID!) { transferCreate(input: {fromAccountId: $bank, toAccountId: $cash,
			amount: $a, memo: $t, fromStoreId: $s, toStoreId: $s}) { record { id } userErrors { path code message } } }`, vars),
	}
	vars["i"], vars["n"] = ids["Invoice"], ids["CreditNote"]
	ids["Payment"] = c.made("paymentRecord", `mutation($s: ID, $p: ID!, $i: ID!, $t: String, $a: Decimal!) { paymentRecord(input: {customerId: $p, amount: $a, reference: $t, storeId: $s,
		allocations: [{invoiceId: $i, amount: 1}]}) { record { id } userErrors { path code message } } }`, vars)
	c.made("creditNoteAllocate", `mutation($n: ID!, $i: ID!) { creditNoteAllocate(id: $n, allocations: [{invoiceId: $i, amount: 1}]) { record { id } userErrors { path code message } } }`, vars)
	ids["DocumentItem"] = c.must(`query($i: ID!) { invoice(id: $i) { items { id } } }`, vars).text("data.invoice.items.0.id")
	if store == nil {
		return ids
	}
	ids["Shift"] = c.made("shiftCreate", `mutation($s: ID!, $t: String) { shiftCreate(input: {storeId: $s, note: $t, startsAt: "2026-03-01T09:00:00Z", endsAt: "2026-03-01T17:00:00Z"}) { record { id } userErrors { path code message } } }`, vars)
	ids["Till"] = c.till(*store, text)
	ids["TillSession"] = c.open(ids["Till"])
	vars["till"], vars["session"] = ids["Till"], ids["TillSession"]
	c.made("tillMove", `mutation($session: ID!, $t: String!, $a: Decimal!) { tillMove(id: $session, input: {direction: IN, amount: $a, reason: $t}) { record { id } userErrors { path code message } } }`, vars)
	sold := c.must(`mutation($s: ID!, $t: String, $a: Decimal!, $till: ID!) { salesRecord(input: {storeId: $s, sales: [
			{occurredAt: "2026-03-03T03:00:00Z", tillId: $till, externalRef: $t, lines: [{description: $t, quantity: 1, unitPrice: $a}], tenders: [{tender: CASH, amount: $a}]},
			{occurredAt: "2026-02-03T12:00:00Z", amount: $a}]}) { ids userErrors { path code message } } }`, vars)
	sold.want(map[string]string{"data.salesRecord.userErrors": "[]"})
	ids["Sale"] = sold.text("data.salesRecord.ids.0")
	vars["sale"] = ids["Sale"]
	c.must(`mutation($s: ID!, $sale: ID!, $till: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-03-03T04:00:00Z", tillId: $till, kind: REFUND, refundOfId: $sale, amount: 1}]}) {
		userErrors { path code message } } }`, vars).want(map[string]string{"data.salesRecord.userErrors": "[]"})
	ids["SaleLine"] = c.must(`query($sale: ID!) { sale(id: $sale) { lines { id } } }`, vars).text("data.sale.lines.0.id")
	c.made("tillClose", `mutation($session: ID!, $t: String, $a: Decimal) { tillClose(id: $session, input: {counted: [{tender: CASH, amount: $a}], note: $t}) { record { id } userErrors { path code message } } }`, vars)
	ids["DayClose"] = c.made("salesPost", `mutation($s: ID!, $t: String) { salesPost(input: {storeId: $s, businessDate: "2026-02-03", note: $t}) { record { id } userErrors { path code message } } }`, vars)
	return ids
}

// shops are a business with two stores and an office, of which a member may see the first store alone.
type shops struct {
	*service
	own, other, party    string
	mine, theirs, office map[string]string
}

func serveShops(t *testing.T) *shops {
	t.Helper()
	s := &shops{service: serve(t)}
	place := func(name string) string {
		return s.made("storeCreate", `mutation($n: String) { storeCreate(input: {name: $n, timeZone: "UTC"}) { record { id } userErrors { path } } }`, variables{"n": name})
	}
	s.party = s.made("personCreate", `mutation { personCreate(input: {givenName: "Ada", isCustomer: true, isVendor: true, isStaff: true, email: "ada@example.com"}) { record { id } } }`, nil)
	s.product("SKU")
	s.taxRate("GST")
	s.own, s.other = place("Norwood"), place(elsewhere)
	s.mine = s.shopRecords(s.caller, &s.own, s.party, "Local", "11.00")
	s.theirs = s.shopRecords(s.caller, &s.other, s.party, elsewhere, elsewhereAmount)
	s.theirs["Store"] = s.other
	s.office = s.shopRecords(s.caller, nil, s.party, elsewhere+" office", elsewhereAmount)
	s.crossing()
	return s
}

// leaks reports what an answer says of other stores; empty for nothing. It may have the ids of the request.
func (s *shops) leaks(a answer, given ...string) string {
	text := a.String()
	for _, secret := range []string{elsewhere, elsewhereAmount, "7777", "777777", "7788", "15555"} { // sums with the store's own too
		if strings.Contains(text, secret) {
			return secret
		}
	}
	for _, ids := range []map[string]string{s.theirs, s.office} {
		for _, id := range ids {
			if strings.Contains(text, `"`+id+`"`) && !slices.Contains(given, id) {
				return id
			}
		}
	}
	return ""
}
