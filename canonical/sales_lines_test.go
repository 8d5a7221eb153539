package canonical_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// soldLine returns a line of a sale.
func soldLine(description, quantity, price string, rates ...model.ID) model.SaleLineInput {
	return model.SaleLineInput{Description: some(description), Quantity: some(dec(quantity)), UnitPrice: some(dec(price)), TaxRateIds: graphql.OmittableOf(append([]model.ID{}, rates...))}
}

// receipt returns a row with lines, whose amount they give.
func receipt(ref string, lines ...model.SaleLineInput) model.SaleInput {
	in := model.SaleInput{Kind: model.SaleKindSale, OccurredAt: noon, Lines: graphql.OmittableOf(append([]model.SaleLineInput{}, lines...))}
	if ref != "" {
		in.ExternalRef = some(ref)
	}
	return in
}

// paidWith adds tenders to a row: "CASH 10", "CARD 2.50".
func paidWith(in model.SaleInput, parts ...string) model.SaleInput {
	list := []model.SaleTenderInput{}
	for _, part := range parts {
		tender, amount, _ := strings.Cut(part, " ")
		list = append(list, model.SaleTenderInput{Tender: model.Tender(tender), Amount: dec(amount)})
	}
	in.Tenders = graphql.OmittableOf(list)
	return in
}

// recorded returns the lines, taxes and tenders of all sales, one line of text for each sale.
func (w *world) recorded() string {
	w.t.Helper()
	return one[string](w, `SELECT coalesce(string_agg(s.id || ' ' || s.amount || ' ' || coalesce(s.tax_rounding, '-') || ': '
			|| coalesce((SELECT string_agg(concat_ws(' ', l.description, trim_scale(l.quantity), trim_scale(l.unit_price), l.discount, l.net, l.tax, (
				SELECT string_agg(t.name || '=' || t.amount, '+' ORDER BY t.position) FROM canonical.sale_line_taxes t WHERE (t.sale_id, t.line) = (l.sale_id, l.line))), ', ' ORDER BY l.line)
				FROM canonical.sale_lines l WHERE l.sale_id = s.id), '') || '; '
			|| coalesce((SELECT string_agg(tender || ' ' || amount, ', ' ORDER BY position) FROM canonical.sale_tenders p WHERE p.sale_id = s.id), ''), E'\n' ORDER BY s.id), '')
		FROM canonical.sales s`)
}

func TestSaleLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, store, vat := t.Context(), w.storeNamed(w.owner, "North"), w.taxRate(w.owner, "VAT", "10")
	key, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{Sku: some("T"), Name: some("Tea"), UnitPrice: dec("3.333"), Currency: some("AUD"), TaxRateID: some(vat)})
	must(t, err)
	tea := model.SaleLineInput{ProductID: some(model.ID{Type: "Product", Key: key}), Quantity: some(dec("3"))}
	discounted := soldLine("Cake", "2", "4.50", vat)
	discounted.DiscountPercentage = some(dec("10"))
	off := soldLine("Mug", "1", "12")
	off.Discount = some(dec("2"))

	net := paidWith(receipt("R1", tea, discounted, off), "CASH 20", "CARD 9.91")
	gross := receipt("R2", tea, discounted)
	gross.PricesIncludeTax = true
	tendered := paidWith(sold("5", "R3"), "VOUCHER 5")
	rows := []model.SaleInput{net, gross, tendered, sold("7", "R4")}
	got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, rows...))
	must(t, err)
	want := fmt.Sprintf(`%d 2991 line: Tea 3 333.3 0 1000 100 VAT=100, Cake 2 450 90 810 81 VAT=81, Mug 1 1200 200 1000 0; cash 2000, card 991
%d 1910 line: Tea 3 366.63 0 1000 100 VAT=100, Cake 2 450 90 736 74 VAT=74; 
%d 500 -: ; voucher 500
%d 700 -: ; `, got.IDs[0], got.IDs[1], got.IDs[2], got.IDs[3])
	if is := w.recorded(); is != want {
		t.Errorf("recorded\n%s\nwant\n%s", is, want)
	}

	// Recorded again each is known, also after the product has another price, name and tax.
	_, err = w.ProductUpdate(ctx, w.owner, key, nil, model.ProductUpdateInput{Name: some("Green tea"), UnitPrice: some(dec("9")), TaxRateID: null[model.ID]()})
	must(t, err)
	_, err = w.ProductArchive(ctx, w.owner, key, nil)
	must(t, err)
	again, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, append(rows, rows...)...))
	must(t, err)
	if again.Known != 8 || !slices.Equal(again.IDs, slices.Concat(got.IDs, got.IDs)) {
		t.Errorf("again: %+v", again)
	}
	// What a row gives and the sale has otherwise is another sale.
	others := []model.SaleInput{
		0: paidWith(receipt("R1", tea, discounted, off), "CARD 20", "CASH 9.91"), 1: paidWith(receipt("R1", tea, discounted), "CASH 29.91"),
		2: receipt("R1", tea, discounted, off), 3: sold("19.10", "R2"), 4: paidWith(sold("5", "R3"), "CASH 5"), 5: receipt("R4", soldLine("All", "1", "7")),
		6: receipt("R2", tea, discounted),
	}
	refused, err := w.SalesRecord(ctx, w.owner, bulk(store, skipAndReport, others...))
	must(t, err)
	if refused.Refused != len(others) || len(refused.Mistakes) != len(others) {
		t.Errorf("other content: %+v", refused)
	}
	slices.SortFunc(refused.Mistakes, func(a, b model.UserError) int { return strings.Compare(a.Path, b.Path) }) // fewer than ten
	for i, mistake := range refused.Mistakes {
		if mistake.Path != fmt.Sprintf("sales.%d.externalRef", i) || mistake.Code != model.UserErrorCodeTaken {
			t.Errorf("%+v", mistake)
		}
	}
}

