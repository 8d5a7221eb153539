package reports

import (
	"context"
	"fmt"

	"daybook/graph/model"
	"daybook/projection"
)

// taxed is what was taxed at a rate, or, without a rate, what was booked on the account of the
// taxes of a side. Amounts are in minor units of the base currency.
type taxed struct {
	Side       string         `json:"side"` // sales or purchases
	TaxRateID  *int64         `json:"tax_rate_id"`
	Name       string         `json:"name"`
	Percentage *model.Decimal `json:"percentage"`
	Net        int64          `json:"net"`
	Tax        int64          `json:"tax"`
}

// TaxReport returns net amounts and taxes by rate of the days from one to another, both included,
// by the days of documents, incomes and expenses; and what the accounts of taxes got in these days.
func (b Books) TaxReport(ctx context.Context, from, to model.Date) (*model.TaxReport, error) {
	s, err := spansOf([]period{{first: &from, last: to}})
	if err != nil {
		return nil, err
	}
	var found []taxed
	err = accountBalances.Summarize(ctx, b.Reader, nil, projection.Where(`
		WITH booked AS (`+sumSpans+perAccount+`)
		SELECT part.side, part.tax_rate_id, rate.name, trim_scale(part.percentage) AS percentage, part.net, part.tax
		FROM canonical.taxes_by_rate($1, ?::date, ?::date) AS part
		JOIN canonical.tax_rates AS rate ON (rate.organization_id, rate.id) = ($1, part.tax_rate_id)
		UNION ALL
		SELECT side.name, NULL, '', NULL, 0, side.sign * sum(booked.amount)
		FROM booked JOIN canonical.accounts AS account ON (account.organization_id, account.id) = ($1, booked.account_id)
		JOIN (VALUES ('tax_collected', 'sales', -1), ('tax_paid', 'purchases', 1)) AS side (system_role, name, sign) USING (system_role)
		GROUP BY side.name, side.sign
		ORDER BY percentage DESC, name, tax_rate_id`, s.column, s.first, s.last, s.whole, from, to), &found)
	if err != nil {
		return nil, fmt.Errorf("sum the taxes: %w", err)
	}
	answer := &model.TaxReport{From: from, To: to, Sales: b.taxSide(found, "sales"), Purchases: b.taxSide(found, "purchases")}
	answer.Payable = model.Money{Amount: model.Decimal{Decimal: answer.Sales.Tax.Amount.Sub(answer.Purchases.Tax.Amount.Decimal)}, Currency: b.Currency}
	return answer, nil
}

// taxSide returns one side of a tax report.
func (b Books) taxSide(found []taxed, side string) model.TaxSide {
	answer := model.TaxSide{Rows: []model.TaxRow{}}
	var tax, booked int64
	for _, f := range found {
		switch {
		case f.Side != side:
		case f.TaxRateID == nil:
			booked = f.Tax
		default:
			tax += f.Tax
			answer.Rows = append(answer.Rows, model.TaxRow{
				TaxRateID: model.ID{Type: "TaxRate", Key: *f.TaxRateID}, Name: f.Name, Percentage: *f.Percentage,
				Net: b.inBase(f.Net), Tax: b.inBase(f.Tax),
			})
		}
	}
	answer.Tax, answer.ByHand, answer.Booked = b.inBase(tax), b.inBase(booked-tax), b.inBase(booked)
	return answer
}
