package resolvers_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const salesRecord = `mutation($input: SalesRecordInput!) { salesRecord(input: $input) { recorded known refused ids userErrors { path code message } } }`

// sell records sales of a store and returns the ids.
func (c caller) sell(store string, rows ...variables) []string {
	c.t.Helper()
	a := c.must(salesRecord, variables{"input": variables{"storeId": store, "sales": rows}})
	a.want(map[string]string{"data.salesRecord.recorded": fmt.Sprint(len(rows)), "data.salesRecord.userErrors": "[]"})
	var ids []string
	for i := range rows {
		ids = append(ids, a.text(fmt.Sprintf("data.salesRecord.ids.%d", i)))
	}
	return ids
}

// sale is a row of a bulk.
func sale(at, amount string, more ...string) variables {
	row := variables{"occurredAt": at, "amount": amount}
	for i := 0; i < len(more); i += 2 {
		row[more[i]] = more[i+1]
	}
	return row
}

// TestSales has no worker: what is recorded shows at once, annotated.
func TestSales(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store, ada := s.storeWithHours("Norwood", "Australia/Adelaide"), s.person("Ada")
	ids := s.sell(store,
		sale("2026-03-08T23:30:00Z", "10.50", "externalRef", "T1"),                // Monday 10:00, an exception
		sale("2026-03-06T13:31:00Z", "20", "personId", ada),                       // Saturday 00:01, Friday's night
		sale("2026-03-06T19:00:00Z", "5", "kind", "REFUND"),                       // Saturday 05:30, in no part
		sale("2026-03-06T04:00:00Z", "7000", "currency", "JPY"),                   // Friday 14:30
		sale("2026-03-06T04:00:00Z", "99", "externalRef", "oops", "kind", "SALE")) // to be voided
	const record = `fragment F on Sale { version kind localTime businessDate dayPart insideOpeningHours currency amount { amount currency } store { name } person { givenName } externalRef }`
	for range 2 {
		s.must(`query($id: ID!) { sale(id: $id) { ...F } node(id: $id) { id } } `+record, variables{"id": ids[1]}).want(map[string]string{
			"data.sale": `{"amount":{"amount":"20.00","currency":"AUD"},"businessDate":"2026-03-06","currency":"AUD","dayPart":"Night","externalRef":null,"insideOpeningHours":true,` +
				`"kind":"SALE","localTime":"2026-03-07T00:01:00","person":{"givenName":"Ada"},"store":{"name":"Norwood"},"version":1}`,
			"data.node.id": ids[1],
			"extensions.freshness.projections.0.read": "exact",
		})
		for filter, want := range map[string][]string{
			``:                                       {ids[0], ids[2], ids[1], ids[3], ids[4]},
			`storeId: "` + store + `", kind: REFUND`: {ids[2]},
			`dayPart: "Night"`:                       {ids[1]},
			`dayPart: "night"`:                       {ids[1]},
			`externalRef: " T1 "`:                    {ids[0]},
			`externalRef: "t1"`:                      nil,
			`occurredFrom: "2026-03-06T13:31:00Z", occurredTo: "2026-03-08T23:30:00Z"`: {ids[2], ids[1]},
			`occurredFrom: "2026-03-08T23:30:00Z"`:                                     {ids[0]},
			`withoutDayPart: true`:                                                     {ids[2]},
			`withoutDayPart: false, insideOpeningHours: false`:                         {ids[3], ids[4]},
			`businessDateFrom: "2026-03-07", businessDateTo: "2026-03-07"`:             {ids[2]},
			`businessDateFrom: "2026-03-09"`:                                           {ids[0]},
			`businessDateTo: "2026-03-06"`:                                             {ids[1], ids[3], ids[4]},
			`insideOpeningHours: true`:                                                 {ids[0], ids[1]},
			`amountGte: "20", amountLte: "100"`:                                        {ids[1], ids[4]},
			`personId: "` + ada + `"`:                                                  {ids[1]},
			`kind: SALE, amountLte: "15"`:                                              {ids[0]},
			`storeId: "` + ada + `"`:                                                   nil,
		} {
			t.Run(filter, func(t *testing.T) {
				s := s.in(t)
				a := s.must(`{ sales(filter: {`+filter+`}, orderBy: {field: OCCURRED_AT, direction: DESC}) { nodes { id } totalCount } }`, nil)
				var got []string
				for i := 0; a.at(fmt.Sprintf("data.sales.nodes.%d", i)) != nil; i++ {
					got = append(got, a.text(fmt.Sprintf("data.sales.nodes.%d.id", i)))
				}
				if filter == `` || filter == `withoutDayPart: false, insideOpeningHours: false` || filter == `businessDateTo: "2026-03-06"` {
					return // the last two happened at once: which is first is checked below
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", filter, diff)
				}
			})
		}
		s.refreshed()
	}
	s.must(`mutation($id: ID!) { saleVoid(id: $id, expectedVersion: 1) { record { voidedAt version } userErrors { code } } }`, variables{"id": ids[4]}).
		want(map[string]string{"data.saleVoid.record.version": "2", "data.saleVoid.userErrors": "[]"})
	s.must(`mutation($id: ID!) { saleVoid(id: $id) { record { id } userErrors { path code } } }`, variables{"id": ids[4]}).
		want(map[string]string{"data.saleVoid": `{"record":null,"userErrors":[{"code":"STATE","path":"id"}]}`})
	s.must(`{ sales(filter: {voided: true}) { nodes { id } } live: sales(filter: {voided: false}) { totalCount } }`, nil).
		want(map[string]string{"data.sales.nodes": `[{"id":"` + ids[4] + `"}]`, "data.live.totalCount": "4"})

	// The same rows again, one of them changed, and one wrong.
	rows := []variables{sale("2026-03-08T23:30:00Z", "10.50", "externalRef", "T1"), sale("2026-03-08T23:30:00Z", "11", "externalRef", "T1"), sale("2026-03-08T23:30:00Z", "-1"), sale("2026-03-10T00:00:00Z", "1")}
	s.must(salesRecord, variables{"input": variables{"storeId": store, "sales": rows}}).want(map[string]string{
		"data.salesRecord.recorded": "0", "data.salesRecord.refused": "4", "data.salesRecord.ids": "[]",
		"data.salesRecord.userErrors.0.path": "sales.2.amount", "data.salesRecord.userErrors.1.path": "sales.1.externalRef",
	})
	s.must(salesRecord, variables{"input": variables{"storeId": store, "sales": rows, "onError": "SKIP_AND_REPORT"}}).want(map[string]string{
		"data.salesRecord.recorded": "1", "data.salesRecord.known": "1", "data.salesRecord.refused": "2", "data.salesRecord.ids.0": ids[0], "data.salesRecord.ids.1": "null",
		"data.salesRecord.userErrors.0.path": "sales.2.amount", "data.salesRecord.userErrors.1.path": "sales.1.externalRef",
	})
}

