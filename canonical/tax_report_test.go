package canonical_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

// TestTaxReport books sales and purchases of two rates, one of which changes, what a credit note takes back, a zero rate,
// and a payment to the tax office by hand.
func TestTaxReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	vat, zero := w.taxRate(w.owner, "VAT", "10"), w.taxRate(w.owner, "Zero", "0")
	on := func(month, day int) graphql.Omittable[*model.Date] {
		return some(model.NewDate(2026, 1, 1).AddDays(31*(month-1) + day - 1))
	}
	book := func(kind model.DocumentKind, day graphql.Omittable[*model.Date], price string, taxes ...model.ID) int64 {
		item := line("Work", "1", price)
		item.TaxRateIds = graphql.OmittableOf(taxes)
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ada, IssuedOn: day, Items: []model.DocumentItemInput{item}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return id
	}
	book(model.DocumentKindInvoice, on(1, 10), "100", vat)
	book(model.DocumentKindInvoice, on(1, 20), "40", zero)
	book(model.DocumentKindInvoice, on(1, 21), "7") // no tax: in no row
	book(model.DocumentKindCreditNote, on(1, 25), "30", vat)
	book(model.DocumentKindBill, on(1, 26), "50", vat)
	moved := book(model.DocumentKindInvoice, on(1, 27), "1000", vat)
	void := book(model.DocumentKindInvoice, on(1, 28), "5000", vat)
	_, err := w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, void, nil)
	must(t, err)
	_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, moved, nil, model.DocumentUpdateInput{IssuedOn: on(2, 2)})
	must(t, err)
	_, err = w.TaxRateUpdate(ctx, w.owner, vat.Key, nil, model.TaxRateUpdateInput{Percentage: some(dec("12"))})
	must(t, err)
	book(model.DocumentKindInvoice, on(1, 31), "200", vat)
	_, err = w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "6100"),
		OccurredOn: on(1, 5), Amount: dec("11.20"), TaxRateID: some(vat)})
	must(t, err)
	_, err = w.JournalEntryPost(ctx, w.owner, model.JournalEntryPostInput{PostedOn: on(1, 15), Lines: []model.JournalLineInput{
		{AccountID: w.account(w.owner, "2100"), Debit: some(dec("6"))}, {AccountID: w.account(w.owner, "1000"), Credit: some(dec("6"))}}})
	must(t, err)

	books := reports.Books{Reader: &projection.Reader{DB: w.pool, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}, Currency: "AUD"}
	for name, c := range map[string]struct{ from, to, sales, purchases, payable string }{
		"January":  {"2026-01-01", "2026-01-31", "VAT 12 200.00 24.00, VAT 10 70.00 7.00, Zero 0 40.00 0.00; by hand -6.00, booked 25.00", "VAT 12 10.00 1.20, VAT 10 50.00 5.00; by hand 0.00, booked 6.20", "24.80"},
		"February": {"2026-02-01", "2026-02-28", "VAT 10 1000.00 100.00; by hand 0.00, booked 100.00", "; by hand 0.00, booked 0.00", "100.00"},
		"a day":    {"2026-01-10", "2026-01-10", "VAT 10 100.00 10.00; by hand 0.00, booked 10.00", "; by hand 0.00, booked 0.00", "10.00"},
		"no day":   {"2026-03-01", "2026-03-31", "; by hand 0.00, booked 0.00", "; by hand 0.00, booked 0.00", "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			day := func(text string) (d model.Date) {
				must(t, d.UnmarshalGQL(text))
				return d
			}
			report, err := books.TaxReport(ctx, day(c.from), day(c.to))
			must(t, err)
			side := func(s model.TaxSide) string {
				var rows []string
				for _, r := range s.Rows {
					rows = append(rows, strings.Join([]string{r.Name, r.Percentage.String(), r.Net.Amount.String(), r.Tax.Amount.String()}, " "))
				}
				return strings.Join(rows, ", ") + "; by hand " + s.ByHand.Amount.String() + ", booked " + s.Booked.Amount.String()
			}
			for of, pair := range map[string][2]string{"sales": {side(report.Sales), c.sales}, "purchases": {side(report.Purchases), c.purchases}, "payable": {report.Payable.Amount.String(), c.payable}} {
				if pair[0] != pair[1] {
					t.Errorf("%s\n got %s\nwant %s", of, pair[0], pair[1])
				}
			}
		})
	}
}

