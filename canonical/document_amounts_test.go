package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// Unit prices have up to four more decimals than their currency and quantities up to six; a line's amount is rounded once,
// half away from zero.
func TestFinePricesAndQuantities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, vat := w.person(w.owner, "Ada"), w.taxRate(w.owner, "VAT", "22")
	for _, c := range []struct{ currency, quantity, price, want, shown string }{
		{"AUD", "16", "334.416", "535066", "334.416"},
		{"AUD", "1", "12.5", "1250", "12.50"},
		{"AUD", "1", "0.000001", "0", "0.000001"},
		{"AUD", "1000000", "0.000001", "100", "0.000001"},
		{"AUD", "0.000001", "999999", "100", "999999.00"},
		{"AUD", "3", "0.115", "35", "0.115"}, // 34.5 cents
		{"AUD", "-3", "0.115", "-35", "0.115"},
		{"AUD", "3", "-0.114999", "-34", "-0.114999"},
		{"JPY", "20000", "4.5", "90000", "4.5"},
		{"JPY", "1", "4.5", "5", "4.5"},
		{"KWD", "0.333333", "1.2345678", "412", "1.2345678"},
		{"AUD", "0.000001", "9999999999999.99", "1000000000", "9999999999999.99"},
		{"AUD", "99999999999", "0.01", "99999999999", "0.01"},
	} {
		t.Run(c.quantity+" at "+c.price+" "+c.currency, func(t *testing.T) {
			w := w.in(t)
			in := line("Work", c.quantity, c.price)
			in.TaxRateIds = graphql.OmittableOf([]model.ID{vat})
			id, err := w.DocumentCreate(t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
				PartyID: ada, Currency: some(c.currency), FxRate: some(dec("1")), Items: []model.DocumentItemInput{in}})
			must(t, err)
			if got := one[string](w, `SELECT amount || ' ' || canonical.major_price(unit_price, $2) FROM canonical.document_items WHERE document_id = $1`, id, c.currency); got != c.want+" "+c.shown {
				t.Errorf("got %s, want %s %s", got, c.want, c.shown)
			}
		})
	}

	fine := w.draft(w.owner, ada, "1.234567").Key
	_, err := w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, fine, nil, model.DocumentUpdateInput{Currency: some("JPY"), FxRate: some(dec("0.01"))})
	wantMistakes(t, err, "currency INVALID")
	for _, in := range []model.DocumentItemInput{line("Work", "1", "0.0000001"), line("Work", "1", "10000000000000")} {
		_, err := w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, fine, nil, model.DocumentUpdateInput{Items: items(in)})
		wantMistakes(t, err, "items.0.unitPrice INVALID")
	}
	for _, quantity := range []string{"0.0000001", "100000000000"} {
		_, err := w.DocumentUpdate(t.Context(), w.owner, model.DocumentKindInvoice, fine, nil, model.DocumentUpdateInput{Items: items(line("Work", quantity, "1"))})
		wantMistakes(t, err, "items.0.quantity INVALID")
	}
}