const partReport = `query($store: ID!, $from: Date!, $to: Date!, $a: Date, $b: Date) {
	dayPartReport(storeId: $store, from: $from, to: $to, compareFrom: $a, compareTo: $b) {
		store { name }
		rows { ...R } comparedRows { ...R }
		parts { dayPart currency totals { ...T } compared { ...T } }
	} }
	fragment R on DayPartSales { businessDate dayPart currency totals { ...T } }
	fragment T on SalesTotals { sales { amount } refunds { amount } net { amount } count }`

func TestDayPartReport(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store, other := s.storeWithHours("Norwood", "Australia/Adelaide"), s.storeWithHours("Elsewhere", "UTC")
	ids := s.sell(store,
		sale("2026-03-06T04:00:00Z", "10"), sale("2026-03-06T04:00:00Z", "0.10"), sale("2026-03-06T05:00:00Z", "3", "kind", "REFUND"),
		sale("2026-03-06T13:31:00Z", "20"),                     // Night of the 6th, after midnight
		sale("2026-03-07T19:00:00Z", "1"),                      // 8th, 05:30: no part
		sale("2026-03-06T04:00:00Z", "700", "currency", "JPY"), // no decimals
		sale("2026-02-06T04:00:00Z", "4"), sale("2026-03-06T04:00:00Z", "1000"))
	s.sell(other, sale("2026-03-06T12:00:00Z", "5"))
	s.must(`mutation($id: ID!) { saleVoid(id: $id) { userErrors { code } } }`, variables{"id": ids[7]})
	const totals = `{"count":%d,"net":{"amount":"%s"},"refunds":{"amount":"%s"},"sales":{"amount":"%s"}}`
	row := func(date, part, currency string, n int, net, refunds, sales string) string {
		return fmt.Sprintf(`{"businessDate":"%s","currency":"%s","dayPart":%s,"totals":`+totals+`}`, date, currency, part, n, net, refunds, sales)
	}
	part := func(part, currency, compared string, n int, net, refunds, sales string) string {
		return fmt.Sprintf(`{"compared":%s,"currency":"%s","dayPart":%s,"totals":`+totals+`}`, compared, currency, part, n, net, refunds, sales)
	}
	march := row("2026-03-06", `"Day"`, "AUD", 3, "7.10", "3.00", "10.10") + "," + row("2026-03-06", `"Day"`, "JPY", 1, "700", "0", "700") + "," +
		row("2026-03-06", `"Night"`, "AUD", 1, "20.00", "0.00", "20.00") + "," + row("2026-03-08", `null`, "AUD", 1, "1.00", "0.00", "1.00")
	zero, zeroYen := fmt.Sprintf(totals, 0, "0.00", "0.00", "0.00"), fmt.Sprintf(totals, 0, "0", "0", "0")
	for range 2 {
		s.must(partReport, variables{"store": store, "from": "2026-03-01", "to": "2026-03-31", "a": "2026-02-01", "b": "2026-02-28"}, "Daybook-Read", "exact").want(map[string]string{
			"data.dayPartReport.store.name":   "Norwood",
			"data.dayPartReport.rows":         "[" + march + "]",
			"data.dayPartReport.comparedRows": "[" + row("2026-02-06", `"Day"`, "AUD", 1, "4.00", "0.00", "4.00") + "]",
			"data.dayPartReport.parts": "[" + part(`"Day"`, "AUD", fmt.Sprintf(totals, 1, "4.00", "0.00", "4.00"), 3, "7.10", "3.00", "10.10") + "," +
				part(`"Day"`, "JPY", zeroYen, 1, "700", "0", "700") + "," + part(`"Night"`, "AUD", zero, 1, "20.00", "0.00", "20.00") + "," + part("null", "AUD", zero, 1, "1.00", "0.00", "1.00") + "]",
		})
		// Ranges may overlap; without a second one there is nothing to compare to.
		s.must(partReport, variables{"store": store, "from": "2026-03-08", "to": "2026-03-08", "a": "2026-03-08", "b": "2026-03-09"}).want(map[string]string{
			"data.dayPartReport.parts": "[" + part("null", "AUD", fmt.Sprintf(totals, 1, "1.00", "0.00", "1.00"), 1, "1.00", "0.00", "1.00") + "]"})
		s.must(partReport, variables{"store": store, "from": "2026-03-08", "to": "2026-03-08"}).want(map[string]string{
			"data.dayPartReport.parts": "[" + part("null", "AUD", "null", 1, "1.00", "0.00", "1.00") + "]", "data.dayPartReport.comparedRows": "[]"})
		s.refreshed()
	}
	// All stores together; each by itself, by name.
	const all = `query($from: Date!, $to: Date!, $a: Date, $b: Date) { dayPartReport(from: $from, to: $to, compareFrom: $a, compareTo: $b) {
		store { name } rows { businessDate dayPart start totals { net { amount } } } stores { store { name } currency totals { net { amount } count } compared { net { amount } } } } }`
	s.must(all, variables{"from": "2026-03-06", "to": "2026-03-31", "a": "2026-02-01", "b": "2026-03-06"}).want(map[string]string{
		"data.dayPartReport.store": "null",
		"data.dayPartReport.rows": `[{"businessDate":"2026-03-06","dayPart":"Day","start":"06:00","totals":{"net":{"amount":"12.10"}}},{"businessDate":"2026-03-06","dayPart":"Day","start":"06:00","totals":{"net":{"amount":"700"}}},` +
			`{"businessDate":"2026-03-06","dayPart":"Night","start":"22:00","totals":{"net":{"amount":"20.00"}}},{"businessDate":"2026-03-08","dayPart":null,"start":null,"totals":{"net":{"amount":"1.00"}}}]`,
		"data.dayPartReport.stores": `[{"compared":{"net":{"amount":"5.00"}},"currency":"AUD","store":{"name":"Elsewhere"},"totals":{"count":1,"net":{"amount":"5.00"}}},` +
			`{"compared":{"net":{"amount":"31.10"}},"currency":"AUD","store":{"name":"Norwood"},"totals":{"count":5,"net":{"amount":"28.10"}}},` +
			`{"compared":{"net":{"amount":"700"}},"currency":"JPY","store":{"name":"Norwood"},"totals":{"count":1,"net":{"amount":"700"}}}]`,
	})
	for _, wrong := range []variables{
		{"store": store, "from": "2026-03-08", "to": "2026-03-07"}, {"store": store, "from": "2025-03-08", "to": "2026-03-09"},
		{"store": store, "from": "2026-03-08", "to": "2026-03-08", "a": "2026-03-08"}, {"store": "Person:1", "from": "2026-03-08", "to": "2026-03-08"},
		{"store": store, "from": "2026-03-08", "to": "2026-03-08", "a": "2026-03-08", "b": "2026-03-07"},
	} {
		s.call(partReport, wrong).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	}
}