// Taxes are of the store of the line, and of all stores together: what each has booked on its account of taxes. What the taxes of
// a document in another currency are worth is rounded as a whole, and the stores share it to the last minor unit.
func TestTaxReportByStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	ten, four := w.taxRate(w.owner, "Ten", "10"), w.taxRate(w.owner, "Four", "4")
	north, south := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South")
	item := func(price string, store graphql.Omittable[*model.ID], taxes ...model.ID) model.DocumentItemInput {
		in := line("Work", "1", price)
		in.StoreID, in.TaxRateIds = store, graphql.OmittableOf(taxes)
		return in
	}
	book := func(kind model.DocumentKind, in model.DocumentCreateInput) {
		in.PartyID, in.IssuedOn = ada, some(model.NewDate(2026, 3, 1))
		id, err := w.DocumentCreate(ctx, w.owner, kind, in)
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
	}
	book(model.DocumentKindInvoice, model.DocumentCreateInput{StoreID: some(north), Items: []model.DocumentItemInput{
		item("100", graphql.Omittable[*model.ID]{}, ten), item("50", some(south), ten, four), item("25", some(south)),
	}})
	// A unit of its currency is worth a third of ours: 6 of tax in the one store and 2 in the other come to 3 of ours.
	book(model.DocumentKindInvoice, model.DocumentCreateInput{Currency: some("EUR"), FxRate: some(dec("0.3333")), StoreID: some(south), Items: []model.DocumentItemInput{
		item("0.50", some(north), ten), item("0.10", some(north), ten), item("0.10", graphql.Omittable[*model.ID]{}, ten), item("0.25", graphql.Omittable[*model.ID]{}, four),
	}})
	book(model.DocumentKindBill, model.DocumentCreateInput{Items: []model.DocumentItemInput{item("30", graphql.Omittable[*model.ID]{}, ten)}})
	_, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindExpense, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "6100"), StoreID: some(south),
		OccurredOn: some(model.NewDate(2026, 3, 2)), Amount: dec("10.40"), TaxRateID: some(four)})
	must(t, err)

	all := reports.Books{Reader: &projection.Reader{DB: w.pool, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}, Currency: "AUD"}
	side := func(s model.TaxSide) string {
		var rows []string
		for _, r := range s.Rows {
			rows = append(rows, strings.Join([]string{r.Name, r.Net.Amount.String(), r.Tax.Amount.String()}, " "))
		}
		return strings.Join(rows, ", ") + " = " + s.Booked.Amount.String() + " by hand " + s.ByHand.Amount.String()
	}
	ask := func(stores reports.Stores) (text []string) {
		books := all
		books.Stores = stores
		report, err := books.TaxReport(ctx, model.NewDate(2026, 3, 1), model.NewDate(2026, 3, 31))
		must(t, err)
		text = append(text, "all: "+side(report.Sales)+"; "+side(report.Purchases)+"; "+report.Payable.Amount.String())
		for _, s := range report.ByStore {
			name := "office"
			if s.StoreID != nil {
				name = map[int64]string{north.Key: "North", south.Key: "South"}[s.StoreID.Key]
			}
			text = append(text, name+": "+side(s.Sales)+"; "+side(s.Purchases)+"; "+s.Payable.Amount.String())
		}
		return text
	}
	const office = "office:  = 0.00 by hand 0.00; Ten 30.00 3.00 = 3.00 by hand 0.00; -3.00"
	const norths = "North: Ten 100.20 10.02 = 10.02 by hand 0.00;  = 0.00 by hand 0.00; 10.02"
	const souths = "South: Ten 50.03 5.00, Four 50.08 2.01 = 7.01 by hand 0.00; Four 10.00 0.40 = 0.40 by hand 0.00; 6.61"
	for name, c := range map[string]struct {
		stores reports.Stores
		want   []string
	}{
		"all": {reports.Stores{}, []string{"all: Ten 150.23 15.02, Four 50.08 2.01 = 17.03 by hand 0.00; Ten 30.00 3.00, Four 10.00 0.40 = 3.40 by hand 0.00; 13.63", office, norths, souths}},
		"one": {reports.Stores{Only: true, Keys: []int64{north.Key}}, []string{strings.Replace(norths, "North", "all", 1), norths}},
		"two": {reports.Stores{Only: true, Keys: []int64{south.Key}, Office: true}, []string{
			"all: Ten 50.03 5.00, Four 50.08 2.01 = 7.01 by hand 0.00; Ten 30.00 3.00, Four 10.00 0.40 = 3.40 by hand 0.00; 3.61", office, souths}},
		"none": {reports.Stores{Only: true, Keys: []int64{}}, []string{"all:  = 0.00 by hand 0.00;  = 0.00 by hand 0.00; 0.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(c.stores); !slices.Equal(got, c.want) {
				t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
			}
		})
	}
	w.wantBooks(ctx)
}
