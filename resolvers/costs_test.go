package resolvers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"daybook/graph"
)

// queryCosts lists what operations cost: one of every kind of field that has a cost of its own.
var queryCosts = []struct {
	name, query string
	variables   map[string]any
	want        int
}{
	{name: "a field", query: `{ viewer { role } }`},
	{name: "introspection", query: `{ __schema { types { name fields { name } } } __typename }`},
	{name: "a page", query: `{ invoices { nodes { id } } }`},
	{name: "first", query: `{ invoices(first: 10) { edges { cursor node { id number } } totalCount } }`},
	{name: "last", query: `{ invoices(last: 3, before: "x") { nodes { id } } }`},
	{name: "a page of no rows", query: `{ invoices(first: 0) { nodes { id } } }`},
	{name: "a page that is refused", query: `{ invoices(first: 100000) { nodes { id } } }`},
	{name: "a negative page", query: `{ invoices(first: -1) { nodes { id } } }`},
	{name: "a variable", query: `query ($n: Int) { invoices(first: $n) { nodes { id } } }`, variables: map[string]any{"n": json.Number("7")}},
	{name: "a variable that is left out", query: `query ($n: Int) { invoices(first: $n) { nodes { id } } }`},
	{name: "a default", query: `query ($n: Int = 4) { invoices(first: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(4)}},
	{name: "lists of a record", query: `{ invoice(id: "Invoice:1") { items { taxes { name } product { name } } payments { id } credits { id } } }`},
	{name: "pages in a page", query: `{ people(first: 20) { nodes { addresses { street } balances { amount } invoices(first: 5) { nodes { items { id } } } history(last: 2) { nodes { text changes { field } snapshot { field } } } } } }`},
	{name: "an interface", query: `{ node(id: "Bill:1") { id history { nodes { text } } ... on Document { items { id } payments { id } } ... on Bill { items { id } } } }`},
	{name: "fragments", query: `{ sales(first: 9) { nodes { ...S ...S } } } fragment S on Sale { id store { name dayParts { name } hours { weekday } hourExceptions { periods { start } } } }`},
	{name: "opening hours", query: `{ store(id: "Store:1") { nextOpening openPeriods(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { start end } } }`},
	{name: "reports", query: `{ trialBalance { rows { account { code } debit { amount } } } balanceSheet { assets { rows { amount { amount } } } } profitAndLoss(from: "2026-01-01", to: "2026-02-01") { income { rows { account { id } } } } }`},
	{name: "ageing", query: `{ receivablesAgeing(first: 5) { rows { partyName } totals { currency } } payablesAgeing { rows { partyName } } }`},
	{name: "sales by day part", query: `{ dayPartReport(storeId: "Store:1", from: "2026-01-01", to: "2026-01-02") { rows { net { amount } } parts { name } } }`},
	{name: "a register", query: `{ accountRegister(accountId: "Account:1", first: 12) { nodes { entry { lines { account { code } } } balance { amount } } } }`},
	{name: "notifications", query: `{ notificationTypes { code } effectiveNotificationSettings(userId: "User:1") { type } recipients(type: "x", first: 2) { nodes { user { name } } } viewer { organization { members { role } mySettings { type } } } }`},
	{name: "search", query: `{ search(query: "x", first: 8) { nodes { title snippet { text } foundIn canonical { id } } facets { count } } }`},
	{name: "a mutation", query: `mutation { invoiceApprove(id: "Invoice:1") { record { id items { id } } lines { account { code } } userErrors { path } } }`},
}

// exampleCosts has what each of the examples costs.
var exampleCosts = map[string]int{}

func TestCosts(t *testing.T) {
	t.Parallel()
	schema := NewSchema(Config{}).Schema()
	counted := &costs{}
	if err := counted.Validate(NewSchema(Config{})); err != nil {
		t.Fatal(err)
	}
	cost := func(t *testing.T, query string, variables map[string]any) int {
		t.Helper()
		document, errs := gqlparser.LoadQuery(schema, query)
		if errs != nil {
			t.Fatal(errs)
		}
		return counted.selection(document.Operations[0].SelectionSet, variables)
	}
	for _, c := range queryCosts {
		t.Run(c.name, func(t *testing.T) {
			if got := cost(t, c.query, c.variables); got != c.want {
				t.Errorf("costs %d, want %d", got, c.want)
			}
		})
	}
	names, err := fs.Glob(graph.Examples, "examples/*.graphql")
	if err != nil || len(names) != len(exampleCosts) {
		t.Fatalf("%d examples, costs of %d; %v", len(names), len(exampleCosts), err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "examples/"), ".graphql")
		t.Run(name, func(t *testing.T) {
			query, err := fs.ReadFile(graph.Examples, file)
			if err != nil {
				t.Fatal(err)
			}
			variables := map[string]any{}
			text, err := fs.ReadFile(graph.Examples, strings.TrimSuffix(file, "graphql")+"json")
			if err == nil {
				err = json.Unmarshal(text, &variables)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			if got := cost(t, string(query), variables); got != exampleCosts[name] {
				t.Errorf("costs %d, want %d", got, exampleCosts[name])
			}
		})
	}
}
