package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// untouched is a checksum of all rows that are not of the store.
func (s *shops) untouched() (sum string) {
	s.t.Helper()
	_, key, _ := strings.Cut(s.own, ":")
	for _, table := range s.column(`SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'canonical' AND column_name = 'store_id'
		AND table_name <> 'membership_stores' ORDER BY 1`) {
		sum += table + s.column(`SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM canonical.`+table+` AS t WHERE organization_id = $1
			AND coalesce(store_id, 0) <> $2::bigint`, s.organizationID, key)[0] + "\n"
	}
	for _, table := range []string{"sale_lines", "sale_tenders", "accounts", "products", "tax_rates", "channels", "organizations", "journal_entries", "document_item_taxes"} {
		sum += table + s.column(`SELECT count(*)::text FROM canonical.` + table)[0] + "\n"
	}
	return sum
}

// Members bound to a store try every id of another store and of the office in every place of the schema: nothing of these is shown or
// changed.
func TestBoundIdsOfOthers(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serveShops(t)
	// The roles share them, so that each is tried by one; a thorough test has managers, who may most, try all.
	for turn, role := range []model.Role{model.RoleAccountant, model.RoleStaff, model.RoleReader, model.RoleManager} {
		who := *s.service
		who.caller = s.bound(role, "Norwood")
		before, tries, requests, forbidden, missing := s.untouched(), 0, 0, 0, 0
		for _, p := range idPlaces(s.schema()) {
			if !resolvers.ReadsBound(p.owner, p.field.Name) {
				continue
			}
			for _, ids := range []map[string]string{s.theirs, s.office} {
				for _, of := range slices.Sorted(maps.Keys(ids)) {
					id := ids[of]
					if tries++; tries%4 != turn && (role != model.RoleManager || !*pgtest.Thorough) {
						continue
					}
					requests++
					a := who.tryBoundID(p, id)
					if secret := s.leaks(a, id); secret != "" {
						t.Fatalf("%s %s with %s shows %s: %s", role, p, id, secret, a)
					}
					text := a.String()
					if strings.Contains(text, `"INTERNAL"`) || strings.Contains(text, `"UNAVAILABLE"`) {
						t.Errorf("%s %s with %s: %s", role, p, id, text)
					}
					if p.operation == "mutation" && p.path[0] == "id" && a.at("data.it.record") != nil {
						t.Errorf("%s %s with %s was accepted: %s", role, p, id, text)
					}
					forbidden += strings.Count(text, `"FORBIDDEN"`)
					missing += strings.Count(text, `"NOT_FOUND"`)
				}
			}
		}
		if after := s.untouched(); after != before {
			t.Errorf("%s has changed rows of other stores:\n%s\n%s", role, before, after)
		}
		t.Logf("%s: %d requests, %d forbidden, %d not found, 0 leaks", role, requests, forbidden, missing)
	}
}

