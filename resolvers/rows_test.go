package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// changes is a mutation of a record, by its type, that shows in every list that has the record.
var changes = map[string]string{
	"Person":           `personUpdate(id: $id, input: {familyName: "Ridgeback"})`,
	"Product":          `productUpdate(id: $id, input: {name: "Ridgeback"})`,
	"TaxRate":          `taxRateUpdate(id: $id, input: {name: "Ridgeback"})`,
	"Store":            `storeUpdate(id: $id, input: {name: "Ridgeback"})`,
	"Shift":            `shiftUpdate(id: $id, input: {note: "Ridgeback"})`,
	"Sale":             `saleVoid(id: $id)`,
	"Channel":          `channelUpdate(id: $id, input: {name: "Ridgeback"})`,
	"FxRate":           `fxRateSet(input: {currency: "JPY", validFrom: "2026-01-01", rate: 7})`,
	"Account":          `accountUpdate(id: $id, input: {name: "Ridgeback"})`,
	"Invoice":          `invoiceUpdate(id: $id, input: {memo: "Ridgeback", items: [{description: "Ridgeback", unitPrice: 7}]})`,
	"Bill":             `billUpdate(id: $id, input: {memo: "Ridgeback", items: [{description: "Ridgeback", unitPrice: 7}]})`,
	"CreditNote":       `creditNoteUpdate(id: $id, input: {memo: "Ridgeback", items: [{description: "Ridgeback", unitPrice: 7}]})`,
	"VendorCreditNote": `vendorCreditNoteUpdate(id: $id, input: {memo: "Ridgeback", items: [{description: "Ridgeback", unitPrice: 7}]})`,
	"Payment":          `paymentVoid(id: $id)`,
	"Income":           `incomeUpdate(id: $id, input: {memo: "Ridgeback", amount: 7})`,
	"Expense":          `expenseUpdate(id: $id, input: {memo: "Ridgeback", amount: 7})`,
	"Transfer":         `transferUpdate(id: $id, input: {memo: "Ridgeback", amount: 7})`,
	"JournalEntry":     `journalEntryReverse(id: $id)`,
	"Till":             `tillUpdate(id: $id, input: {name: "Ridgeback"})`,
	"TillSession":      `tillMove(id: $id, input: {direction: IN, amount: 7, reason: "Ridgeback"})`,
	"DayClose":         `dayCloseReverse(id: $id)`,
}

// apart are lists whose rows are of no record, or of none that a mutation of the books changes: events stand for themselves, whom
// to tell follows from settings, and members, webhooks, what they were sent and what a user was told have tests of their own.
var apart = []string{"AuditEventConnection", "MemberConnection", "RecipientConnection", "NotificationConnection", "WebhookConnection", "WebhookDeliveryConnection"}

// asked are lists that need arguments: those that find rows, and those that find what was changed.
var asked = map[string][2]string{
	"accountRegister": {`accountId: "Account:1"`, `accountId: "Account:1"`},
	"search":          {`q: "", first: 100`, `q: "ridgeback", first: 100`},
}

