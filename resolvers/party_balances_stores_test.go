package resolvers_test

import (
	"strconv"
	"strings"
	"testing"

	"daybook/graph/model"
)

// What is open with a party is of the stores of its documents and payments: of all together, or side by side of those that are
// named. The stores of a party add up to all of them, whatever is behind.
func TestPartyBalancesByStore(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, grace := s.person("Ada"), s.person("Grace")
	place := func(name string) string {
		return s.made("storeCreate", `mutation($n: String) { storeCreate(input: {name: $n, timeZone: "UTC"}) { record { id } userErrors { path } } }`, variables{"n": name})
	}
	north, south := place("North"), place("South")
	invoice := func(party string, store any, price string) string {
		return s.approve(s.made("invoiceCreate", `mutation($p: ID!, $s: ID, $a: Decimal!) { invoiceCreate(input: {customerId: $p, storeId: $s, items: [{description: "Work", unitPrice: $a}]}) { record { id } userErrors { path message } } }`,
			variables{"p": party, "s": store, "a": price}))
	}
	first := invoice(ada, north, "100")
	invoice(ada, south, "40")
	invoice(ada, nil, "7")
	invoice(grace, south, "60")
	payment := s.made("paymentRecord", `mutation($p: ID!, $s: ID!, $i: ID!) { paymentRecord(input: {customerId: $p, storeId: $s, amount: 25, allocations: [{invoiceId: $i, amount: 20}]}) { record { id } userErrors { path message } } }`,
		variables{"p": ada, "s": south, "i": first})
	const nodes = `{ totalCount nodes { partyName store { name } receivable { amount } unallocatedIn { amount } } }`
	balance := func(party, store, receivable, unallocated string) string {
		if store != "null" {
			store = `{"name":"` + store + `"}`
		}
		return `{"partyName":"` + party + `","receivable":{"amount":"` + receivable + `"},"store":` + store + `,"unallocatedIn":{"amount":"` + unallocated + `"}}`
	}
	ask := func(mode, paid string, all, norths, souths, offices string, beside ...string) {
		t.Helper()
		s.must(`query($n: ID!, $s: ID!, $p: ID!) { partyBalances `+nodes+` one: partyBalances(filter: {storeIds: [$n]}) `+nodes+` other: partyBalances(filter: {storeIds: [$s]}, orderBy: {field: RECEIVABLE, direction: DESC}) `+nodes+`
				office: partyBalances(filter: {storeIds: [null]}) `+nodes+` none: partyBalances(filter: {storeIds: []}) { totalCount }
				beside: partyBalances(filter: {storeIds: [null, $n, $s], partyId: $p}, first: 2) { totalCount nodes { store { name } receivable { amount } } pageInfo { hasNextPage } }
				person(id: $p) { balances { amount } credits { amount } invoiceCount partyBalances { store { name } receivable { amount } } } }`,
			variables{"n": north, "s": south, "p": ada}, "Daybook-Read", mode).want(map[string]string{
			"data.partyBalances": all, "data.one": norths, "data.other": souths, "data.office": offices, "data.none.totalCount": "0",
			"data.beside":               `{"nodes":[` + strings.Join(beside, ",") + `],"pageInfo":{"hasNextPage":true},"totalCount":3}`,
			"data.person.invoiceCount":  "3",
			"data.person.balances":      `[{"amount":"` + paid + `"}]`,
			"data.person.partyBalances": `[{"receivable":{"amount":"` + paid + `"},"store":null}]`,
		})
	}
	list := func(n int, of ...string) string {
		return `{"nodes":[` + strings.Join(of, ",") + `],"totalCount":` + strconv.Itoa(n) + `}`
	}
	for _, mode := range []string{"auto", "exact", "stored"} {
		if mode == "stored" {
			s.refreshed()
		}
		ask(mode, "127.00", list(2, balance("Ada", "null", "127.00", "5.00"), balance("Grace", "null", "60.00", "0.00")), list(1, balance("Ada", "North", "80.00", "0.00")),
			list(2, balance("Grace", "South", "60.00", "0.00"), balance("Ada", "South", "40.00", "5.00")), list(1, balance("Ada", "null", "7.00", "0.00")),
			`{"receivable":{"amount":"7.00"},"store":null}`, `{"receivable":{"amount":"80.00"},"store":{"name":"North"}}`)
	}
	// A document or a payment that moves to another store takes what is open with it.
	s.must(`mutation($i: ID!, $s: ID!, $p: ID!) { invoiceUpdate(id: $i, input: {storeId: $s}) { userErrors { path } } paymentVoid(id: $p) { userErrors { path } } }`, variables{"i": first, "s": south, "p": payment}).
		want(map[string]string{"data": `{"invoiceUpdate":{"userErrors":[]},"paymentVoid":{"userErrors":[]}}`})
	for _, mode := range []string{"exact", "stored"} {
		if mode == "stored" {
			s.refreshed()
		}
		s.must(`query($n: ID!, $s: ID!) { partyBalances(filter: {storeIds: [$n]}) `+nodes+` other: partyBalances(filter: {storeIds: [$s]}) `+nodes+` }`, variables{"n": north, "s": south}, "Daybook-Read", mode).want(map[string]string{
			"data.partyBalances": list(0), "data.other": list(2, balance("Ada", "South", "140.00", "0.00"), balance("Grace", "South", "60.00", "0.00")),
		})
	}
	// Of members bound to stores, all of them together are no balance: each of theirs is one.
	who := s.bound(model.RoleAccountant, "north", "south")
	who.must(`query($n: ID!) { partyBalances `+nodes+` office: partyBalances(filter: {storeIds: [null]}) { totalCount } north: partyBalances(filter: {storeIds: [$n]}) { totalCount }
			profitAndLoss(from: "2000-01-01", to: "2100-01-01") { profit { amount { amount } byStore { store { name } amount { amount } } } } receivablesAgeing(asOf: "2100-01-01") { inBase { net { amount } } byStore { store { name } } } }`,
		variables{"n": north}).want(map[string]string{
		"data.partyBalances": list(2, balance("Ada", "South", "140.00", "0.00"), balance("Grace", "South", "60.00", "0.00")), "data.office.totalCount": "0", "data.north.totalCount": "0",
		"data.profitAndLoss.profit": `{"amount":{"amount":"200.00"},"byStore":[{"amount":{"amount":"0.00"},"store":{"name":"North"}},{"amount":{"amount":"200.00"},"store":{"name":"South"}}]}`,
		"data.receivablesAgeing":    `{"byStore":[{"store":{"name":"South"}}],"inBase":{"net":{"amount":"200.00"}}}`,
	})
	s.must(`{ partyBalances { totalCount } receivablesAgeing(asOf: "2100-01-01") { inBase { net { amount } } } }`, nil).want(map[string]string{"data": `{"partyBalances":{"totalCount":2},"receivablesAgeing":{"inBase":{"net":{"amount":"207.00"}}}}`})
}