// tryBoundID is tryID with a selection that members bound to stores may make.
func (s *service) tryBoundID(p place, id string) answer {
	s.t.Helper()
	schema := s.schema()
	var declared, passed []string
	vars := variables{}
	for _, a := range p.field.Arguments {
		switch {
		case a.Name == p.path[0]:
			vars[a.Name] = with(schema, a.Type, p.path[1:], p.of(id), func(_ string, typ *ast.Type) any { return least(schema, typ) })
		case a.Type.NonNull:
			vars[a.Name] = least(schema, a.Type)
		default:
			continue
		}
		declared, passed = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(passed, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	selection := " { id }"
	if schema.Types[p.field.Type.Name()].Kind != ast.Interface {
		selection = readable(schema, p.field.Type.Name(), 2)
	}
	return s.call(p.operation+"("+strings.Join(declared, ", ")+") { it: "+p.field.Name+"("+strings.Join(passed, ", ")+")"+selection+" }", vars)
}

// A manager bound to a store does there what managers do, and the office and other stores are forbidden.
func TestBoundWrites(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	who := s.bound(model.RoleManager, s.own)
	s.shopRecordsAgain(who)
	const invoice = `mutation($p: ID!, $s: ID, $l: ID) { invoiceCreate(input: {customerId: $p, storeId: $s, items: [{description: "x", unitPrice: 1, storeId: $l}]}) { record { id } userErrors { path code } } }`
	who.must(invoice, variables{"p": s.party, "s": s.other}).want(map[string]string{"data.invoiceCreate.userErrors": `[{"code":"FORBIDDEN","path":"storeId"}]`})
	who.must(invoice, variables{"p": s.party, "s": nil}).want(map[string]string{"data.invoiceCreate.userErrors": `[{"code":"FORBIDDEN","path":"storeId"}]`})
	who.must(invoice, variables{"p": s.party, "s": s.own, "l": s.other}).want(map[string]string{"data.invoiceCreate.userErrors": `[{"code":"FORBIDDEN","path":"items.0.storeId"}]`})
	draft := who.must(invoice, variables{"p": s.party, "s": s.own}).text("data.invoiceCreate.record.id")
	who.must(`mutation($i: ID!) { invoiceUpdate(id: $i, input: {storeId: null}) { record { id } userErrors { path code } } }`, variables{"i": draft}).
		want(map[string]string{"data.invoiceUpdate": `{"record":null,"userErrors":[{"code":"FORBIDDEN","path":"storeId"}]}`})
	// The office cannot be moved into the store either.
	who.must(`mutation($i: ID!, $s: ID) { invoiceUpdate(id: $i, input: {storeId: $s}) { record { id } userErrors { path code } } }`, variables{"i": s.office["Invoice"], "s": s.own}).
		want(map[string]string{"data.invoiceUpdate": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"id"}]}`})
	who.must(`mutation($i: ID!, $p: ID!, $s: ID) { paymentRecord(input: {customerId: $p, storeId: $s, amount: 1, allocations: [{invoiceId: $i, amount: 1}]}) { userErrors { path code } } }`,
		variables{"i": s.theirs["Invoice"], "p": s.party, "s": s.own}).want(map[string]string{"data.paymentRecord.userErrors": `[{"code":"NOT_FOUND","path":"allocations.0.invoiceId"}]`})
	who.must(`mutation($s: ID!, $r: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-04-01T09:00:00Z", kind: REFUND, amount: 1, refundOfId: $r}]}) { recorded userErrors { path code } } }`,
		variables{"s": s.own, "r": s.theirs["Sale"]}).want(map[string]string{"data.salesRecord.userErrors": `[{"code":"NOT_FOUND","path":"sales.0.refundOfId"}]`})
	who.must(`mutation($s: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-04-01T09:00:00Z", amount: 1}]}) { recorded userErrors { path code } } }`, variables{"s": s.other}).
		want(map[string]string{"data.salesRecord": `{"recorded":0,"userErrors":[{"code":"FORBIDDEN","path":"storeId"}]}`})
	who.call(`mutation { productCreate(input: {sku: "x", name: "x", unitPrice: 1}) { userErrors { path } } }`, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	// A shift elsewhere is in the way, without being named.
	when := `startsAt: "2026-05-01T09:00:00Z", endsAt: "2026-05-01T17:00:00Z"`
	s.made("shiftCreate", `mutation($s: ID!, $p: ID) { shiftCreate(input: {storeId: $s, personId: $p, `+when+`}) { record { id } userErrors { path code } } }`, variables{"s": s.other, "p": s.party})
	who.must(`mutation($s: ID!, $p: ID) { shiftCreate(input: {storeId: $s, personId: $p, `+when+`}) { record { id } userErrors { path code recordId } } }`, variables{"s": s.own, "p": s.party}).
		want(map[string]string{"data.shiftCreate.userErrors": `[{"code":"TAKEN","path":"personId","recordId":null}]`})
	// So is a document with the reference, in a row that a bulk leaves out too.
	s.made("invoiceCreate", `mutation($p: ID!, $s: ID) { invoiceCreate(input: {customerId: $p, storeId: $s, externalRef: "R-9", items: [{description: "x", unitPrice: 1}]}) { record { id } userErrors { path code } } }`,
		variables{"p": s.party, "s": s.other})
	who.must(`mutation($p: ID!, $s: ID) { invoicesCreate(input: {onError: SKIP_AND_REPORT, invoices: [{customerId: $p, storeId: $s, externalRef: "R-9", items: [{description: "x", unitPrice: 1}]},
		{customerId: $p, storeId: $s, items: [{description: "x", unitPrice: 1}]}]}) { created userErrors { path code recordId } } }`, variables{"p": s.party, "s": s.own}).
		want(map[string]string{"data.invoicesCreate": `{"created":1,"userErrors":[{"code":"TAKEN","path":"invoices.0.externalRef","recordId":null}]}`})
}

// A row of a bulk that names what is of another store is left out without a word of what it names; the others are saved.
func TestBoundBulks(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	who := s.bound(model.RoleManager, s.own)
	const invoices = `mutation($p: ID!, $s: ID, $o: ID, $on: BulkErrorPolicy!) { invoicesCreate(input: {onError: $on, invoices: [
		{customerId: $p, storeId: $s, items: [{description: "a", unitPrice: 1}]}, {customerId: $p, storeId: $o, currency: "xx", items: [{description: "b", unitPrice: 1}]},
		{customerId: $p, items: [{description: "c", unitPrice: 1}]}, {customerId: $p, storeId: $s, items: [{description: "d", unitPrice: 1, storeId: $o}]},
		{customerId: $p, storeId: $s, issuedOn: "2026-04-31", items: [{description: "e", unitPrice: 1}]}, {customerId: $p, storeId: $s, items: [{description: "f", unitPrice: 1}]}]})
		{ created userErrors { path code } } }`
	const mistakes = `[{"code":"FORBIDDEN","path":"invoices.1.storeId"},{"code":"FORBIDDEN","path":"invoices.2.storeId"},{"code":"FORBIDDEN","path":"invoices.3.items.0.storeId"},{"code":"INVALID","path":"invoices.4.issuedOn"}]`
	vars := variables{"p": s.party, "s": s.own, "o": s.other, "on": "SKIP_AND_REPORT"}
	who.must(invoices, vars).want(map[string]string{"data.invoicesCreate": `{"created":2,"userErrors":` + mistakes + `}`})
	vars["on"] = "ALL_OR_NOTHING"
	who.must(invoices, vars).want(map[string]string{"data.invoicesCreate": `{"created":0,"userErrors":` + mistakes + `}`})
	vars["r"], vars["on"] = s.theirs["Sale"], "SKIP_AND_REPORT"
	const sales = `mutation($s: ID!, $o: ID!, $r: ID!, $on: BulkErrorPolicy!) { salesRecord(input: {onError: $on, sales: [{storeId: $s, occurredAt: "2026-04-01T09:00:00Z", amount: 1},
		{storeId: $s, occurredAt: "2026-04-01T09:00:00Z", kind: REFUND, amount: 100000, currency: "xx", refundOfId: $r}, {storeId: $o, occurredAt: "2026-04-01T09:00:00Z", amount: 1},
		{storeId: $s, occurredAt: "2026-04-01T09:00:00Z", amount: 0}]}) { recorded userErrors { path code } } }`
	const wrong = `[{"code":"NOT_FOUND","path":"sales.1.refundOfId"},{"code":"FORBIDDEN","path":"sales.2.storeId"},{"code":"INVALID","path":"sales.3.amount"}]`
	who.must(sales, vars).want(map[string]string{"data.salesRecord": `{"recorded":1,"userErrors":` + wrong + `}`})
	vars["on"] = "ALL_OR_NOTHING"
	who.must(sales, vars).want(map[string]string{"data.salesRecord": `{"recorded":0,"userErrors":` + wrong + `}`})
}

// shopRecordsAgain has a member make records of the store, who finds accounts by the owner.
func (s *shops) shopRecordsAgain(who caller) {
	s.t.Helper()
	vars := variables{"s": s.own, "p": s.party, "income": s.account(s.caller, "4810"), "bank": s.account(s.caller, "1000")}
	invoice := who.approve(who.made("invoiceCreate", `mutation($s: ID, $p: ID!) { invoiceCreate(input: {customerId: $p, storeId: $s, items: [{description: "Local", unitPrice: 5}]}) {
		record { id } userErrors { path code message } } }`, vars))
	vars["i"] = invoice
	payment := who.made("paymentRecord", `mutation($s: ID, $p: ID!, $i: ID!) { paymentRecord(input: {customerId: $p, storeId: $s, amount: 5, allocations: [{invoiceId: $i, amount: 5}]}) {
		record { id allocations { amount { amount } } } userErrors { path code message } } }`, vars)
	who.of("paymentVoid", payment)
	who.of("invoiceVoid", invoice)
	who.made("incomeCreate", `mutation($s: ID, $income: ID!, $bank: ID!) { incomeCreate(input: {accountId: $income, moneyAccountId: $bank, amount: 2, storeId: $s}) {
		record { id } userErrors { path code message } } }`, vars)
	till := who.till(s.own, "Second")
	session := who.open(till)
	vars["till"], vars["session"] = till, session
	who.must(`mutation($s: ID!, $till: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-03-03T03:00:00Z", tillId: $till, lines: [{description: "Local", quantity: 1, unitPrice: 5}]}]}) {
		recorded userErrors { path code message } } }`, vars).want(map[string]string{"data.salesRecord": `{"recorded":1,"userErrors":[]}`})
	who.made("tillClose", `mutation($session: ID!) { tillClose(id: $session, input: {counted: [{tender: CASH, amount: 50}]}) { record { id } userErrors { path code message } } }`, vars)
	who.made("storeHoursSet", `mutation($s: ID!) { storeHoursSet(id: $s, input: {periods: [{weekday: MONDAY, start: "09:00", lengthMinutes: 60}]}) { record { id } userErrors { path code message } } }`, vars)
	who.made("personUpdate", `mutation($p: ID!) { personUpdate(id: $p, input: {phone: "1"}) { record { id } userErrors { path code message } } }`, vars)
}