// Each mistake has its path, under both policies, and a row with mistakes keeps none of the others back.
func TestSaleLineMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, store, vat := t.Context(), w.storeNamed(w.owner, "North"), w.taxRate(w.owner, "VAT", "10")
	other := w.organization("Bob's", "AUD")
	gone := w.taxRate(w.owner, "Gone", "5")
	_, err := w.TaxRateArchive(ctx, w.owner, gone.Key, nil)
	must(t, err)
	theirs := w.taxRate(other, "Theirs", "5")
	with := func(change func(*model.SaleLineInput)) model.SaleInput {
		l := soldLine("Tea", "1", "1")
		change(&l)
		return receipt("", l)
	}
	many := make([]model.SaleLineInput, 2001)
	for i := range many {
		many[i] = soldLine("Tea", "1", "1")
	}
	rows := []model.SaleInput{
		0: receipt(""),
		1: with(func(l *model.SaleLineInput) { l.Quantity = some(dec("-1")) }),
		2: with(func(l *model.SaleLineInput) { l.Quantity = some(dec("0")) }),
		3: with(func(l *model.SaleLineInput) { l.UnitPrice = some(dec("-1")) }),
		4: with(func(l *model.SaleLineInput) {
			l.Quantity, l.UnitPrice = some(dec("99999999999")), some(dec("999999999"))
		}),
		5: with(func(l *model.SaleLineInput) {
			l.TaxRateIds = graphql.OmittableOf([]model.ID{vat, vat, gone, theirs, store})
		}),
		6:  with(func(l *model.SaleLineInput) { l.Discount = some(dec("2")) }),
		7:  with(func(l *model.SaleLineInput) { l.AccountID = some(w.account(w.owner, "1100")) }),
		8:  with(func(l *model.SaleLineInput) { l.AccountID = some(w.account(other, "4000")) }),
		9:  with(func(l *model.SaleLineInput) { l.Description, l.UnitPrice = some(" "), null[model.Decimal]() }),
		10: with(func(l *model.SaleLineInput) { l.DiscountPercentage = some(dec("100")) }),
		11: {Kind: model.SaleKindSale, OccurredAt: noon},
		12: paidWith(sold("5", ""), "CASH 4", "CARD 2"),
		13: paidWith(sold("5", ""), "CASH -1", "CARD 6"),
		14: paidWith(sold("5", "")),
		15: receipt("", slices.Repeat([]model.SaleLineInput{soldLine("Gold", "1", "9000000000000")}, 2)...),
		16: receipt("", many...),
		17: with(func(l *model.SaleLineInput) { l.RefundedLineID = some(model.ID{Type: "SaleLine", Key: 1}) }),
		18: with(func(l *model.SaleLineInput) { l.ProductID = some(store) }),
		19: receipt("fine", soldLine("Tea", "1", "1")),
	}
	rows[19].Amount = some(dec("1"))
	disagrees := receipt("", soldLine("Tea", "1", "1", vat))
	disagrees.Amount = some(dec("1"))
	rows = append(rows, disagrees, with(func(l *model.SaleLineInput) { l.TaxRateIds = graphql.OmittableOf([]model.ID{gone}) }))
	want := []string{
		"sales.0.lines REQUIRED", "sales.1.lines.0.quantity INVALID", "sales.2.lines.0.quantity INVALID", "sales.3.lines.0.unitPrice INVALID",
		"sales.4.lines.0.unitPrice INVALID", "sales.5.lines.0.taxRateIds.1 INVALID", "sales.5.lines.0.taxRateIds.3 NOT_FOUND", "sales.5.lines.0.taxRateIds.4 NOT_FOUND",
		"sales.6.lines.0.discount INVALID", "sales.7.lines.0.accountId INVALID", "sales.8.lines.0.accountId NOT_FOUND",
		"sales.9.lines.0.description REQUIRED", "sales.9.lines.0.unitPrice REQUIRED", "sales.11.amount REQUIRED", "sales.13.tenders.0.amount INVALID",
		"sales.14.tenders REQUIRED", "sales.16.lines INVALID", "sales.17.lines.0.description INVALID", "sales.17.lines.0.unitPrice INVALID",
		"sales.17.lines.0.taxRateIds INVALID", "sales.17.refundOfId REQUIRED", "sales.18.lines.0.productId NOT_FOUND",
		"sales.10.lines INVALID", "sales.12.tenders INVALID", "sales.15.lines INVALID", "sales.20.amount INVALID",
		"sales.21.lines.0.taxRateIds.0 STATE",
	}
	_, err = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, rows...))
	wantMistakes(t, err, want...)
	got, err := w.SalesRecord(ctx, w.owner, bulk(store, skipAndReport, rows...))
	must(t, err)
	wantMistakes(t, &canonical.Invalid{Errors: got.Mistakes}, want...)
	if got.Recorded != 1 || got.IDs[19] == 0 {
		t.Errorf("%+v", got)
	}
	_, err = w.SalesRecord(ctx, w.owner, bulk(store, skipAndReport, slices.Repeat([]model.SaleInput{receipt("", many[:2000]...)}, 11)...))
	wantMistakes(t, err, "sales INVALID")
	got, err = w.SalesRecord(ctx, w.owner, bulk(store, skipAndReport, receipt("long", many[:2000]...)))
	must(t, err)
	if amount := one[int64](w, `SELECT amount FROM canonical.sales WHERE id = $1`, got.IDs[0]); amount != 200_000 {
		t.Errorf("2 000 lines come to %d", amount)
	}
}

