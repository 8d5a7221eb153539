package reports

import (
	"context"
	"fmt"
	"slices"

	"daybook/graph/model"
	"daybook/projection"
)

// soldBy is a row of what was sold by one thing: a product, a tender, a tax rate or an hour, in the days of one range or of both.
type soldBy struct {
	Key        int64         `json:"key"`
	Name       *string       `json:"name"`
	Percentage model.Decimal `json:"percentage"`
	Weekday    int           `json:"weekday"`
	Hour       int           `json:"hour"`
	InRange    bool          `json:"in_range"`
	InCompared bool          `json:"in_compared"`
	Currency   string        `json:"currency"`
	Quantity   model.Decimal `json:"quantity"`
	Sales      model.Decimal `json:"sales"`
	Refunds    model.Decimal `json:"refunds"`
	Net        model.Decimal `json:"net"`
	Tax        model.Decimal `json:"tax"`
	Count      int           `json:"count"`
}

func (s soldBy) totals() model.SalesTotals { return totalsOf(s.Currency, s.Sales, s.Refunds, s.Count) }

// sums are what SQL adds up of the column amount: sales, refunds and how many of both.
const sums = `count(*) AS count, COALESCE(sum(amount) FILTER (WHERE kind = 'SALE'), 0) AS sales, COALESCE(sum(amount) FILTER (WHERE kind = 'REFUND'), 0) AS refunds`

// soldRows runs a query that begins with withSold, whose rows are one for each thing, currency, and range or ranges. It reads the parts
// of each sale by themselves (OFFSET 0); the package's comment says why.
func soldRows(ctx context.Context, r *projection.Reader, report *model.DayPartReport, by, query string, args ...any) (rows []soldBy, err error) {
	in, err := rangesOf(report)
	if err != nil {
		return nil, err
	}
	if err := in.summarize(ctx, r, query, &rows, args...); err != nil {
		return nil, fmt.Errorf("sum sales by %s: %w", by, err)
	}
	return rows, nil
}

// gather adds rows up: those of one key to one entry, which fresh makes, in the order in which keys come first.
func gather[K comparable, T any](rows []soldBy, key func(soldBy) K, fresh func(soldBy) T, add func(*T, soldBy)) []T {
	list, at := []T{}, map[K]int{}
	for _, row := range rows {
		k := key(row)
		i, found := at[k]
		if !found {
			i = len(list)
			at[k] = i
			list = append(list, fresh(row))
		}
		add(&list[i], row)
	}
	return list
}

// comparedTo returns totals of zero for a range to compare to; nil where the report has none.
func comparedTo(report *model.DayPartReport, currency string) *model.SalesTotals {
	if report.CompareTo == nil {
		return nil
	}
	return new(noSales(currency))
}

// addTo adds a row to the totals of the ranges that it is in.
func (s soldBy) addTo(totals, compared *model.SalesTotals) {
	if s.InRange {
		add(totals, s.totals())
	}
	if s.InCompared {
		add(compared, s.totals())
	}
}

// SalesByProduct returns what the sales of a report are, by product and currency. What lines do not say, because they name no
// product or a sale has none, has no product; so the totals add up to those of the report.
func SalesByProduct(ctx context.Context, r *projection.Reader, report *model.DayPartReport) ([]model.ProductComparison, error) {
	rows, err := soldRows(ctx, r, report, "product", withSold+`,
		part AS (
			SELECT COALESCE(line.product_id, 0) AS key, sold.currency, sold.in_range, sold.in_compared, sold.kind,
				canonical.major(line.net + line.tax, sold.currency) AS amount, CASE sold.kind WHEN 'SALE' THEN line.quantity ELSE -line.quantity END AS quantity
			FROM sold CROSS JOIN LATERAL (
				SELECT * FROM canonical.sale_lines AS row WHERE (row.organization_id, row.sale_id) = (sold.organization_id, sold.sale_id) OFFSET 0) AS line
			WHERE sold.line_count > 0
			UNION ALL
			SELECT 0, currency, in_range, in_compared, kind, amount, 0 FROM sold WHERE line_count = 0)
		SELECT key, currency, in_range, in_compared, trim_scale(sum(quantity)) AS quantity, `+sums+`
		FROM part GROUP BY key, currency, in_range, in_compared ORDER BY key, currency`)
	if err != nil {
		return nil, err
	}
	type product struct {
		key      int64
		currency string
	}
	list := gather(rows, func(s soldBy) product { return product{s.Key, s.Currency} }, func(s soldBy) model.ProductComparison {
		c := model.ProductComparison{Currency: s.Currency, Totals: noSales(s.Currency), Compared: comparedTo(report, s.Currency)}
		if s.Key != 0 {
			c.ProductID = new(s.Key)
		}
		return c
	}, func(c *model.ProductComparison, s soldBy) {
		if s.addTo(&c.Totals, c.Compared); s.InRange {
			c.Quantity.Decimal = c.Quantity.Add(s.Quantity.Decimal)
		}
	})
	slices.SortStableFunc(list, func(a, b model.ProductComparison) int { return b.Totals.Net.Amount.Cmp(a.Totals.Net.Amount.Decimal) })
	return list, nil
}

