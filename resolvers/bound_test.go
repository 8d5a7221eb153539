package resolvers_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/projection"
	"daybook/resolvers"
)

// What members bound to stores must not read is written with a text, or with an amount, that nothing else has.
const (
	elsewhere       = "Quixotic"
	elsewhereAmount = "7777.77"
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
	c.made("tillClose", `mutation($session: ID!, $t: String) { tillClose(id: $session, input: {counted: [], note: $t}) { record { id } userErrors { path code message } } }`, vars)
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

// readable selects what members bound to stores may select of a type, as shallow selects everything.
func readable(schema *ast.Schema, typ string, depth int) string {
	definition := schema.Types[typ]
	if definition.IsLeafType() {
		return ""
	}
	selected := []string{"__typename"}
	for _, field := range definition.Fields {
		inner := schema.Types[field.Type.Name()]
		needs := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
		if strings.HasPrefix(field.Name, "__") || needs || depth == 0 && !inner.IsLeafType() || !resolvers.ReadsBound(typ, field.Name) || slices.Contains(refusedTypes, inner.Name) {
			continue
		}
		selected = append(selected, field.Name+readable(schema, inner.Name, depth-1))
	}
	return " { " + strings.Join(selected, " ") + " }"
}

// refusedTypes are the types that members bound to stores read nothing of, as their rows are of several stores, or cannot be told apart.
var refusedTypes = []string{
	"Account", "RegisterLine", "Ageing", "StoreAgeing", "AgeingTotal", "AgeingRow", "AuditEvent", "AuditChange", "AuditValue", "ChangeFeed", "Member", "JournalEntry",
	"JournalEntryLine", "MonthlyInvoicing", "Recipient", "PartyBalance", "Address", "TrialBalance", "TrialBalanceLine", "TrialBalanceRow", "ProfitAndLoss",
	"BalanceSheet", "ReportSection", "ReportRow", "StoreAmount", "ReportTotal", "SearchResult", "SnippetPart", "SearchFacet", "TaxReport", "TaxSide", "TaxRow",
	"Webhook", "WebhookDelivery",
}

// refusedFields are those of the types in boundFields that members bound to stores do not read, beside the history.
var refusedFields = map[string][]string{
	"Query": {
		"account", "accounts", "accountRegister", "receivablesAgeing", "payablesAgeing", "auditLog", "changes", "journalEntry", "journalEntries", "monthlyInvoicing",
		"effectiveNotificationSettings", "recipients", "partyBalances", "trialBalance", "profitAndLoss", "balanceSheet", "search", "taxReport",
		"webhook", "webhooks", "webhookDeliveries",
	},
	"Mutation": {
		"accountCreate", "accountUpdate", "accountArchive", "accountRestore", "channelCreate", "channelUpdate", "channelArchive", "channelRestore", "channelMembersSet",
		"lateSalesSet", "fiscalYearSet", "fxRateSet", "journalEntryPost", "journalEntryReverse", "peopleUpsert", "personArchive", "personRestore", "periodLock",
		"productCreate", "productUpdate", "productArchive", "productRestore", "storeCreate", "storeArchive", "storeRestore", "taxRateCreate", "taxRateUpdate",
		"taxRateArchive", "taxRateRestore", "taxRoundingSet", "webhookCreate", "webhookUpdate", "webhookEnable", "webhookDisable", "webhookSecretRotate",
		"webhookArchive", "webhookRestore", "webhookDeliveriesReplay", "webhookDeliveriesGiveUp",
	},
	"Subscription": {"changes"},
	"Person":       {"dateOfBirth", "email", "phone", "addressCount", "addresses", "balances", "credits", "invoiceCount", "partyBalances"},
	"Organization": {"members"},
}

// Every type and field of the schema is either for members bound to stores or refused to them, by a list; and every read model either
// tells the stores of its rows, is shared, or is read by nobody who is bound.
func TestEveryFieldIsForBoundMembersOrNot(t *testing.T) {
	t.Parallel()
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		definition := schema.Types[name]
		if definition.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		fields, listed := resolvers.BoundFields[name]
		part := slices.ContainsFunc([]string{"Connection", "Edge", "Payload"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
		if count(listed, part, slices.Contains(resolvers.BoundTypes, name), slices.Contains(refusedTypes, name)) != 1 {
			t.Errorf("the type %s must be for members bound to stores or refused to them, by one list", name)
		}
		for _, field := range definition.Fields {
			if listed && field.Name != "history" && !strings.HasPrefix(field.Name, "__") &&
				slices.Contains(fields, field.Name) == slices.Contains(refusedFields[name], field.Name) {
				t.Errorf("the field %s.%s must be for members bound to stores or refused to them", name, field.Name)
			}
		}
		for _, field := range slices.Concat(fields, refusedFields[name]) {
			if definition.Fields.ForName(field) == nil {
				t.Errorf("there is no field %s.%s", name, field)
			}
		}
	}
	unread := []string{
		"account_balances", "account_summaries", "document_summaries", "invoiced_months", "journal_entry_summaries", "monthly_invoicing",
		"notification_settings", "party_balances", "payment_summaries", "search_documents", "unread_notifications", "webhook_deliveries", "webhook_summaries", "webhooks",
	}
	for _, m := range projection.Defined() {
		of, ok := m.(interface{ OfStores() string })
		if !ok {
			t.Fatalf("%T does not say what members bound to stores read", m)
		}
		if of.OfStores() == "" && !slices.Contains(unread, m.ReadModel()) {
			t.Errorf("the read model %s must say what members bound to stores read of it, or be listed as one that they do not", m.ReadModel())
		}
	}
}

// Where the store of a row is that of a parent, its column cannot be taken for one of the parent's.
func TestParentsOfBoundRows(t *testing.T) {
	t.Parallel()
	parents := regexp.MustCompile(`FROM canonical\.([a-z_]+) AS parent WHERE parent\.organization_id = \$1 AND parent\.id = ([a-z_]+)\)`)
	tx, looked := pgtest.Tx(t), 0
	for _, m := range projection.Defined() {
		for _, found := range parents.FindAllStringSubmatch(m.(interface{ OfStores() string }).OfStores(), -1) {
			looked++
			var both bool
			err := tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM information_schema.columns WHERE (table_schema, table_name, column_name) = ('canonical', $1, $2))`, found[1], found[2]).Scan(&both)
			if err != nil || both {
				t.Errorf("%s: canonical.%s has a column %s: %v", m.ReadModel(), found[1], found[2], err)
			}
		}
	}
	if looked < 10 {
		t.Errorf("only %d parents were found", looked)
	}
}

// count returns how many are true.
func count(all ...bool) (n int) {
	for _, one := range all {
		if one {
			n++
		}
	}
	return n
}

// Members bound to a store read nothing of another store or of the office, in no field of a query, in no mode, whoever answers and however
// far the stored copies are behind.
func TestBoundReads(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	who := s.bound(model.RoleManager, "norwood")
	who.must(`{ viewer { role stores { id name } } }`, nil).want(map[string]string{"data.viewer.stores": `[{"id":"` + s.own + `","name":"Norwood"}]`})
	s.must(`{ viewer { stores { id } } }`, nil).want(map[string]string{"data.viewer.stores": "null"})
	schema, requests, seen := s.schema(), 0, 0
	slow := who
	slow.url = s.fieldByField(t)
	for range 2 {
		for _, c := range []caller{who, slow} {
			for _, mode := range []string{"auto", "exact", "stored"} {
				for _, field := range schema.Query.Fields {
					if strings.HasPrefix(field.Name, "__") || !resolvers.ReadsBound("Query", field.Name) {
						continue
					}
					for _, own := range []bool{true, false} {
						document, vars := s.query(schema, field, own)
						a := c.call(document, vars, "Daybook-Read", mode)
						requests++
						if secret := s.leaks(a, values(vars)...); secret != "" {
							t.Fatalf("%s %v shows %s: %s", document, vars, secret, a)
						}
						if code := a.text("errors.0.extensions.code"); a.at("errors") != nil && code != "BAD_USER_INPUT" {
							t.Errorf("%s %v: %s", document, vars, a)
						}
						if strings.Contains(a.String(), "Local") || strings.Contains(a.String(), "11.00") {
							seen++
						}
					}
				}
			}
		}
		s.refreshed()
	}
	if seen < 100 {
		t.Errorf("the store's own records were in %d of %d answers only", seen, requests)
	}
	for _, query := range refusedQueries(s) {
		a := who.call(query, nil)
		a.want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
		if secret := s.leaks(a); secret != "" {
			t.Errorf("%s shows %s", query, secret)
		}
	}
	for typ, id := range s.theirs {
		if a := who.call(`query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }`, variables{"id": id}); a.at("errors") == nil {
			a.want(map[string]string{"data.node": "null", "data.nodes": "[null]"})
		} else {
			t.Errorf("%s: %s", typ, a)
		}
	}
	who.must(`{ sales { totalCount } invoices { totalCount } stores { totalCount } invoicesAggregate { count } financialTransactions { totalCount } }`, nil).want(map[string]string{
		"data": `{"financialTransactions":{"totalCount":4},"invoices":{"totalCount":1},"invoicesAggregate":{"count":1},"sales":{"totalCount":3},"stores":{"totalCount":1}}`,
	})
	t.Logf("%d requests; %d answers had the store's own records", requests, seen)
}

// refusedQueries ask for what is refused to members bound to stores, in several ways.
func refusedQueries(s *shops) []string {
	return []string{
		`{ people(where: {invoiceCount: {gte: 2}}) { totalCount } }`, `{ people(orderBy: {field: INVOICE_COUNT}) { totalCount } }`,
		`{ people(where: {or: [{email: {eq: "ada@example.com"}}]}) { totalCount } }`, `{ people(filter: {email: "ada@example.com"}) { totalCount } }`,
		`{ node(id: "` + s.party + `") { ... on Person { balances { amount } } } }`, `{ invoices { nodes { customer { ...P } } } } fragment P on Person { partyBalances { currency } }`,
		`{ node(id: "` + s.mine["Invoice"] + `") { ... on Invoice { history { nodes { text } } } } }`, `{ viewer { organization { members { role } } } }`,
		`{ search(q: "` + elsewhere + `") { totalCount } }`, `{ accounts { totalCount } }`,
		`{ shifts(where: {runningWeekMinutes: {gte: 1}}) { totalCount } }`, `{ auditLog { nodes { text } } }`, `{ changes { cursor } }`, `{ webhooks { totalCount } }`,
		`{ node(id: "JournalEntry:1") { id } }`, `{ node(id: "Account:1") { id } }`, `{ node(id: "AuditEvent:1") { id } }`,
	}
}

// values are the texts among the variables.
func values(vars variables) (texts []string) {
	for _, v := range vars {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case []any:
			for _, e := range v {
				texts = append(texts, fmt.Sprint(e))
			}
		}
	}
	return texts
}

// query returns a query of a root field that selects all that members bound to stores may, with ids of the own store or of the other.
func (s *shops) query(schema *ast.Schema, field *ast.FieldDefinition, own bool) (string, variables) {
	ids := s.theirs
	if own {
		ids = s.mine
	}
	vars := variables{}
	var declared, given []string
	for _, a := range field.Arguments {
		switch {
		case a.Name == "id" && field.Name != "node":
			id, known := ids[field.Type.Name()]
			if vars[a.Name] = id; !known {
				vars[a.Name] = map[string]string{"Person": s.party, "Store": s.other}[field.Type.Name()]
			}
			if vars[a.Name] == "" {
				vars[a.Name] = field.Type.Name() + ":1"
			}
		case a.Name == "id":
			vars[a.Name] = ids["Invoice"]
		case a.Name == "ids":
			list := []any{}
			for _, id := range ids {
				list = append(list, id)
			}
			vars[a.Name] = list
		case a.Name == "from":
			vars[a.Name] = "2026-01-01"
		case a.Name == "to":
			vars[a.Name] = "2026-12-01"
		case a.Name == "first" && !own:
			vars[a.Name] = 2
		case a.Type.NonNull:
			vars[a.Name] = least(schema, a.Type)
		default:
			continue
		}
		declared, given = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(given, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	return "query" + inParentheses(declared) + " { it: " + field.Name + inParentheses(given) + boundSelection(schema, field.Type.Name()) + " }", vars
}

// boundSelection is readable, of the possible types of an interface too.
func boundSelection(schema *ast.Schema, typ string) string {
	if schema.Types[typ].Kind != ast.Interface {
		return readable(schema, typ, 3)
	}
	selection := " { id"
	for _, possible := range schema.PossibleTypes[typ] {
		if slices.Contains(resolvers.BoundTypes, possible.Name) {
			selection += " ... on " + possible.Name + readable(schema, possible.Name, 0)
		}
	}
	return selection + " }"
}

// fieldByField serves the same database without compiled selections, and returns its address.
func (s *service) fieldByField(t *testing.T) string {
	t.Helper()
	db := pgtest.Open(t, s.application, pgpool.Options{MaxConns: 4})
	server := httptest.NewServer(resolvers.Handler(resolvers.Config{
		Store: s.store, DB: db, LoaderDB: db, ExactWait: 50 * time.Millisecond, FieldByField: true, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Subscriptions and exports of members bound to a store say nothing of others: the equal live query of who is not bound is another one, and
// one ends when the list of stores changes.
func TestBoundLiveAndExport(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	who := s.bound(model.RoleStaff, "Norwood")
	const document = `subscription { live { sales(first: 10) { totalCount nodes { externalRef amount { amount } store { name } } } } }`
	all, own := s.subscribe(document, nil), who.subscribe(document, nil)
	all.next().want(map[string]string{"data.live.sales.totalCount": "6"})
	first := own.next()
	first.want(map[string]string{"data.live.sales.totalCount": "3"})
	if secret := s.leaks(first); secret != "" {
		t.Errorf("a subscription shows %s: %s", secret, first)
	}
	s.must(`mutation($s: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-04-01T09:00:00Z", amount: 3}]}) { recorded } }`, variables{"s": s.other})
	all.next().want(map[string]string{"data.live.sales.totalCount": "7"})
	own.quiet()
	members, err := canonical.MembershipsOf(t.Context(), s.pool, s.organizationID, fmt.Sprintf("bound-staff@%d.example", s.organizationID))
	if err != nil || len(members) != 1 {
		t.Fatal(members, err)
	}
	rows, err := s.exported(members[0], `query($after: String) { list: sales(first: 2, after: $after) { nodes { id amount { amount } } pageInfo { hasNextPage endCursor } } }`, nil, func() {})
	if err != nil || len(rows) != 3 || strings.Contains(strings.Join(rows, ""), "7777") {
		t.Errorf("exported %v: %v", rows, err)
	}
	if err := s.store.MemberStoresSet(t.Context(), s.organizationID, members[0].UserID, []string{elsewhere}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-own.ended:
	case <-time.After(patience):
		t.Error("the subscription goes on with other stores")
	}
	who.must(`{ sales { totalCount } stores { nodes { name } } }`, nil).want(map[string]string{"data.sales.totalCount": "4", "data.stores.nodes.0.name": elsewhere})
	if a := who.subscribe(`subscription { changes { cursor } }`, nil).next(); a.text("errors.0.extensions.code") != "FORBIDDEN" {
		t.Errorf("changes: %s", a)
	}
}

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
	for _, role := range []model.Role{model.RoleManager, model.RoleAccountant, model.RoleStaff, model.RoleReader} {
		who := *s.service
		who.caller = s.bound(role, "Norwood")
		before, requests, forbidden, missing := s.untouched(), 0, 0, 0
		places := append(placesOf(s.schema(), "query", s.schema().Query), placesOf(s.schema(), "mutation", s.schema().Mutation)...)
		for _, p := range places {
			if !resolvers.ReadsBound(map[string]string{"query": "Query", "mutation": "Mutation"}[p.root], p.field.Name) {
				continue
			}
			for _, ids := range []map[string]string{s.theirs, s.office} {
				for _, id := range ids {
					requests++
					a := who.tryBoundID(p, id)
					if secret := s.leaks(a, id); secret != "" {
						t.Fatalf("%s %s with %s shows %s: %s", role, p, id, secret, a)
					}
					text := a.String()
					if strings.Contains(text, `"INTERNAL"`) || strings.Contains(text, `"UNAVAILABLE"`) {
						t.Errorf("%s %s with %s: %s", role, p, id, text)
					}
					if p.root == "mutation" && p.argument.Name == "id" && a.at("data.it.record") != nil {
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
func (s *service) tryBoundID(p idPlace, id string) answer {
	s.t.Helper()
	schema := s.schema()
	var declared, passed []string
	vars := variables{}
	for _, a := range p.field.Arguments {
		switch {
		case a.Name == p.argument.Name:
			vars[a.Name] = with(schema, a.Type, p.path, id)
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
	return s.call(p.root+"("+strings.Join(declared, ", ")+") { it: "+p.field.Name+"("+strings.Join(passed, ", ")+")"+selection+" }", vars)
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
	who.made("tillClose", `mutation($session: ID!) { tillClose(id: $session, input: {counted: []}) { record { id } userErrors { path code message } } }`, vars)
	who.made("storeHoursSet", `mutation($s: ID!) { storeHoursSet(id: $s, input: {hours: [{weekday: MONDAY, start: "09:00", lengthMinutes: 60}]}) { record { id } userErrors { path code message } } }`, vars)
	who.made("personUpdate", `mutation($p: ID!) { personUpdate(id: $p, input: {phone: "1"}) { record { id } userErrors { path code message } } }`, vars)
}