// A line's discount is a percentage or an amount, kept as it was given.
func TestDiscounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, gst := t.Context(), w.person(w.owner, "Ada"), w.taxRate(w.owner, "GST", "10")
	off := func(quantity, price, percentage, amount string) model.DocumentItemInput {
		in := line("Work", quantity, price)
		in.TaxRateIds = graphql.OmittableOf([]model.ID{gst})
		if percentage != "" {
			in.DiscountPercentage = some(dec(percentage))
		}
		if amount != "" {
			in.Discount = some(dec(amount))
		}
		return in
	}
	create := func(with bool, in ...model.DocumentItemInput) (int64, error) {
		return w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, PricesIncludeTax: some(with), Items: in})
	}
	shown := func(id int64) string {
		t.Helper()
		return one[string](w, `SELECT string_agg(concat_ws(' ', coalesce(discount_percentage || '%', '-'), discount, net, tax, gross), '; ' ORDER BY line)
			FROM source.document_items WHERE document_id = $1`, id)
	}
	want := func(id int64, text string) {
		t.Helper()
		if got := shown(id); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	id, err := create(false, off("3", "3.33", "", ""), off("3", "3.33", "12.5", ""), off("-3", "3.33", "12.5", ""), off("1", "10", "100", ""), off("1", "10", "", "10"),
		off("16", "1.115", "", "0.01"), off("1", "10", "0", ""), off("-1", "10", "", "0"))
	must(t, err)
	want(id, "- 0.00 9.99 1.00 10.99; 12.5% 1.25 8.74 0.87 9.61; 12.5% -1.25 -8.74 -0.87 -9.61; 100% 10.00 0.00 0.00 0.00; - 10.00 0.00 0.00 0.00; - 0.01 17.83 1.78 19.61; 0% 0.00 10.00 1.00 11.00; - 0.00 -10.00 -1.00 -11.00")
	id, err = create(true, off("1", "110", "10", ""), off("1", "110", "", "11"))
	must(t, err)
	want(id, "10% 11.00 90.00 9.00 99.00; - 11.00 90.00 9.00 99.00")

	change := func(first, second model.DocumentItemInput) error {
		t.Helper()
		for i, in := range []*model.DocumentItemInput{&first, &second} {
			in.ID = some(model.ID{Type: "DocumentItem", Key: one[int64](w, `SELECT id FROM canonical.document_items WHERE document_id = $1 AND line = $2`, id, i+1)})
		}
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Items: items(first, second)})
		return err
	}
	must(t, change(model.DocumentItemInput{Discount: some(dec("55"))}, model.DocumentItemInput{DiscountPercentage: some(dec("50"))}))
	want(id, "- 55.00 50.00 5.00 55.00; 50% 55.00 50.00 5.00 55.00")
	must(t, change(model.DocumentItemInput{DiscountPercentage: null[model.Decimal]()}, model.DocumentItemInput{UnitPrice: some(dec("55"))}))
	want(id, "- 55.00 50.00 5.00 55.00; 50% 27.50 25.00 2.50 27.50")
	must(t, change(model.DocumentItemInput{}, model.DocumentItemInput{DiscountPercentage: null[model.Decimal]()}))
	want(id, "- 55.00 50.00 5.00 55.00; - 0.00 50.00 5.00 55.00")
	wantMistakes(t, change(model.DocumentItemInput{UnitPrice: some(dec("54.99"))}, model.DocumentItemInput{}), "items.0.discount INVALID")
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id, nil, model.DocumentUpdateInput{Currency: some("KWD"), FxRate: some(dec("5"))})
	must(t, err)
	want(id, "- 55.000 50.000 5.000 55.000; - 0.000 50.000 5.000 55.000")

	_, err = create(false, off("1", "10", "10", "1"), off("1", "10", "100.1", ""), off("1", "10", "-1", ""), off("1", "10", "1.00001", ""), off("1", "10", "", "10.01"), off("1", "10", "", "-1"),
		off("1", "10", "", "1.001"), off("-1", "10", "", "1"))
	wantMistakes(t, err, "items.0.discount INVALID", "items.1.discountPercentage INVALID", "items.2.discountPercentage INVALID", "items.3.discountPercentage INVALID",
		"items.4.discount INVALID", "items.5.discount INVALID", "items.6.discount INVALID", "items.7.discount INVALID")
	for set, rule := range map[string]string{
		`discount_percentage = 1, discount_amount = 1`:        "document_items_discount_once",
		`discount_amount = 55001`:                             "document_items_discount_within_line",
		`discount_amount = -1`:                                "document_items_discount_amount_range",
		`discount_amount = NULL, discount_percentage = 100.1`: "document_items_discount_percentage_range",
	} {
		t.Run(rule, func(t *testing.T) {
			if _, err := w.pool.Exec(ctx, `UPDATE canonical.document_items SET quantity = 0.5, `+set+` WHERE document_id = $1`, id); !broke(err, rule) {
				t.Errorf("%v", err)
			}
		})
	}
	w.wantBooks(ctx)
}
