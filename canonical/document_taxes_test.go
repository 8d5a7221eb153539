package canonical_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// taxedLine is a line of a document: its amount in minor units, and the percentages of its taxes in ten-thousandths, by
// their tax rates.
type taxedLine struct {
	amount int64
	taxes  map[int64]int64
}

// rounded returns a quotient rounded half away from zero.
func rounded(dividend, divisor *big.Int) int64 {
	double := new(big.Int).Mul(new(big.Int).Abs(dividend), big.NewInt(2))
	quotient := new(big.Int).Quo(double.Add(double, divisor), new(big.Int).Mul(divisor, big.NewInt(2)))
	if dividend.Sign() < 0 {
		quotient.Neg(quotient)
	}
	return quotient.Int64()
}

func ofPercentage(amount, percentage int64) int64 {
	return rounded(new(big.Int).Mul(big.NewInt(amount), big.NewInt(percentage)), big.NewInt(1_000_000))
}

// partOf returns what one of several taxes has of what they come to together: the largest takes its part first, the next one
// its part of the rest.
func partOf(rest int64, taxes map[int64]int64, rate int64) int64 {
	whole := int64(0)
	for _, percentage := range taxes {
		whole += percentage
	}
	falling := slices.SortedFunc(maps.Keys(taxes), func(a, b int64) int { return cmp.Or(cmp.Compare(taxes[b], taxes[a]), cmp.Compare(a, b)) })
	for _, next := range falling {
		part := int64(0)
		if whole > 0 {
			part = rounded(new(big.Int).Mul(big.NewInt(rest), big.NewInt(taxes[next])), big.NewInt(whole))
		}
		if next == rate {
			return part
		}
		rest, whole = rest-part, whole-taxes[next]
	}
	return 0
}

// taxesOf computes the taxes of lines from the rules as DOMAIN states them, by sums of whole groups: the tax of a line
// rounded by rate is that of the group with it, less that of the group without it.
func taxesOf(lines []taxedLine, included, byRate bool) []map[int64]int64 {
	all := make([]map[int64]int64, len(lines))
	for i, l := range lines {
		all[i] = map[int64]int64{}
		for rate, percentage := range l.taxes {
			upto := int64(0)
			if byRate {
				for _, other := range lines[:i] {
					if other.taxes[rate] == percentage && (!included || fmt.Sprint(other.taxes) == fmt.Sprint(l.taxes)) {
						if _, has := other.taxes[rate]; has {
							upto += other.amount
						}
					}
				}
			}
			tax := func(amount int64) int64 { return ofPercentage(amount, percentage) }
			if included {
				whole, before := int64(0), int64(0)
				for other, p := range l.taxes {
					if whole += p; other < rate {
						before += p
					}
				}
				tax = func(amount int64) int64 {
					if whole == 0 {
						return 0
					}
					net := rounded(new(big.Int).Mul(big.NewInt(amount), big.NewInt(1_000_000)), big.NewInt(1_000_000+whole))
					first := func(percentage int64) int64 {
						return rounded(new(big.Int).Mul(big.NewInt(amount-net), big.NewInt(percentage)), big.NewInt(whole))
					}
					if byRate {
						return partOf(amount-net, l.taxes, rate)
					}
					return first(before+percentage) - first(before)
				}
			}
			all[i][rate] = tax(upto+l.amount) - tax(upto)
		}
	}
	return all
}

// Random documents have the taxes that the rules give, their lines add up to their totals, and the journal has the same.
func TestTaxesOfRandomDocuments(t *testing.T) {
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
		ada := w.person(shop, "Ada")
		var rates []model.ID
		percentages := map[int64]int64{}
		for i, percentage := range []int64{100_000, 230_000, 76_666, 0, 1_000_000, 55_000} {
			id := w.taxRate(shop, fmt.Sprint("T", i), model.FromMinor(percentage, "").Amount.Shift(-2).String())
			rates, percentages[id.Key] = append(rates, id), percentage
		}
		for range pgtest.Rounds(20, 200) {
			w.taxDocument(shop, ada, rates, percentages, r, byRate, r.IntN(2) == 0)
		}
	}
	w.wantTaxes()
}