// Random sales have the net amounts and taxes that the rules give, by line and by rate, with prices that include taxes and others; and
// whatever parts of them refunds take back, in the end as much is given back as was sold.
func TestTaxesOfRandomSales(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, byRate := range []bool{false, true} {
		shop := w.organization(fmt.Sprintf("Shop %t", byRate), "AUD")
		if byRate {
			_, err := w.TaxRoundingSet(t.Context(), shop, nil, model.TaxRoundingSetInput{Rounding: model.TaxRoundingRate})
			must(t, err)
		}
		store := w.storeNamed(shop, "North")
		var rates []model.ID
		percentages := map[int64]int64{}
		for i, percentage := range []int64{100_000, 230_000, 76_666, 0, 1_000_000, 55_000} {
			id := w.taxRate(shop, fmt.Sprint("T", i), model.FromMinor(percentage, "").Amount.Shift(-2).String())
			rates, percentages[id.Key] = append(rates, id), percentage
		}
		var rows []model.SaleInput
		var lines [][]taxedLine
		for range pgtest.Rounds(30, 400) {
			in, taxed := receipt(""), []taxedLine{}
			list := []model.SaleLineInput{}
			for range 1 + r.IntN(6) {
				l := taxedLine{amount: 1 + r.Int64N(20000), taxes: map[int64]int64{}}
				if r.IntN(8) == 0 {
					l.amount = r.Int64N(9_999_999_999)
				}
				ids := []model.ID{}
				for _, i := range r.Perm(len(rates))[:min(r.IntN(4), 3)] {
					ids = append(ids, rates[i])
					l.taxes[rates[i].Key] = percentages[rates[i].Key]
				}
				// The amount comes from a price with decimals and a quantity, rounded.
				quantity := int64(1 + r.IntN(7))
				price := model.FromMinor(l.amount, "AUD").Amount.DivRound(dec(fmt.Sprint(quantity)).Decimal, 6)
				l.amount = price.Mul(dec(fmt.Sprint(quantity)).Decimal).Shift(2).Round(0).IntPart()
				list, taxed = append(list, soldLine("Line", fmt.Sprint(quantity), price.String(), ids...)), append(taxed, l)
			}
			in.Lines, in.PricesIncludeTax = graphql.OmittableOf(list), r.IntN(2) == 0
			rows, lines = append(rows, in), append(lines, taxed)
		}
		got, err := w.SalesRecord(t.Context(), shop, bulk(store, allOrNothing, rows...))
		must(t, err)
		for i, id := range got.IDs {
			w.compareSale(id, lines[i], rows[i].PricesIncludeTax, byRate)
			w.refundAll(shop, store, id, r)
		}
	}
}

// compareSale compares the amounts of a sale with those of taxesOf.
func (w *world) compareSale(id int64, lines []taxedLine, included, byRate bool) {
	w.t.Helper()
	want, sum := taxesOf(lines, included, byRate), int64(0)
	for i, l := range lines {
		tax := int64(0)
		for rate, amount := range want[i] {
			tax += amount
			if is := one[int64](w, `SELECT amount FROM canonical.sale_line_taxes WHERE (sale_id, line, tax_rate_id) = ($1, $2, $3)`, id, i+1, rate); is != amount {
				w.t.Errorf("sale %d, line %d, rate %d: got %d, want %d\n%+v included %t, by rate %t", id, i+1, rate, is, amount, lines, included, byRate)
			}
		}
		net := l.amount
		if included {
			net -= tax
		}
		sum += net + tax
		if is := one[string](w, `SELECT concat_ws(' ', net, tax, (SELECT count(*) FROM canonical.sale_line_taxes AS t WHERE (t.sale_id, t.line) = (l.sale_id, l.line)))
				FROM canonical.sale_lines AS l WHERE (sale_id, line) = ($1, $2)`, id, i+1); is != fmt.Sprint(net, " ", tax, " ", len(want[i])) {
			w.t.Errorf("sale %d, line %d: got %s, want %d %d %d", id, i+1, is, net, tax, len(want[i]))
		}
	}
	if is := one[int64](w, `SELECT amount FROM canonical.sales WHERE id = $1`, id); is != sum {
		w.t.Errorf("sale %d comes to %d, want %d", id, is, sum)
	}
}

