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
		size := ""
		if field.Arguments.ForName("first") != nil {
			size = "(first: 2)"
		}
		selected = append(selected, field.Name+size+readable(schema, inner.Name, depth-1))
	}
	return " { " + strings.Join(selected, " ") + " }"
}

// refusedTypes are the types that members bound to stores read nothing of, as their rows are of several stores, or cannot be told apart.
var refusedTypes = []string{
	"RegisterLine", "AuditEvent", "AuditChange", "AuditValue", "ChangeFeed", "Member", "JournalEntry",
	"JournalEntryLine", "MonthlyInvoicing", "Recipient", "Address", "SearchResult", "SnippetPart", "SearchFacet",
	"Webhook", "WebhookDelivery",
}

// refusedFields are those of the types in boundFields that members bound to stores do not read, beside the history.
var refusedFields = map[string][]string{
	"Query": {
		"accountRegister", "auditLog", "changes", "journalEntry", "journalEntries", "monthlyInvoicing",
		"effectiveNotificationSettings", "recipients", "search",
		"webhook", "webhooks", "webhookDeliveries", "member", "members",
	},
	"Mutation": {
		"accountCreate", "accountUpdate", "accountArchive", "accountRestore", "channelCreate", "channelUpdate", "channelArchive", "channelRestore", "channelMembersSet",
		"lateSalesSet", "notificationBoundsSet", "fiscalYearSet", "fxRateSet", "journalEntryPost", "journalEntryReverse", "peopleUpsert", "personArchive", "personRestore", "periodLock",
		"productCreate", "productUpdate", "productArchive", "productRestore", "storeCreate", "storeArchive", "storeRestore", "taxRateCreate", "taxRateUpdate",
		"taxRateArchive", "taxRateRestore", "taxRoundingSet", "webhookCreate", "webhookUpdate", "webhookEnable", "webhookDisable", "webhookSecretRotate",
		"webhookArchive", "webhookRestore", "webhookDeliveriesReplay", "webhookDeliveriesGiveUp",
		"memberCreate", "memberUpdate", "memberEnd", "organizationUpdate",
	},
	"Subscription": {"changes"},
	"Person":       {"dateOfBirth", "email", "phone", "addressCount", "addresses", "balances", "credits", "invoiceCount", "partyBalances"},
	"Account":      {"balance"},
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
		"invoiced_months", "journal_entry_summaries", "monthly_invoicing",
		"notification_settings", "party_balances", "search_documents", "unread_notifications", "webhook_deliveries", "webhook_summaries", "webhooks",
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
	for typ, id := range s.mine {
		if slices.Contains([]string{"DocumentItem", "SaleLine"}, typ) { // no records of their own
			continue
		}
		query := `query($id: ID!) { node(id: $id) { id ... on ` + typ + readable(schema, typ, 2) + ` } nodes(ids: [$id]) { id } }`
		who.must(query, variables{"id": id}).want(map[string]string{"data.node.id": id, "data.nodes.0.id": id})
		for _, hidden := range []string{s.theirs[typ], s.office[typ]} {
			if hidden != "" {
				who.must(query, variables{"id": hidden}).want(map[string]string{"data.node": "null", "data.nodes": "[null]"})
			}
		}
	}
	who.must(`{ sales { totalCount } invoices { totalCount } stores { totalCount } invoicesAggregate { count } financialTransactions { totalCount } }`, nil).want(map[string]string{
		"data": `{"financialTransactions":{"totalCount":4},"invoices":{"totalCount":2},"invoicesAggregate":{"count":2},"sales":{"totalCount":3},"stores":{"totalCount":1}}`,
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
		`{ search(q: "` + elsewhere + `") { totalCount } }`, `{ accounts { nodes { balance { amount } } } }`, `{ balanceSheet { assets { rows { account { balance { amount } } } } } }`,
		`{ shifts(where: {runningWeekMinutes: {gte: 1}}) { totalCount } }`, `{ auditLog { nodes { text } } }`, `{ changes { cursor } }`, `{ webhooks { totalCount } }`,
		`{ node(id: "JournalEntry:1") { id } }`, `{ node(id: "Account:1") { ... on Account { balance { amount } } } }`, `{ partyBalances { nodes { party { partyBalances { currency } } } } }`, `{ node(id: "AuditEvent:1") { id } }`,
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
	selection := " { __typename id }"
	switch typ := schema.Types[field.Type.Name()]; {
	case typ.Kind != ast.Interface && typ.Fields.ForName("nodes") == nil:
		selection = readable(schema, typ.Name, 2)
	case typ.Kind != ast.Interface:
		selection = readable(schema, typ.Name, 3)
	}
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
		case a.Name == "first":
			vars[a.Name] = 4
		case a.Type.NonNull:
			vars[a.Name] = least(schema, a.Type)
		default:
			continue
		}
		declared, given = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(given, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	return "query" + inParentheses(declared) + " { it: " + field.Name + inParentheses(given) + selection + " }", vars
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

// How many keys are behind says how much is written, and members bound to stores are not told it: the keys are of any store.
func TestBoundFreshness(t *testing.T) {
	t.Parallel()
	s := serveShops(t)
	who := s.bound(model.RoleReader, s.own)
	s.refreshed()
	behind := func() { // a draft in the other store
		s.made("invoiceCreate", `mutation($p: ID!, $s: ID!) { invoiceCreate(input: {customerId: $p, storeId: $s,
			items: [{description: "Unseen", unitPrice: 1}]}) { record { id } userErrors { path } } }`, variables{"p": s.party, "s": s.other})
	}
	const document = `query($i: ID!) { invoices { totalCount } invoice(id: $i) { id } people { nodes { id } } }`
	for _, mode := range []string{"auto", "exact"} {
		ask := func(c caller) string {
			return c.must(document, variables{"i": s.mine["Invoice"]}, "Daybook-Read", mode).text("extensions.freshness")
		}
		before := ask(who)
		behind()
		if after := ask(who); after != before || before == "" {
			t.Errorf("%s: what a member bound to a store is told changed from %s to %s by a write in another store", mode, before, after)
		}
		if all := ask(s.caller); all == before {
			t.Errorf("%s: others are told %s too", mode, all)
		}
	}
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