// taxDocument creates a random document, changes it, approves it sometimes, and compares its taxes each time.
func (w *world) taxDocument(shop canonical.Actor, party model.ID, rates []model.ID, percentages map[int64]int64, r *rand.Rand, byRate, included bool) {
	w.t.Helper()
	var lines []taxedLine
	random := func() []model.DocumentItemInput {
		lines = nil
		var inputs []model.DocumentItemInput
		for range 1 + r.IntN(9) {
			l := taxedLine{amount: int64(r.IntN(20000)), taxes: map[int64]int64{}}
			switch r.IntN(8) {
			case 0:
				l.amount = -l.amount / 20
			case 1:
				l.amount = r.Int64N(99_999_999_999_999)
			}
			in := line("Line", "1", model.FromMinor(l.amount, "AUD").Amount.String())
			ids := []model.ID{}
			for _, i := range r.Perm(len(rates))[:min(r.IntN(4), 3)] {
				ids = append(ids, rates[i])
				l.taxes[rates[i].Key] = percentages[rates[i].Key]
			}
			in.TaxRateIds = graphql.OmittableOf(ids)
			inputs, lines = append(inputs, in), append(lines, l)
		}
		return inputs
	}
	id, err := w.DocumentCreate(w.t.Context(), shop, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: party, PricesIncludeTax: some(included), Items: random()})
	must(w.t, err)
	w.compareTaxes(id, lines, included, byRate)
	_, err = w.DocumentUpdate(w.t.Context(), shop, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: items(random()...)})
	must(w.t, err)
	w.compareTaxes(id, lines, included, byRate)
	if r.IntN(2) == 0 && one[int64](w, `SELECT canonical.document_total(organization_id, id) FROM canonical.documents WHERE id = $1`, id) >= 0 {
		_, err = w.DocumentApprove(w.t.Context(), shop, model.DocumentKindInvoice, id, nil)
		must(w.t, err)
	}
}

// compareTaxes compares the taxes of a document with those of taxesOf.
func (w *world) compareTaxes(document int64, lines []taxedLine, included, byRate bool) {
	w.t.Helper()
	want := taxesOf(lines, included, byRate)
	rows, _ := w.pool.Query(w.t.Context(), `SELECT item.line, tax.tax_rate_id, tax.amount::bigint AS amount FROM canonical.document_taxes AS tax
		JOIN canonical.document_items AS item ON item.id = tax.item_id WHERE tax.document_id = $1 ORDER BY 1, 2`, document)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Line              int
		TaxRateID, Amount int64
	}])
	must(w.t, err)
	n := 0
	for _, f := range found {
		if amount, has := want[f.Line-1][f.TaxRateID]; !has || amount != f.Amount {
			w.t.Errorf("document %d, line %d, rate %d: got %d, want %d\n%+v included %t, by rate %t", document, f.Line, f.TaxRateID, f.Amount, amount, lines, included, byRate)
		}
	}
	for _, l := range want {
		n += len(l)
	}
	if n != len(found) {
		w.t.Errorf("document %d has %d taxes, want %d", document, len(found), n)
	}
}

