package resolvers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/graph/model"
)

// TestSaleLines: what a sale was made of and what it was paid with shows at once and after a refresh; refunds reduce what is left.
func TestSaleLines(t *testing.T) {
	t.Parallel()
	s := serve(t)
	store, vat := s.storeWithHours("Norwood", "Australia/Adelaide"), s.taxRate("VAT")
	tea := s.made("productCreate", `mutation($r: ID!) { productCreate(input: {sku: "T", name: "Tea", unitPrice: "4.40", taxRateId: $r}) { record { id } userErrors { path } } }`, variables{"r": vat})
	cup := s.made("productCreate", `mutation { productCreate(input: {sku: "C", name: "Cup", unitPrice: "2"}) { record { id } userErrors { path } } }`, nil)
	ids := s.sell(store,
		variables{"occurredAt": "2026-03-06T04:00:00Z", "lines": []variables{{"productId": tea, "quantity": "3", "discountPercentage": "10"}, {"productId": cup}},
			"tenders": []variables{{"tender": "CASH", "amount": "10"}, {"tender": "CARD", "amount": "5.07"}}},
		variables{"occurredAt": "2026-03-06T05:00:00Z", "pricesIncludeTax": true, "lines": []variables{{"description": "Cake", "unitPrice": "11", "taxRateIds": []string{vat}}},
			"tenders": []variables{{"tender": "VOUCHER", "amount": "11"}}},
		sale("2026-03-06T06:00:00Z", "7"))
	const read = `query($id: ID!) { sale(id: $id) { amount { amount } tax { amount } pricesIncludeTax lineCount refundedAmount { amount } refundable { amount } tenders { tender amount { amount currency } }
		lines { line product { name } description quantity unitPrice { amount } discountPercentage discount { amount } net { amount } tax { amount } gross { amount } taxes { name percentage amount { amount } } refundedQuantity refundedLine { line } }
		refundOf { amount { amount } } refunds { kind amount { amount } voidedAt } } }`
	for range 2 {
		s.must(read, variables{"id": ids[0]}).want(map[string]string{
			"data.sale.amount.amount": "15.07", "data.sale.tax.amount": "1.19", "data.sale.lineCount": "2", "data.sale.pricesIncludeTax": "false",
			"data.sale.tenders": `[{"amount":{"amount":"10.00","currency":"AUD"},"tender":"CASH"},{"amount":{"amount":"5.07","currency":"AUD"},"tender":"CARD"}]`,
			"data.sale.lines": `[{"description":"Tea","discount":{"amount":"1.32"},"discountPercentage":"10","gross":{"amount":"13.07"},"line":1,"net":{"amount":"11.88"},"product":{"name":"Tea"},"quantity":"3","refundedLine":null,"refundedQuantity":"0",` +
				`"tax":{"amount":"1.19"},"taxes":[{"amount":{"amount":"1.19"},"name":"VAT","percentage":"10"}],"unitPrice":{"amount":"4.40"}},` +
				`{"description":"Cup","discount":{"amount":"0.00"},"discountPercentage":null,"gross":{"amount":"2.00"},"line":2,"net":{"amount":"2.00"},"product":{"name":"Cup"},"quantity":"1","refundedLine":null,"refundedQuantity":"0",` +
				`"tax":{"amount":"0.00"},"taxes":[],"unitPrice":{"amount":"2.00"}}]`,
			"data.sale.refundable.amount": "15.07", "data.sale.refunds": "[]", "data.sale.refundOf": "null",
		})
		s.must(read, variables{"id": ids[2]}).want(map[string]string{"data.sale.lines": "[]", "data.sale.tenders": "[]", "data.sale.lineCount": "0", "data.sale.tax.amount": "0.00"})
		s.refreshed()
	}
	line := s.must(`query($id: ID!) { sale(id: $id) { lines { id } } }`, variables{"id": ids[0]}).text("data.sale.lines.0.id")
	refunds := s.sell(store,
		variables{"occurredAt": "2026-03-07T04:00:00Z", "kind": "REFUND", "refundOfId": ids[0], "lines": []variables{{"refundedLineId": line, "quantity": "1"}}, "tenders": []variables{{"tender": "CASH", "amount": "4.36"}}},
		variables{"occurredAt": "2026-03-07T05:00:00Z", "kind": "REFUND", "refundOfId": ids[2], "amount": "3"})
	wantFound := func(filter string, want ...string) {
		t.Helper()
		a := s.must(`{ sales(filter: {`+filter+`}, orderBy: {field: OCCURRED_AT}) { nodes { id } } }`, nil)
		got := []string{}
		for i := 0; a.at(fmt.Sprintf("data.sales.nodes.%d", i)) != nil; i++ {
			got = append(got, a.text(fmt.Sprintf("data.sales.nodes.%d.id", i)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", filter, got, want)
		}
	}
	for range 2 {
		s.must(read, variables{"id": ids[0]}).want(map[string]string{
			"data.sale.refundedAmount.amount": "4.36", "data.sale.refundable.amount": "10.71", "data.sale.lines.0.refundedQuantity": "1", "data.sale.lines.1.refundedQuantity": "0",
			"data.sale.refunds": `[{"amount":{"amount":"4.36"},"kind":"REFUND","voidedAt":null}]`})
		s.must(read, variables{"id": refunds[0]}).want(map[string]string{
			"data.sale.refundOf.amount.amount": "15.07", "data.sale.refundable.amount": "0.00", "data.sale.lines.0.refundedLine.line": "1", "data.sale.lines.0.net.amount": "3.96", "data.sale.lines.0.tax.amount": "0.40"})
		wantFound(`productId: "`+tea+`"`, ids[0], refunds[0])
		wantFound(`productId: "` + store + `"`)
		wantFound(`tender: CASH`, ids[0], refunds[0])
		wantFound(`tender: VOUCHER`, ids[1])
		wantFound(`tender: OTHER`)
		wantFound(`refundOfId: "`+ids[2]+`"`, refunds[1])
		s.refreshed()
	}
	s.must(`mutation($id: ID!) { saleVoid(id: $id) { userErrors { path code } } }`, variables{"id": ids[0]}).want(map[string]string{"data.saleVoid.userErrors": `[{"code":"STATE","path":"id"}]`})
	s.must(`mutation($id: ID!) { saleVoid(id: $id) { userErrors { path code } } }`, variables{"id": refunds[0]}).want(map[string]string{"data.saleVoid.userErrors": `[]`})
	for range 2 {
		s.must(read, variables{"id": ids[0]}).want(map[string]string{"data.sale.refundable.amount": "15.07", "data.sale.lines.0.refundedQuantity": "0", "data.sale.refundedAmount.amount": "0.00"})
		s.refreshed()
	}
	// Very many mistakes: each row has its first.
	rows := make([]variables, 300)
	for i := range rows {
		rows[i] = variables{"occurredAt": "2026-03-06T04:00:00Z", "lines": []variables{{"quantity": "-1"}}}
	}
	a := s.must(salesRecord, variables{"input": variables{"storeId": store, "onError": "SKIP_AND_REPORT", "sales": rows}})
	for i, path := range map[int]string{0: "sales.0.lines.0.description", 400: "and 500 more mistakes"} {
		if is := a.text(fmt.Sprintf("data.salesRecord.userErrors.%d.path", i)) + a.text(fmt.Sprintf("data.salesRecord.userErrors.%d.message", i)); !strings.Contains(is, path) {
			t.Errorf("mistake %d is %s, want %s", i, is, path)
		}
	}
}

// TestReportOfRandomSales compares the report by product, tender, tax rate and hour with sums of what was recorded.
func TestReportOfRandomSales(t *testing.T) {
	t.Parallel()
	s := serve(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	stores := []string{s.storeWithHours("Norwood", "Australia/Adelaide"), s.storeWithHours("Unley", "Australia/Adelaide"), s.storeWithHours("Elsewhere", "Australia/Adelaide")}
	rates := []string{s.taxRate("VAT"), s.made("taxRateCreate", `mutation { taxRateCreate(input: {name: "Levy", percentage: 5}) { record { id } userErrors { path } } }`, nil)}
	percentages := []int64{10, 5}
	var products []string
	for i := range 3 {
		products = append(products, s.made("productCreate", `mutation($n: String!) { productCreate(input: {sku: $n, name: $n, unitPrice: 1}) { record { id } userErrors { path } } }`, variables{"n": fmt.Sprint("P", i)}))
	}
	zone, err := time.LoadLocation("Australia/Adelaide")
	if err != nil {
		t.Fatal(err)
	}
	// What the first two stores sold in March, and in February to compare, in cents: net, counted.
	type sum struct{ sales, refunds, count int64 }
	want := map[string]map[string]*[2]sum{"products": {}, "tenders": {}, "hours": {}}
	taxed := map[string]*[2][2]int64{}
	quantities := map[string]int64{}
	for n, store := range stores {
		var rows []variables
		for range 60 {
			month := r.IntN(2) // 0: March
			local := time.Date(2026, time.Month(3-month), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, zone)
			business := local
			if local.Hour() < 4 { // the night part, of the day before
				business = local.AddDate(0, 0, -1)
			}
			counted := n < 2 && (business.Month() == time.March || business.Month() == time.February)
			month = int(time.March - business.Month())
			kind, sign := "SALE", int64(1)
			if r.IntN(4) == 0 {
				kind, sign = "REFUND", -1
			}
			add := func(by, key string, amount int64) {
				if !counted {
					return
				}
				if want[by][key] == nil {
					want[by][key] = &[2]sum{}
				}
				w := &want[by][key][month]
				if w.count++; sign > 0 {
					w.sales += amount
				} else {
					w.refunds += amount
				}
			}
			row := variables{"occurredAt": local.Format(time.RFC3339), "kind": kind}
			total := int64(0)
			if r.IntN(3) == 0 {
				total = 1 + r.Int64N(5000)
				row["amount"] = model.FromMinor(total, "AUD").Amount.String()
				add("products", "null", total)
			} else {
				var lines []variables
				for range 1 + r.IntN(3) {
					quantity, price := 1+r.Int64N(3), 1+r.Int64N(3000)
					net, gross := quantity*price, quantity*price
					l := variables{"quantity": fmt.Sprint(quantity), "unitPrice": model.FromMinor(price, "AUD").Amount.String(), "taxRateIds": []string{}}
					for i, rate := range rates {
						if r.IntN(2) == 0 {
							continue
						}
						l["taxRateIds"] = append(l["taxRateIds"].([]string), rate)
						tax := (net*percentages[i]*2 + 100) / 200
						if gross += tax; counted {
							if taxed[rate] == nil {
								taxed[rate] = &[2][2]int64{}
							}
							taxed[rate][month][0] += sign * net
							taxed[rate][month][1] += sign * tax
						}
					}
					key := "null"
					if i := r.IntN(4); i < 3 {
						l["productId"], key = products[i], fmt.Sprintf("P%d", i)
					} else {
						l["description"] = "Other"
					}
					if counted && month == 0 {
						quantities[key] += sign * quantity
					}
					add("products", key, gross)
					total += gross
					lines = append(lines, l)
				}
				row["lines"] = lines
			}
			if r.IntN(3) > 0 {
				cash := r.Int64N(total + 1)
				parts := []variables{}
				for tender, amount := range map[string]int64{"CASH": cash, "CARD": total - cash} {
					if amount > 0 {
						parts = append(parts, variables{"tender": tender, "amount": model.FromMinor(amount, "AUD").Amount.String()})
						add("tenders", tender, amount)
					}
				}
				row["tenders"] = parts
			} else {
				add("tenders", "null", total)
			}
			add("hours", fmt.Sprint(strings.ToUpper(business.Weekday().String()), " ", local.Hour()), total)
			rows = append(rows, row)
		}
		s.sell(store, rows...)
	}
	const report = `query($stores: [ID!]) { dayPartReport(storeIds: $stores, from: "2026-03-01", to: "2026-03-31", compareFrom: "2026-02-01", compareTo: "2026-02-28") {
		store { id }
		products { product { name } quantity totals { ...T } compared { ...T } } tenders { tender totals { ...T } compared { ...T } }
		taxRates { taxRate { id } percentage totals { ...X } compared { ...X } } hours { weekday hour totals { ...T } compared { ...T } } } }
		fragment T on SalesTotals { sales { amount } refunds { amount } net { amount } count } fragment X on TaxedTotals { net { amount } tax { amount } }`
	money := func(minor int64) string { return model.FromMinor(minor, "AUD").Amount.StringFixed(2) }
	totals := func(s sum) string {
		return fmt.Sprint(money(s.sales), money(s.refunds), money(s.sales-s.refunds), s.count)
	}
	for range 2 {
		a := s.must(report, variables{"stores": stores[:2]}, "Daybook-Read", "exact")
		a.want(map[string]string{"data.dayPartReport.store": "null"})
		for by, key := range map[string]func(at string) string{
			"products": func(at string) string {
				name := a.text(at + ".product.name")
				if is := a.text(at + ".quantity"); is != fmt.Sprint(quantities[name]) {
					t.Errorf("%s of %s, want %d", is, name, quantities[name])
				}
				return name
			},
			"tenders": func(at string) string { return a.text(at + ".tender") },
			"hours":   func(at string) string { return a.text(at+".weekday") + " " + a.text(at+".hour") },
		} {
			found := 0
			for i := 0; a.at(fmt.Sprintf("data.dayPartReport.%s.%d", by, i)) != nil; i++ {
				at := fmt.Sprintf("data.dayPartReport.%s.%d", by, i)
				k := key(at)
				w := want[by][k]
				if w == nil {
					t.Errorf("%s: unexpected %q", by, k)
					continue
				}
				found++
				for j, part := range []string{"totals", "compared"} {
					of := func(field string) string { return a.text(at + "." + part + "." + field) }
					if is := fmt.Sprint(of("sales.amount"), of("refunds.amount"), of("net.amount"), of("count")); is != totals(w[j]) {
						t.Errorf("%s %s, %s: %s, want %s", by, k, part, is, totals(w[j]))
					}
				}
			}
			if found != len(want[by]) {
				t.Errorf("%d %s, want %d", found, by, len(want[by]))
			}
		}
		for i := range rates {
			at := fmt.Sprintf("data.dayPartReport.taxRates.%d", i)
			rate := a.text(at + ".taxRate.id")
			for j, part := range []string{"totals", "compared"} {
				if is, w := a.text(at+"."+part+".net.amount")+" "+a.text(at+"."+part+".tax.amount"), money(taxed[rate][j][0])+" "+money(taxed[rate][j][1]); is != w {
					t.Errorf("%s, %s: %s, want %s", rate, part, is, w)
				}
			}
		}
		s.refreshed()
	}
	s.call(`query($s: ID!) { dayPartReport(storeId: $s, storeIds: [$s], from: "2026-03-01", to: "2026-03-31") { from } }`, variables{"s": stores[0]}).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
}
