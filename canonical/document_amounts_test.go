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
				PartyID: ada, Currency: some(c.currency), FxRate: some(dec("1")), Items: []model.DocumentItemInput{in}}, nil)
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
