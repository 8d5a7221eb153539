package reports

import (
	"context"
	"fmt"
	"slices"

	"daybook/graph/model"
	"daybook/projection"
)

// taxed is what was taxed in a store at a rate, or, without a rate, what was booked there on the
// account of the taxes of a side. Amounts are in minor units of the base currency.
type taxed struct {
	StoreID    int64          `json:"store_id"` // 0: the office
	Side       string         `json:"side"`     // sales or purchases
	TaxRateID  *int64         `json:"tax_rate_id"`
	Name       string         `json:"name"`
	Percentage *model.Decimal `json:"percentage"`
	Net        int64          `json:"net"`
	Tax        int64          `json:"tax"`
}

// TaxReport returns net amounts and taxes by rate of the days from one to another, both included,
// by the days of documents, incomes and expenses; and what the accounts of taxes got in these days:
// of all stores together, and of each.
func (b Books) TaxReport(ctx context.Context, from, to model.Date) (*model.TaxReport, error) {
	s, err := spansOf([]period{{first: &from, last: to}})
	if err != nil {
		return nil, err
	}
	inStores, storeKeys := b.Stores.InSum("part.store_id")
	args := append([]any{s.column, s.first, s.last, s.whole}, storeKeys...)
	args = append(append(args, from, to), storeKeys...)
	var found []taxed
	err = accountBalances.Summarize(ctx, b.Reader, nil, projection.Where(`
		WITH booked AS (`+sumSpans+" WHERE "+inStores+perAccount+`)
		SELECT part.store_id, part.side, part.tax_rate_id, rate.name, trim_scale(part.percentage) AS percentage, part.net, part.tax
		FROM canonical.taxes_by_rate($1, ?::date, ?::date) AS part
		JOIN canonical.tax_rates AS rate ON (rate.organization_id, rate.id) = ($1, part.tax_rate_id)
		WHERE `+inStores+`
		UNION ALL
		SELECT booked.store_id, side.name, NULL, '', NULL, 0, side.sign * sum(booked.amount)
		FROM booked JOIN canonical.accounts AS account ON (account.organization_id, account.id) = ($1, booked.account_id)
		JOIN (VALUES ('tax_collected', 'sales', -1), ('tax_paid', 'purchases', 1)) AS side (system_role, name, sign) USING (system_role)
		GROUP BY booked.store_id, side.name, side.sign
		ORDER BY percentage DESC, name, tax_rate_id, store_id`, args...), &found)
	if err != nil {
		return nil, fmt.Errorf("sum the taxes: %w", err)
	}
	stores := b.Stores.SumKeys()
	if !b.Stores.Only {
		for _, f := range found {
			stores = append(stores, f.StoreID)
		}
	}
	slices.Sort(stores)
	answer := &model.TaxReport{From: from, To: to, ByStore: []model.StoreTaxes{}}
	answer.Sales, answer.Purchases, answer.Payable = b.taxes(found)
	for _, store := range slices.Compact(stores) {
		part := model.StoreTaxes{StoreID: storeID(&store)}
		part.Sales, part.Purchases, part.Payable = b.taxes(slices.DeleteFunc(slices.Clone(found), func(f taxed) bool { return f.StoreID != store }))
		answer.ByStore = append(answer.ByStore, part)
	}
	return answer, nil
}

// taxes returns both sides of a tax report, and what is to be paid.
func (b Books) taxes(found []taxed) (sales, purchases model.TaxSide, payable model.Money) {
	sales, purchases = b.taxSide(found, "sales"), b.taxSide(found, "purchases")
	return sales, purchases, model.Money{Amount: model.Decimal{Decimal: sales.Tax.Amount.Sub(purchases.Tax.Amount.Decimal)}, Currency: b.Currency}
}

// taxSide returns one side of a tax report: a row for each percentage of a rate, whose parts, one for each store, stand
// beside each other.
func (b Books) taxSide(found []taxed, side string) model.TaxSide {
	answer := model.TaxSide{Rows: []model.TaxRow{}}
	var tax, booked int64
	var row taxed // the sum of the parts of the last row
	for _, f := range found {
		if f.Side != side {
			continue
		}
		if f.TaxRateID == nil {
			booked += f.Tax
			continue
		}
		tax += f.Tax
		if n := len(answer.Rows); n > 0 && *row.TaxRateID == *f.TaxRateID && row.Percentage.Equal(f.Percentage.Decimal) {
			f.Net, f.Tax = row.Net+f.Net, row.Tax+f.Tax
			answer.Rows = answer.Rows[:n-1]
		}
		row = f
		answer.Rows = append(answer.Rows, model.TaxRow{
			TaxRateID: model.ID{Type: "TaxRate", Key: *f.TaxRateID}, Name: f.Name, Percentage: *f.Percentage,
			Net: b.inBase(f.Net), Tax: b.inBase(f.Tax),
		})
	}
	answer.Tax, answer.ByHand, answer.Booked = b.inBase(tax), b.inBase(booked-tax), b.inBase(booked)
	return answer
}