// refundAll takes back random parts of a sale until nothing is left, and compares what came back with what was sold.
func (w *world) refundAll(shop canonical.Actor, store model.ID, id int64, r *rand.Rand) {
	w.t.Helper()
	for range 100 {
		// A rest of a line that is worth less than a cent stays.
		rows, _ := w.pool.Query(w.t.Context(), `
			SELECT sold.id AS line_id, (sold.quantity - coalesce(sum(back.quantity), 0))::text AS left FROM canonical.sale_lines AS sold
			LEFT JOIN (canonical.sale_lines AS back JOIN canonical.sales AS refund ON refund.id = back.sale_id AND refund.voided_at IS NULL) ON back.refunded_line_id = sold.id
			WHERE sold.sale_id = $1 GROUP BY sold.id, sold.quantity, sold.net, sold.tax HAVING sold.net + sold.tax > coalesce(sum(back.net + back.tax), 0) ORDER BY sold.id`, id)
		left, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
			LineID int64
			Left   string
		}])
		must(w.t, err)
		if len(left) == 0 {
			break
		}
		var lines []model.SaleLineInput
		for _, l := range left[:1+r.IntN(len(left))] {
			in := model.SaleLineInput{RefundedLineID: some(model.ID{Type: "SaleLine", Key: l.LineID})}
			if r.IntN(2) == 0 {
				in.Quantity = some(model.Decimal{Decimal: dec(l.Left).Mul(dec([]string{"0.25", "0.5", "0.75"}[r.IntN(3)]).Decimal).RoundCeil(2)})
			}
			lines = append(lines, in)
		}
		back := receipt("", lines...)
		back.Kind, back.RefundOfID = model.SaleKindRefund, some(model.ID{Type: "Sale", Key: id})
		got, err := w.SalesRecord(w.t.Context(), shop, bulk(store, allOrNothing, back))
		if err != nil && strings.Contains(err.Error(), "come to nothing") { // a part of a line that is worth less than a cent
			continue
		}
		must(w.t, err)
		if r.IntN(5) == 0 {
			_, err = w.SaleVoid(w.t.Context(), shop, got.IDs[0], nil)
			must(w.t, err)
		}
	}
	if differs := one[string](w, `
		SELECT coalesce(string_agg(concat_ws(' ', sold.line, sold.quantity, sold.net, sold.tax, 'but', back.quantity, back.net, back.tax), '; '), '')
		FROM canonical.sale_lines AS sold CROSS JOIN LATERAL (
			SELECT sum(l.quantity) AS quantity, sum(l.net) AS net, sum(l.tax) AS tax FROM canonical.sale_lines AS l JOIN canonical.sales AS s ON s.id = l.sale_id
			WHERE l.refunded_line_id = sold.id AND s.voided_at IS NULL) AS back
		WHERE sold.sale_id = $1 AND (sold.net, sold.tax) IS DISTINCT FROM (coalesce(back.net, 0), coalesce(back.tax, 0))`, id); differs != "" {
		w.t.Errorf("sale %d is not given back: %s", id, differs)
	}
}