// TestDayPartsInTheirOrder: a report lists the parts of a day by their start.
func TestDayPartsInTheirOrder(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store := s.made("storeCreate", `mutation { storeCreate(input: {name: "Unley", timeZone: "UTC"}) { record { id } userErrors { path } } }`, nil)
	s.made("storeDayPartsSet", `mutation($id: ID!) { storeDayPartsSet(id: $id, input: {effectiveFrom: null, parts: [{name: "Morning", start: "06:00", lengthMinutes: 360},
		{name: "Afternoon", start: "12:00", lengthMinutes: 360}, {name: "Evening", start: "18:00", lengthMinutes: 360}]}) { record { id } userErrors { path } } }`, variables{"id": store})
	s.sell(store, sale("2026-11-02T19:00:00Z", "1"), sale("2026-11-02T13:00:00Z", "1"), sale("2026-11-02T03:00:00Z", "1"), sale("2026-11-02T07:00:00Z", "1"))
	early := s.made("storeCreate", `mutation { storeCreate(input: {name: "zoo", timeZone: "UTC"}) { record { id } userErrors { path } } }`, nil)
	s.made("storeDayPartsSet", `mutation($id: ID!) { storeDayPartsSet(id: $id, input: {effectiveFrom: null, parts: [{name: "Dawn", start: "05:00", lengthMinutes: 60}]}) { record { id } userErrors { path } } }`, variables{"id": early})
	s.sell(early, sale("2026-11-02T05:30:00Z", "1"))
	for range 2 {
		s.must(`{ dayPartReport(from: "2026-11-02", to: "2026-11-02") { parts { dayPart } stores { store { name } } } }`, nil).want(map[string]string{
			"data.dayPartReport.parts":  `[{"dayPart":"Dawn"},{"dayPart":"Morning"},{"dayPart":"Afternoon"},{"dayPart":"Evening"},{"dayPart":null}]`,
			"data.dayPartReport.stores": `[{"store":{"name":"Unley"}},{"store":{"name":"zoo"}}]`, // by name, not by the first part
		})
		s.must(`query($id: ID!) { dayPartReport(storeId: $id, from: "2026-11-02", to: "2026-11-02") { rows { dayPart start } parts { dayPart start } } }`, variables{"id": store}).want(map[string]string{
			"data.dayPartReport.rows":  `[{"dayPart":"Morning","start":"06:00"},{"dayPart":"Afternoon","start":"12:00"},{"dayPart":"Evening","start":"18:00"},{"dayPart":null,"start":null}]`,
			"data.dayPartReport.parts": `[{"dayPart":"Morning","start":"06:00"},{"dayPart":"Afternoon","start":"12:00"},{"dayPart":"Evening","start":"18:00"},{"dayPart":null,"start":null}]`,
		})
		s.refreshed()
	}
}

// TestRestatingThePast: new day parts hold from today on, and what was sold before stays as it was, unless the caller
// names an earlier date.
func TestRestatingThePast(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store := s.storeWithHours("Norwood", "Australia/Adelaide")
	id := s.sell(store, sale("2026-03-06T04:00:00Z", "10"))[0]
	part := func(want string) {
		t.Helper()
		s.must(`query($id: ID!) { sale(id: $id) { dayPart } }`, variables{"id": id}).want(map[string]string{"data.sale.dayPart": want})
	}
	set := func(input string) {
		t.Helper()
		s.made("storeDayPartsSet", `mutation($id: ID!) { storeDayPartsSet(id: $id, input: {`+input+`parts: [{name: "All", start: "00:00", lengthMinutes: 1440}]}) {
			record { id } userErrors { path message } } }`, variables{"id": store})
	}
	for _, refresh := range []func(){func() {}, s.refreshed} {
		refresh()
		part("Day")
		set("")
		refresh()
		part("Day")
	}
	set(`effectiveFrom: "2026-03-07", `)
	part("Day")
	set(`effectiveFrom: "2026-03-06", `)
	part("All")
	s.refreshed()
	part("All")
}