// TestEveryRowLeadsToItsRecord goes through every list of the schema: each row names a record, node answers it, and
// the record's own mutation changes the row at once, while nothing is refreshed. A row of the journal never changes:
// there the record gets other rows.
func TestEveryRowLeadsToItsRecord(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	tried := map[string]bool{}
	lists := 0
	for _, field := range schema.Query.Fields {
		connection := schema.Types[field.Type.Name()]
		if !strings.HasSuffix(connection.Name, "Connection") || slices.Contains(apart, connection.Name) {
			continue
		}
		lists++
		t.Run(field.Name, func(t *testing.T) {
			s := serve(t)
			s.oneOfEach()
			reference, selection := rowOf(schema, schema.Types[connection.Fields.ForName("nodes").Type.Name()])
			if reference == "" {
				t.Fatal("a row names no record")
			}
			find, watch := "", ""
			if arguments, ok := asked[field.Name]; ok {
				find, watch = "("+arguments[0]+")", "("+arguments[1]+")"
			}
			// rows are those of each record, by its id.
			rows := func(arguments string) map[string]string {
				byRecord := map[string]string{}
				a := s.must(`{ rows: `+field.Name+arguments+` { nodes { `+selection+` } } }`, nil)
				for i := 0; a.at(fmt.Sprintf("data.rows.nodes.%d", i)) != nil; i++ {
					byRecord[a.text(fmt.Sprintf("data.rows.nodes.%d.%s", i, reference))] += a.text(fmt.Sprintf("data.rows.nodes.%d", i))
				}
				return byRecord
			}
			found := rows(find)
			if len(found) == 0 {
				t.Fatal("has no row")
			}
			changed := map[string]bool{}
			for _, id := range slices.Sorted(maps.Keys(found)) { // the first sale, not the one that a close has posted
				typ, _, _ := strings.Cut(id, ":")
				s.must(`query($id: ID!) { node(id: $id) { __typename id } }`, variables{"id": id}).want(map[string]string{
					"data.node": fmt.Sprintf(`{"__typename":%q,"id":%q}`, typ, id),
				})
				if changed[typ] {
					continue
				}
				changed[typ], tried[typ] = true, true
				if changes[typ] == "" {
					t.Fatalf("nobody knows how to change a %s", typ)
				}
				before := rows(watch)[id]
				declared := ""
				if strings.Contains(changes[typ], "$id") {
					declared = "($id: ID!)"
				}
				s.must(`mutation`+declared+` { m: `+changes[typ]+` { record { id } userErrors { path code message } } }`, variables{"id": id}).
					want(map[string]string{"data.m.userErrors": "[]"})
				if after := rows(watch)[id]; after == before {
					t.Errorf("%s was changed, and its row is still %s", id, after)
				}
			}
		})
	}
	if lists < 14 || len(tried) != len(changes) {
		t.Errorf("tried %v in %d lists", tried, lists)
	}
}

// rowOf is how a row of the type names its record, and a selection of everything that it says itself.
func rowOf(schema *ast.Schema, row *ast.Definition) (reference, selection string) {
	for _, path := range []string{"canonical.id", "id", "customer.id", "party.id"} {
		name, _, _ := strings.Cut(path, ".")
		if row.Fields.ForName(name) != nil {
			reference = path
			break
		}
	}
	for _, field := range row.Fields {
		typ := schema.Types[field.Type.Name()]
		switch {
		case len(field.Arguments) > 0 || strings.HasPrefix(field.Name, "__"):
		case typ.IsLeafType():
			selection += field.Name + " "
		case typ.Name == "Money":
			selection += field.Name + " { amount currency } "
		case typ.Fields.ForName("id") != nil:
			selection += field.Name + " { id } "
		}
	}
	return reference, selection
}

// oneOfEach makes one record of each type, and books what can be booked.
func (s *service) oneOfEach() {
	s.t.Helper()
	ada := s.person("Ada")
	s.taxRate("GST")
	s.product("SKU")
	store := s.storeWithHours("Norwood", "UTC")
	s.sell(store, sale("2026-02-03T10:00:00Z", "4"))
	s.open(s.till(store, "Front"))
	s.post(s.made("storeCreate", `mutation { storeCreate(input: {name: "Unley", timeZone: "UTC"}) { record { id } } }`, nil))
	s.must(`mutation($s: ID!) {
		shiftCreate(input: {storeId: $s, startsAt: "2026-02-03T00:00:00Z", endsAt: "2026-02-03T04:00:00Z"}) { userErrors { path code } }
		channelCreate(input: {name: "Tills"}) { userErrors { path code } }
		fxRateSet(input: {currency: "JPY", validFrom: "2026-01-01", rate: "0.01"}) { userErrors { path code } } }`, variables{"s": store}).want(map[string]string{
		"data.shiftCreate.userErrors": "[]", "data.channelCreate.userErrors": "[]", "data.fxRateSet.userErrors": "[]",
	})
	s.approve(s.draft(ada, "10"))
	s.of("billApprove", s.bill(ada, "20"))
	s.of("creditNoteApprove", s.creditNote(ada, "5"))
	s.of("vendorCreditNoteApprove", s.vendorCreditNote(ada, "5"))
	s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: 3}) { record { id } userErrors { path code } } }`, variables{"c": ada})
	s.money(s.caller)
	vars := s.entry(s.caller, "2026-02-03")
	vars["a"] = s.account(s.caller, "1000")
	s.must(postEntry, vars).want(map[string]string{"data.journalEntryPost.userErrors": "[]"})
}