// The database keeps what was recorded, whoever writes.
func TestRecordedSalesAreFixed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, store, vat := t.Context(), w.storeNamed(w.owner, "North"), w.taxRate(w.owner, "VAT", "10")
	got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, paidWith(receipt("", soldLine("Tea", "2", "5", vat)), "CASH 11"), sold("7", "")))
	must(t, err)
	lined, simple := got.IDs[0], got.IDs[1]
	const sale = `INSERT INTO canonical.sales (organization_id, id, store_id, kind, occurred_at, currency, amount, tax_rounding, refunded_sale_id) VALUES ($1, 900, $2, `
	const lines = `INSERT INTO canonical.sale_lines (organization_id, sale_id, line, description, quantity, unit_price, net, tax, refunded_line_id) VALUES ($1, 900, `
	for name, c := range map[string]struct {
		sql  []string
		want string
	}{
		"another amount":               {[]string{`UPDATE canonical.sales SET amount = 1 WHERE id = $3`}, "sales_recorded_fixed"},
		"another kind":                 {[]string{`UPDATE canonical.sales SET kind = 'refund' WHERE id = $3`}, "sales_recorded_fixed"},
		"another price":                {[]string{`UPDATE canonical.sale_lines SET unit_price = 1`}, "sales_recorded_fixed"},
		"a line gone":                  {[]string{`DELETE FROM canonical.sale_lines`}, "sales_recorded_fixed"},
		"taxes gone":                   {[]string{`DELETE FROM canonical.sale_line_taxes`}, "sales_recorded_fixed"},
		"all tenders gone":             {[]string{`TRUNCATE canonical.sale_tenders`}, "sales_recorded_fixed"},
		"the sale gone":                {[]string{`DELETE FROM canonical.sales WHERE id = $3`}, "sale_lines_sale_fkey"},
		"a tender later":               {[]string{`INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) VALUES ($1, $4, 1, 'cash', 700)`}, "sales_recorded_fixed"},
		"a line later":                 {[]string{`INSERT INTO canonical.sale_lines (organization_id, sale_id, line, description, unit_price, net, tax) VALUES ($1, $3, 2, 'Free', 0, 0, 0)`}, "sales_recorded_fixed"},
		"a tax later":                  {[]string{`INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount) SELECT $1, $3, 1, 2, id, name, 0, 0 FROM canonical.tax_rates LIMIT 1`}, "sale_line_taxes_tax_rate_key"},
		"lines that come to less":      {[]string{sale + `'sale', now(), 'AUD', 600, 'line', NULL)`, lines + `1, 'Tea', 1, 500, 500, 0, NULL)`}, "sales_lines_sum"},
		"lines without their rounding": {[]string{sale + `'sale', now(), 'AUD', 500, NULL, NULL)`, lines + `1, 'Tea', 1, 500, 500, 0, NULL)`}, "sales_tax_rounding_of_lines"},
		"a rounding without lines":     {[]string{sale + `'sale', now(), 'AUD', 500, 'line', NULL)`}, "sales_tax_rounding_of_lines"},
		"another net amount":           {[]string{sale + `'sale', now(), 'AUD', 400, 'line', NULL)`, lines + `1, 'Tea', 1, 500, 400, 0, NULL)`}, "sale_lines_derived"},
		"a tax of no rate":             {[]string{sale + `'sale', now(), 'AUD', 550, 'line', NULL)`, lines + `1, 'Tea', 1, 500, 500, 50, NULL)`}, "sale_lines_derived"},
		"another tax": {[]string{sale + `'sale', now(), 'AUD', 540, 'line', NULL)`, lines + `1, 'Tea', 1, 500, 500, 40, NULL)`,
			`INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount) SELECT $1, 900, 1, 1, id, name, 10, 40 FROM canonical.tax_rates LIMIT 1`}, "sale_lines_derived"},
		"tenders that come to more": {[]string{sale + `'sale', now(), 'AUD', 500, NULL, NULL)`,
			`INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) VALUES ($1, 900, 1, 'cash', 501)`}, "sales_tenders_sum"},
		"a sale that gives back":            {[]string{sale + `'sale', now(), 'AUD', 500, NULL, $4)`}, "sales_refunded_sale_of_refund"},
		"more than was sold":                {[]string{sale + `'refund', now(), 'AUD', 701, NULL, $4)`}, "sales_refunds_within_sale"},
		"another currency":                  {[]string{sale + `'refund', now(), 'USD', 500, NULL, $4)`}, "sales_refunded_sale_currency"},
		"another store":                     {[]string{sale + `'refund', now(), 'AUD', 500, NULL, $4)`, `INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES ($1, 901, 'X', 'UTC')`, `UPDATE canonical.sales SET store_id = 901 WHERE id = 900`}, "sales_refunded_sale_store"},
		"more of a line than was sold":      {[]string{sale + `'refund', now(), 'AUD', 100, 'line', $3)`, lines + `1, 'Tea', 3, 500, 100, 0, (SELECT id FROM canonical.sale_lines LIMIT 1))`}, "sale_lines_refunds_within_line"},
		"a tax that was never charged":      {[]string{sale + `'refund', now(), 'AUD', 101, 'line', $3)`, lines + `1, 'Tea', 1, 500, 100, 1, (SELECT id FROM canonical.sale_lines LIMIT 1))`, `INSERT INTO canonical.tax_rates (organization_id, id, name, percentage) VALUES ($1, 902, 'New', 1)`, `INSERT INTO canonical.sale_line_taxes (organization_id, sale_id, line, position, tax_rate_id, name, percentage, amount) VALUES ($1, 900, 1, 1, 902, 'New', 1, 1)`}, "sale_lines_refunds_within_line"},
		"a line of another sale":            {[]string{sale + `'refund', now(), 'AUD', 100, 'line', $4)`, lines + `1, 'Tea', 1, 500, 100, 0, (SELECT id FROM canonical.sale_lines LIMIT 1))`}, "sale_lines_refunded_line_of_sale"},
		"a line that nothing refers to":     {[]string{sale + `'sale', now(), 'AUD', 100, 'line', NULL)`, lines + `1, 'Tea', 1, 500, 100, 0, (SELECT id FROM canonical.sale_lines LIMIT 1))`}, "sale_lines_refunded_line_of_sale"},
		"a sale that is void":               {[]string{`UPDATE canonical.sales SET voided_at = now() WHERE id = $4`, sale + `'refund', now(), 'AUD', 100, NULL, $4)`}, "sales_refunded_sale_live"},
		"a void of what was given back":     {[]string{sale + `'refund', now(), 'AUD', 100, NULL, $4)`, `UPDATE canonical.sales SET voided_at = now() WHERE id = $4`}, "sales_refunded_sale_live"},
		"a refund of a refund":              {[]string{sale + `'refund', now(), 'AUD', 100, NULL, $4)`, `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, refunded_sale_id) VALUES ($1, $2, 'refund', now(), 'AUD', 50, 900)`}, "sales_refunded_sale_kind"},
		"a refund that comes to life again": {[]string{sale + `'refund', now(), 'AUD', 100, NULL, $4)`, `UPDATE canonical.sales SET voided_at = now() WHERE id = 900`, `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, refunded_sale_id) VALUES ($1, $2, 'refund', now(), 'AUD', 650, $4)`, `SET CONSTRAINTS ALL IMMEDIATE`, `UPDATE canonical.sales SET voided_at = NULL WHERE id = 900`}, "sales_refunds_within_sale"},
		"nothing wrong":                     {[]string{sale + `'refund', now(), 'AUD', 700, NULL, $4)`, `INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount) VALUES ($1, 900, 1, 'cash', 700)`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := w.pool.Begin(ctx)
			must(t, err)
			defer func() { _ = tx.Rollback(ctx) }()
			for _, sql := range append(c.sql, `SET CONSTRAINTS ALL IMMEDIATE`) {
				args := []any{w.owner.OrganizationID, store.Key, lined, simple}
				if _, err = tx.Exec(ctx, used(sql, args...)); err != nil {
					break
				}
			}
			if name := constraintOf(err); name != c.want || c.want == "" && err != nil {
				t.Errorf("got %q, want %q: %v", name, c.want, err)
			}
		})
	}
}

// used returns a statement with its numbered parameters, which are keys, written into it.
func used(sql string, keys ...any) string {
	for i, key := range keys {
		sql = strings.ReplaceAll(sql, fmt.Sprint("$", i+1), fmt.Sprint(key))
	}
	return sql
}

// constraintOf returns the constraint that a statement broke; empty where it broke none.
func constraintOf(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.ConstraintName
	}
	return ""
}
