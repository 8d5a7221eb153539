package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// leastOf calls a mutation with the least arguments and those that are given, and returns the answer's payload.
func (s *service) leastOf(schema *ast.Schema, mutation *ast.FieldDefinition, given variables, selection string) answer {
	s.t.Helper()
	var declared, passed []string
	vars := variables{}
	for _, a := range mutation.Arguments {
		if value, known := given[a.Name]; known {
			vars[a.Name] = value
		} else if a.Type.NonNull {
			vars[a.Name] = least(schema, a.Type)
		} else {
			continue
		}
		declared, passed = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(passed, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	return s.must("mutation("+strings.Join(declared, ", ")+") { payload: "+mutation.Name+"("+strings.Join(passed, ", ")+") { "+selection+" } }", vars)
}

// Every mutation looks at its idempotency key before it does anything: one that was used for another mutation is refused.
func TestKeysOfAllMutations(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	const key = "one key"
	s.must(`mutation($k: String!) { personCreate(input: {givenName: "Ada"}, idempotencyKey: $k) { record { id } } }`, variables{"k": key})
	walked := 0
	for _, mutation := range schema.Mutation.Fields {
		if strings.HasPrefix(mutation.Name, "__") {
			continue
		}
		walked++
		id := strings.TrimSuffix(mutation.Type.Name(), "Payload") + ":1"
		a := s.leastOf(schema, mutation, variables{"id": id, "idempotencyKey": key}, "userErrors { path code }")
		if got := a.text("data.payload.userErrors"); got != `[{"code":"KEY_REUSED","path":"idempotencyKey"}]` {
			t.Errorf("%s with a key that was used: %s", mutation.Name, a)
		}
	}
	t.Logf("%d mutations look at their key", walked)
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "1"})
}

// Every mutation with an expected version refuses another one, tells the record's version and changes nothing.
func TestVersionsOfAllMutations(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	ada := s.person("Ada")
	income, expense, transfer := s.money(s.caller)
	shop := s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood"}) { record { id } } }`, nil)
	records := map[string]string{
		"Account": s.account(s.caller, "6100"), "Person": ada, "Invoice": s.draft(ada, "5"), "Bill": s.bill(ada, "5"), "CreditNote": s.creditNote(ada, "5"),
		"VendorCreditNote": s.vendorCreditNote(ada, "5"), "TaxRate": s.taxRate("GST"), "Product": s.product("A"), "Store": shop,
		"Income": income, "Expense": expense, "Transfer": transfer, "Channel": s.channel("Kitchen"), "Organization": "",
		"Webhook": s.made("webhookCreate", `mutation { webhookCreate(input: {url: "https://example.com"}) { record { id } } }`, nil),
		"Payment": s.made("paymentRecord", `mutation($c: ID!) { paymentRecord(input: {customerId: $c, amount: 1}) { record { id } } }`, variables{"c": ada}),
		"Shift":   s.made("shiftCreate", `mutation($s: ID!) { shiftCreate(input: {storeId: $s, startsAt: "2026-03-01T09:00:00Z", endsAt: "2026-03-01T17:00:00Z"}) { record { id } } }`, variables{"s": shop}),
		"FxRate":  s.made("fxRateSet", `mutation { fxRateSet(input: {currency: "EUR", rate: 2}) { record { id } } }`, nil),
	}
	records["Member"] = s.made("memberCreate", `mutation { memberCreate(input: {email: "eve@example.com", name: "Eve", role: STAFF}) { record { id } } }`, nil)
	records["Token"] = s.made("tokenCreate", `mutation { tokenCreate(input: {name: "till"}) { record { id } } }`, nil)
	records["Till"] = s.till(shop, "Front")
	records["TillSession"] = s.open(records["Till"])
	records["DayClose"] = s.post(shop)
	sold := s.must(`mutation($s: ID!) { salesRecord(input: {storeId: $s, sales: [{occurredAt: "2026-03-01T09:00:00Z", amount: 1}]}) { ids } }`, variables{"s": shop})
	records["Sale"] = sold.text("data.salesRecord.ids.0")
	inputs := variables{"fxRateSet": variables{"currency": "EUR", "rate": "3"}, "fiscalYearSet": variables{"startMonth": 7}}
	walked := 0
	for _, mutation := range schema.Mutation.Fields {
		if mutation.Arguments.ForName("expectedVersion") == nil {
			continue
		}
		walked++
		given := variables{"expectedVersion": 999}
		record, known := records[strings.TrimSuffix(mutation.Type.Name(), "Payload")]
		if !known {
			t.Errorf("%s: make a record that it changes", mutation.Name)
			continue
		}
		given["id"] = record
		if input := inputs[mutation.Name]; input != nil {
			given["input"] = input
		}
		a := s.leastOf(schema, mutation, given, "userErrors { path code currentVersion }")
		if a.text("data.payload.userErrors.0.code") != "CONFLICT" || a.text("data.payload.userErrors.0.path") != "expectedVersion" || a.at("data.payload.userErrors.0.currentVersion") == nil {
			t.Errorf("%s at version 999: %s", mutation.Name, a)
		}
	}
	t.Logf("%d mutations look at the version", walked)
}