// wantTaxes compares what all documents show with what they add up to and with what the journal has.
func (w *world) wantTaxes() {
	w.t.Helper()
	rows, _ := w.pool.Query(w.t.Context(), `
		WITH shown AS (
			SELECT organization_id, document_id, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross, bool_and(net + tax = gross) AS whole,
				sum((SELECT coalesce(sum((entry -> 'amount' ->> 'amount')::numeric), 0) FROM jsonb_array_elements(taxes) AS entry)) AS taxes
			FROM source.document_items GROUP BY organization_id, document_id),
		booked AS (
			SELECT line.organization_id, entry.canonical_id, sum(line.document_amount) FILTER (WHERE account.system_role = 'tax_collected') AS tax,
				sum(line.document_amount) FILTER (WHERE account.system_role = 'receivable') AS total
			FROM canonical.journal_lines AS line JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE entry.canonical_type = 'Invoice' GROUP BY line.organization_id, entry.canonical_id)
		SELECT 'document ' || d.document_id || ': ' || d.subtotal || ' + ' || d.tax || ' = ' || d.total || ', lines ' || s::text || ', booked ' || coalesce(b::text, '')
		FROM source.document_summaries AS d JOIN shown AS s USING (organization_id, document_id)
		LEFT JOIN booked AS b ON (b.organization_id, b.canonical_id) = (d.organization_id, d.document_id)
		WHERE (d.subtotal, d.tax, d.total, s.taxes, s.whole) <> (s.net, s.tax, s.gross, s.tax, true) OR d.subtotal + d.tax <> d.total
			OR d.state = 'APPROVED' AND d.total <> 0 AND (canonical.major(coalesce(-b.tax, 0), d.currency), canonical.major(coalesce(b.total, 0), d.currency))
				IS DISTINCT FROM (d.tax, d.total)
		UNION ALL
		SELECT 'share of tax ' || id || ': ' || coalesce(kept.amount::text, 'none') || ', wanted ' || coalesce(tax.amount::text, 'none')
		FROM (SELECT * FROM canonical.document_taxes WHERE tax_rounding = 'rate') AS tax FULL JOIN canonical.document_tax_shares AS kept
			ON (kept.organization_id, kept.id) = (tax.organization_id, tax.tax_id)
		WHERE (kept.document_id, kept.item_id, kept.amount) IS DISTINCT FROM (tax.document_id, tax.item_id, tax.amount)
		UNION ALL
		SELECT 'rate ' || tax_rate_id || ' of document ' || document_id || ': ' || sum(amount) FROM (
			SELECT tax.*, item.amount AS of FROM canonical.document_taxes AS tax JOIN canonical.document_items AS item ON item.id = tax.item_id
			JOIN canonical.documents AS document ON document.id = tax.document_id
			WHERE tax.tax_rounding = 'rate' AND NOT document.prices_include_tax) AS tax
		GROUP BY document_id, tax_rate_id, percentage HAVING sum(amount) <> round(sum(of) * percentage * 0.01)`)
	wrong, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(w.t, err)
	if len(wrong) > 0 {
		w.t.Errorf("%d are wrong:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
	}
	if w.t.Failed() {
		return
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.document_tax_shares`); n == 0 {
		w.t.Error("no document rounds its taxes by rate")
	}
}

// Where taxes are rounded is the organization's: drafts follow, what was approved stays.
func TestTaxRounding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, vat := t.Context(), w.person(w.owner, "Ada"), w.taxRate(w.owner, "IVA", "23")
	taxed := func(price string) model.DocumentItemInput {
		in := line("Line", "1", price)
		in.TaxRateIds = graphql.OmittableOf([]model.ID{vat})
		return in
	}
	create := func(prices ...string) int64 {
		in := model.DocumentCreateInput{PartyID: ada}
		for _, price := range prices {
			in.Items = append(in.Items, taxed(price))
		}
		id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, in)
		must(t, err)
		return id
	}
	approve := func(id int64) {
		t.Helper()
		_, err := w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
		must(t, err)
	}
	set := func(rounding model.TaxRounding) {
		t.Helper()
		_, err := w.TaxRoundingSet(ctx, w.owner, nil, model.TaxRoundingSetInput{Rounding: rounding})
		must(t, err)
	}
	shown := func(id int64) string {
		t.Helper()
		return one[string](w, `SELECT lower(tax_rounding) || ' ' || tax || ' of ' || (SELECT string_agg(tax::text, '+' ORDER BY line) FROM source.document_items AS item
			WHERE item.document_id = document.document_id) FROM source.document_summaries AS document WHERE document_id = $1`, id)
	}
	want := func(id int64, text string) {
		t.Helper()
		if got := shown(id); got != text {
			t.Errorf("document %d: got %s, want %s", id, got, text)
		}
	}
	approved, draft := create("55.55", "11.11"), create("55.55", "11.11")
	approve(approved)
	want(draft, "line 15.34 of 12.78+2.56")
	entries := one[int](w, `SELECT count(*) FROM canonical.journal_entries`)
	set(model.TaxRoundingRate)
	set(model.TaxRoundingRate)
	want(approved, "line 15.34 of 12.78+2.56")
	want(draft, "rate 15.33 of 12.78+2.55")
	if n := one[int](w, `SELECT count(*) FROM canonical.journal_entries`); n != entries {
		t.Errorf("%d entries became %d", entries, n)
	}
	approve(draft)
	set(model.TaxRoundingLine)
	want(draft, "rate 15.33 of 12.78+2.55")
	approve(create("11.11", "55.55"))

	// Both are changed as they were approved.
	for id, text := range map[int64]string{approved: "line 15.34 of 2.56+12.78", draft: "rate 15.33 of 2.56+12.77"} {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: items(taxed("11.11"), taxed("55.55"))})
		must(t, err)
		want(id, text)
	}
	if got := one[int](w, `SELECT count(*) FROM canonical.document_tax_shares`); got != 2 {
		t.Errorf("%d shares", got)
	}
	_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, draft, nil, model.DocumentUpdateInput{PricesIncludeTax: some(true)})
	wantMistakes(t, err, "pricesIncludeTax STATE")
	for _, sql := range []string{
		`UPDATE canonical.documents SET tax_rounding = 'line' WHERE id = $1`,
		`UPDATE canonical.documents SET prices_include_tax = true WHERE id = $1`,
	} {
		if _, err := w.pool.Exec(ctx, sql, draft); !broke(err, "documents_state_fixed") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := w.pool.Exec(ctx, `UPDATE canonical.document_tax_shares SET amount = 0`); !broke(err, "document_tax_shares_internal") {
		t.Errorf("shares: %v", err)
	}
	staff := w.owner
	staff.Role = model.RoleManager
	_, err = w.TaxRoundingSet(ctx, staff, nil, model.TaxRoundingSetInput{Rounding: model.TaxRoundingRate})
	if got := mistakes(t, err); !slices.Equal(got, []string{" FORBIDDEN"}) {
		t.Errorf("a manager: %q", got)
	}
	// A draft's items are deleted, changed and moved with psql, and its setting goes.
	set(model.TaxRoundingRate)
	draft = create("55.55", "11.11", "0.03", "0.03", "0.03")
	for _, sql := range []string{
		`UPDATE canonical.document_items SET line = line + 10 WHERE document_id = $1 AND line = 1`,
		`UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE document_id = $1`,
		`UPDATE canonical.document_item_taxes SET percentage = 22 WHERE document_item_id IN (SELECT id FROM canonical.document_items WHERE document_id = $1 AND line < 4)`,
		`DELETE FROM canonical.document_item_taxes WHERE document_item_id IN (SELECT id FROM canonical.document_items WHERE document_id = $1 AND line = 3)`,
		`DELETE FROM canonical.document_items WHERE document_id = $1 AND line = 4`,
	} {
		_, err := w.pool.Exec(ctx, sql, draft)
		must(t, err)
		w.wantTaxes()
	}
	other := create("1")
	_, err = w.pool.Exec(ctx, `UPDATE canonical.document_items SET document_id = $2, line = line + 100 WHERE document_id = $1 AND line = 5`, draft, other)
	must(t, err)
	w.wantTaxes()
	set(model.TaxRoundingLine)
	w.wantTaxes()
	_, err = w.DocumentDelete(ctx, w.owner, model.DocumentKindInvoice, other, nil)
	must(t, err)
}

// Prices that include taxes, of a till or of a product.
func TestPricesWithTax(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	gst, levy := w.taxRate(w.owner, "GST", "10"), w.taxRate(w.owner, "Levy", "1.5")
	productID, err := w.ProductCreate(ctx, w.owner, model.ProductCreateInput{
		Sku: some("t-1"), Name: some("Tea"), UnitPrice: dec("3.33"), TaxRateID: some(gst)})
	must(t, err)
	tea := some(model.ID{Type: "Product", Key: productID})
	both := graphql.OmittableOf([]model.ID{levy, gst})
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: ada, PricesIncludeTax: some(true), Items: []model.DocumentItemInput{
			{Description: some("Two taxes"), UnitPrice: some(dec("100")), TaxRateIds: both},
			{Description: some("A cent"), UnitPrice: some(dec("0.01")), TaxRateIds: both},
			{Description: some("Untaxed"), UnitPrice: some(dec("7")), Quantity: some(dec("-1"))},
			{ProductID: tea},
			{ProductID: tea, TaxRateIds: both},
			{ProductID: tea, UnitPrice: some(dec("5"))},
		}})
	must(t, err)
	got := one[string](w, `SELECT string_agg(description || ' ' || unit_price || ': ' || net || '+' || tax || '=' || gross || (
			SELECT coalesce(string_agg(' ' || (entry ->> 'name') || ' ' || (entry -> 'amount' ->> 'amount'), '' ORDER BY ordinality), '')
			FROM jsonb_array_elements(taxes) WITH ORDINALITY AS entry (entry, ordinality)), '; ' ORDER BY line)
		FROM source.document_items WHERE document_id = $1`, id)
	if want := "Two taxes 100.00: 89.69+10.31=100.00 Levy 1.34 GST 8.97; A cent 0.01: 0.01+0.00=0.01 Levy 0.00 GST 0.00; Untaxed 7.00: -7.00+0.00=-7.00; " +
		"Tea 3.663: 3.33+0.33=3.66 GST 0.33; Tea 3.71295: 3.33+0.38=3.71 Levy 0.05 GST 0.33; Tea 5.00: 4.55+0.45=5.00 GST 0.45"; got != want {
		t.Errorf("items\n got %s\nwant %s", got, want)
	}
	// The numbers stay while the draft's prices lose their taxes.
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{PricesIncludeTax: some(false)})
	must(t, err)
	if got := one[string](w, `SELECT subtotal || ' ' || tax || ' ' || total FROM source.document_summaries`); got != "105.38 12.80 118.18" {
		t.Errorf("before tax: %s", got)
	}
	w.wantBooks(ctx)
}
