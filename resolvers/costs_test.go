package resolvers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"daybook/graph"
)

// queryCosts lists what operations cost: one of every kind of field that has a cost of its own.
var queryCosts = []struct {
	name, query string
	variables   map[string]any
	want        int
}{
	{name: "a field", query: `{ viewer { role } }`, want: 2},
	{name: "introspection", query: `{ __schema { types { name fields { name } } } __typename }`, want: 1},
	{name: "a page", query: `{ invoices { nodes { id } } }`, want: 125},
	{name: "first", query: `{ invoices(first: 10) { edges { cursor node { id number } } totalCount } }`, want: 85},
	{name: "last", query: `{ invoices(last: 3, before: "x") { nodes { id } } }`, want: 31},
	{name: "a page of no rows", query: `{ invoices(first: 0) { nodes { id } } }`, want: 25},
	{name: "a page that is refused", query: `{ invoices(first: 100000) { nodes { id } } }`, want: 425},
	{name: "a negative page", query: `{ invoices(first: -1) { nodes { id } } }`, want: 425},
	{name: "a variable", query: `query ($n: Int) { invoices(first: $n) { nodes { id } } }`, variables: map[string]any{"n": json.Number("7")}, want: 39},
	{name: "a variable that is left out", query: `query ($n: Int) { invoices(first: $n) { nodes { id } } }`, want: 125},
	{name: "a default", query: `query ($n: Int = 4) { invoices(first: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(4)}, want: 33},
	{name: "lists of a record", query: `{ invoice(id: "Invoice:1") { items { taxes { name } product { name } } payments { id } credits { id } } }`, want: 54},
	{name: "pages in a page", query: `{ people(first: 20) { nodes { addresses { street } balances { amount } invoices(first: 5) { nodes { items { id } } } history(last: 2) { nodes { text changes { field } snapshot { field } } } } } }`, want: 2545},
	{name: "an interface", query: `{ node(id: "Bill:1") { id history { nodes { text } } ... on Document { items { id } payments { id } } ... on Bill { items { id } } } }`, want: 145},
	{name: "fragments", query: `{ sales(first: 9) { nodes { ...S ...S } } } fragment S on Sale { id store { name dayParts { name } hours { weekday } hourExceptions { periods { start } } } }`, want: 502},
	{name: "opening hours", query: `{ store(id: "Store:1") { nextOpening openPeriods(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { from to } } }`, want: 201},
	{name: "reports", query: `{ trialBalance { rows { account { code } debit { amount } } } balanceSheet { assets { rows { amount { amount } } } } profitAndLoss(from: "2026-01-01", to: "2026-02-01") { income { rows { account { id } } } } }`, want: 725},
	{name: "ageing", query: `{ receivablesAgeing(first: 5) { rows { partyName } totals { currency } } payablesAgeing { rows { partyName } } }`, want: 170},
	{name: "sales by day part", query: `{ dayPartReport(storeId: "Store:1", from: "2026-01-01", to: "2026-01-02") { rows { totals { net { amount } } } parts { dayPart } } }`, want: 325},
	{name: "a register", query: `{ accountRegister(accountId: "Account:1", first: 12) { nodes { entry { lines { account { code } } } balance { amount } } } }`, want: 205},
	{name: "notifications", query: `{ notificationTypes { code } effectiveNotificationSettings(userId: "User:1") { type } recipients(type: "x", first: 2) { nodes { user { name } } } viewer { organization { members { role } mySettings { type } } } }`, want: 191},
	{name: "search", query: `{ search(q: "x", first: 8) { nodes { title snippet { text } foundIn canonical { id } } facets { count } } }`, want: 97},
	{name: "a mutation", query: `mutation { invoiceApprove(id: "Invoice:1") { record { id items { id } } lines { accountCode } userErrors { path } } }`, want: 13},
}

// exampleCosts has what each of the examples costs.
var exampleCosts = map[string]int{
	"01_find_people":               125,
	"02_two_bad_addresses":         7,
	"03_create_a_customer":         46,
	"04_create_a_tax_rate":         9,
	"05_draft_an_invoice":          160,
	"06_approve_it":                22,
	"07_record_a_payment":          38,
	"08_largest_invoices":          585,
	"09_overdue_invoices":          189,
	"10_monthly_invoicing":         109,
	"11_how_fresh_is_it":           77,
	"12_any_record_by_id":          9,
	"13_enter_a_bill":              29,
	"14_find_an_account":           125,
	"15_record_an_expense":         18,
	"16_what_moved_money":          345,
	"17_trial_balance":             1325,
	"18_book_an_entry_by_hand":     42,
	"19_open_a_store":              11,
	"20_set_its_hours":             50,
	"21_when_is_it_open":           3815,
	"22_draft_a_shift":             27,
	"23_who_works_when":            475,
	"24_record_sales":              9,
	"25_sales_by_day_part":         1875,
	"26_set_a_rate_of_exchange":    9,
	"27_rehearse_an_invoice":       31,
	"28_what_is_open":              1775,
	"29_balance_sheet":             1525,
	"30_credit_a_customer":         29,
	"31_approve_the_credit":        11,
	"32_refund_it":                 44,
	"33_how_am_i_told":             251,
	"34_open_a_channel":            26,
	"35_mute_it_but_one":           16,
	"36_who_must_be_told":          325,
	"37_search_everything":         155,
	"38_what_was_changed":          292,
	"39_take_a_deposit":            20,
	"40_settle_it_with_the_credit": 55,
	"41_tax_report":                715,
	"42_close_for_a_holiday":       54,
	"43_sell_at_prices_with_tax":   82,
	"44_credit_of_a_vendor":        17,
	"45_follow_all_changes":        76,
	"46_watch_what_is_overdue":     66,
	"47_create_invoices":           8,
	"48_join_conditions":           1927,
	"49_take_over_people":          9,
	"50_add_a_till":                10,
	"51_open_it":                   14,
	"52_sell_on_it":                38,
	"53_close_the_day":             82,
	"54_what_was_closed":           3075,
	"55_open_another_store":        9,
	"56_post_a_day_there":          19,
	"57_compare_the_stores":        6300,
	"58_invite_a_colleague":        18,
	"59_give_them_a_token":         12,
	"60_who_may_what":              725,
}

func TestCosts(t *testing.T) {
	t.Parallel()
	schema := NewSchema(Config{}).Schema()
	counted := &costs{}
	if err := counted.Validate(NewSchema(Config{})); err != nil {
		t.Fatal(err)
	}
	cost := func(t *testing.T, query string, variables map[string]any) int {
		t.Helper()
		document, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
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