// SalesByTender returns what the sales of a report were paid with, by tender and currency.
func SalesByTender(ctx context.Context, r *projection.Reader, report *model.DayPartReport) ([]model.TenderComparison, error) {
	rows, err := soldRows(ctx, r, report, "tender", withSold+`,
		part AS (
			SELECT upper(part.tender) AS name, sold.currency, sold.in_range, sold.in_compared, sold.kind, canonical.major(part.amount, sold.currency) AS amount
			FROM sold CROSS JOIN LATERAL (
				SELECT * FROM canonical.sale_tenders AS row WHERE (row.organization_id, row.sale_id) = (sold.organization_id, sold.sale_id) OFFSET 0) AS part
			WHERE sold.tenders <> '[]'
			UNION ALL
			SELECT NULL, currency, in_range, in_compared, kind, amount FROM sold WHERE tenders = '[]')
		SELECT name, currency, in_range, in_compared, `+sums+`
		FROM part GROUP BY name, currency, in_range, in_compared
		ORDER BY array_position(ARRAY['CASH', 'CARD', 'VOUCHER', 'OTHER'], name) NULLS LAST, currency`)
	if err != nil {
		return nil, err
	}
	type tender struct{ name, currency string }
	return gather(rows, func(s soldBy) tender {
		if s.Name == nil {
			return tender{"", s.Currency}
		}
		return tender{*s.Name, s.Currency}
	}, func(s soldBy) model.TenderComparison {
		c := model.TenderComparison{Currency: s.Currency, Totals: noSales(s.Currency), Compared: comparedTo(report, s.Currency)}
		if s.Name != nil {
			c.Tender = new(model.Tender(*s.Name))
		}
		return c
	}, func(c *model.TenderComparison, s soldBy) { s.addTo(&c.Totals, c.Compared) }), nil
}

// SalesByHour returns what was sold in each hour of each weekday, by the store's clock and the business date.
func SalesByHour(ctx context.Context, r *projection.Reader, report *model.DayPartReport) ([]model.HourComparison, error) {
	rows, err := soldRows(ctx, r, report, "hour", withSold+`
		SELECT EXTRACT(isodow FROM business_date)::int AS weekday, EXTRACT(hour FROM local_time)::int AS hour, currency, in_range, in_compared, `+sums+`
		FROM sold GROUP BY 1, 2, currency, in_range, in_compared ORDER BY 1, 2, currency`)
	if err != nil {
		return nil, err
	}
	type hour struct {
		weekday, hour int
		currency      string
	}
	return gather(rows, func(s soldBy) hour { return hour{s.Weekday, s.Hour, s.Currency} }, func(s soldBy) model.HourComparison {
		return model.HourComparison{Weekday: model.AllWeekday[s.Weekday-1], Hour: s.Hour, Currency: s.Currency, Totals: noSales(s.Currency), Compared: comparedTo(report, s.Currency)}
	}, func(c *model.HourComparison, s soldBy) { s.addTo(&c.Totals, c.Compared) }), nil
}

// TaxesOfSales returns what the lines of a report's sales were taxed, less those of refunds, by tax rate, percentage and currency.
func TaxesOfSales(ctx context.Context, r *projection.Reader, report *model.DayPartReport) ([]model.TaxRateComparison, error) {
	rows, err := soldRows(ctx, r, report, "tax rate", withSold+`
		SELECT tax.tax_rate_id AS key, trim_scale(tax.percentage) AS percentage, sold.currency, sold.in_range, sold.in_compared,
			canonical.major(sum(line.net * way.sign), sold.currency) AS net, canonical.major(sum(tax.amount * way.sign), sold.currency) AS tax
		FROM sold
		CROSS JOIN LATERAL (SELECT CASE sold.kind WHEN 'SALE' THEN 1 ELSE -1 END AS sign) AS way
		CROSS JOIN LATERAL (
			SELECT * FROM canonical.sale_line_taxes AS row WHERE (row.organization_id, row.sale_id) = (sold.organization_id, sold.sale_id) OFFSET 0) AS tax
		CROSS JOIN LATERAL (
			SELECT * FROM canonical.sale_lines AS row WHERE (row.organization_id, row.sale_id, row.line) = (tax.organization_id, tax.sale_id, tax.line) OFFSET 0) AS line
		WHERE sold.line_count > 0
		GROUP BY tax.tax_rate_id, tax.percentage, sold.currency, sold.in_range, sold.in_compared
		ORDER BY (SELECT name FROM canonical.tax_rates AS rate WHERE rate.organization_id = ? AND rate.id = tax.tax_rate_id), 1, 2, sold.currency`,
		r.OrganizationID)
	if err != nil {
		return nil, err
	}
	type rate struct {
		key                  int64
		percentage, currency string
	}
	none := func(currency string) model.TaxedTotals {
		return model.TaxedTotals{Net: model.FromMinor(0, currency), Tax: model.FromMinor(0, currency)}
	}
	addTo := func(sum *model.TaxedTotals, s soldBy) {
		sum.Net.Amount.Decimal = sum.Net.Amount.Add(s.Net.Decimal)
		sum.Tax.Amount.Decimal = sum.Tax.Amount.Add(s.Tax.Decimal)
	}
	return gather(rows, func(s soldBy) rate { return rate{s.Key, s.Percentage.String(), s.Currency} }, func(s soldBy) model.TaxRateComparison {
		c := model.TaxRateComparison{TaxRateID: s.Key, Percentage: s.Percentage, Currency: s.Currency, Totals: none(s.Currency)}
		if report.CompareTo != nil {
			c.Compared = new(none(s.Currency))
		}
		return c
	}, func(c *model.TaxRateComparison, s soldBy) {
		if s.InRange {
			addTo(&c.Totals, s)
		}
		if s.InCompared {
			addTo(c.Compared, s)
		}
	}), nil
}
