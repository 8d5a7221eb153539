package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"daybook/graph/model"
	"daybook/projection"
)

// maxReportDays is the longest range of a day-part report: a year, and a leap day.
const maxReportDays = 366

// partSales is a row of a day-part report as SQL answers it.
type partSales struct {
	BusinessDate model.Date    `json:"business_date"`
	DayPart      *string       `json:"day_part"`
	Currency     string        `json:"currency"`
	Sales        model.Decimal `json:"sales"`
	Refunds      model.Decimal `json:"refunds"`
	Count        int           `json:"count"`
}

// sale is the key of a sale.
type sale struct{ SaleID int64 }

var sales = projection.Define[sale](projection.Definition{Name: "sale_annotations", Key: []string{"sale_id"}})

// salesByPart sums a store's sales of the given business dates. The dates are listed because one index then answers two
// ranges that lie a year apart, and reads nothing between them.
func salesByPart(ctx context.Context, r *projection.Reader, store int64, dates []model.Date) ([]partSales, error) {
	where := []projection.Condition{
		projection.Where("store_id = ?", store), projection.Where("business_date = ANY (?::date[])", dates), projection.Where("NOT voided"),
	}
	var rows []partSales
	err := sales.Summarize(ctx, r, where, projection.Where(`
		SELECT business_date, day_part, currency, count(*) AS count,
			COALESCE(sum(amount) FILTER (WHERE kind = 'SALE'), 0) AS sales,
			COALESCE(sum(amount) FILTER (WHERE kind = 'REFUND'), 0) AS refunds
		FROM rows GROUP BY business_date, day_part, currency ORDER BY business_date, day_part NULLS LAST, currency`), &rows)
	if err != nil {
		return nil, fmt.Errorf("sum sales by day part: %w", err)
	}
	return rows, nil
}

// DayPartReport returns a store's sales by business date and day part, from one date to another,
// both included, and perhaps beside other dates: compareFrom and compareTo are both given or both
// nil.
func DayPartReport(ctx context.Context, r *projection.Reader, store model.Store, from, to model.Date, compareFrom, compareTo *model.Date) (*model.DayPartReport, error) {
	days, err := reportDays("to", from, to)
	if err != nil {
		return nil, err
	}
	compared := map[model.Date]bool{}
	switch {
	case (compareFrom == nil) != (compareTo == nil):
		return nil, &InvalidError{"compareFrom and compareTo are given together"}
	case compareTo != nil:
		if compared, err = reportDays("compareTo", *compareFrom, *compareTo); err != nil {
			return nil, err
		}
	}
	var dates []model.Date
	for day := range days {
		dates = append(dates, day)
	}
	for day := range compared {
		if !days[day] {
			dates = append(dates, day)
		}
	}
	rows, err := salesByPart(ctx, r, store.ID.Key, dates)
	if err != nil {
		return nil, err
	}
	report := &model.DayPartReport{
		Store: store, From: from, To: to, CompareFrom: compareFrom, CompareTo: compareTo,
		Rows: []model.DayPartSales{}, ComparedRows: []model.DayPartSales{},
	}
	parts := comparison{compare: compareTo != nil, at: map[partKey]int{}}
	for _, row := range rows {
		line := model.DayPartSales{BusinessDate: row.BusinessDate, DayPart: row.DayPart, Currency: row.Currency, Totals: row.totals()}
		if days[row.BusinessDate] {
			report.Rows = append(report.Rows, line)
			add(&parts.part(row).Totals, line.Totals)
		}
		if compared[row.BusinessDate] { // the ranges may overlap
			report.ComparedRows = append(report.ComparedRows, line)
			add(parts.part(row).Compared, line.Totals)
		}
	}
	report.Parts = parts.sorted()
	return report, nil
}

// reportDays returns the dates of a range. The error of one that is too long names the argument.
func reportDays(argument string, from, to model.Date) (map[model.Date]bool, error) {
	if to.Before(from.Time) || !to.Before(from.AddDays(maxReportDays).Time) {
		return nil, &InvalidError{fmt.Sprintf("%s must be from the first day to %d days later", argument, maxReportDays-1)}
	}
	days := map[model.Date]bool{}
	for day := from; !day.After(to.Time); day = day.AddDays(1) {
		days[day] = true
	}
	return days, nil
}

// totals returns the row as amounts of its currency.
func (p partSales) totals() model.SalesTotals {
	totals := noSales(p.Currency)
	totals.Count = p.Count
	totals.Sales.Amount, totals.Refunds.Amount = p.Sales, p.Refunds
	totals.Net.Amount.Decimal = p.Sales.Sub(p.Refunds.Decimal)
	totals.Sales.SetCurrency(p.Currency)
	totals.Refunds.SetCurrency(p.Currency)
	totals.Net.SetCurrency(p.Currency)
	return totals
}

// noSales returns totals of zero.
func noSales(currency string) model.SalesTotals {
	zero := model.FromMinor(0, currency)
	return model.SalesTotals{Sales: zero, Refunds: zero, Net: zero}
}

// add adds more to sum.
func add(sum *model.SalesTotals, more model.SalesTotals) {
	sum.Count += more.Count
	sum.Sales.Amount.Decimal = sum.Sales.Amount.Add(more.Sales.Amount.Decimal)
	sum.Refunds.Amount.Decimal = sum.Refunds.Amount.Add(more.Refunds.Amount.Decimal)
	sum.Net.Amount.Decimal = sum.Net.Amount.Add(more.Net.Amount.Decimal)
}

// partKey names a day part and a currency; without says that there is no part.
type partKey struct {
	without        bool
	part, currency string
}

// comparison sums rows by day part.
type comparison struct {
	compare bool
	parts   []model.DayPartComparison
	at      map[partKey]int
}

// part returns the sums of the row's day part. The pointer is valid until the next call.
func (c *comparison) part(row partSales) *model.DayPartComparison {
	key := partKey{without: row.DayPart == nil, currency: row.Currency}
	if row.DayPart != nil {
		key.part = *row.DayPart
	}
	at, found := c.at[key]
	if !found {
		at = len(c.parts)
		c.at[key] = at
		part := model.DayPartComparison{DayPart: row.DayPart, Currency: row.Currency, Totals: noSales(row.Currency)}
		if c.compare {
			part.Compared = new(noSales(row.Currency))
		}
		c.parts = append(c.parts, part)
	}
	return &c.parts[at]
}

// sorted returns the parts by name, what was sold in none last, then by currency.
func (c *comparison) sorted() []model.DayPartComparison {
	slices.SortFunc(c.parts, func(a, b model.DayPartComparison) int {
		if (a.DayPart == nil) != (b.DayPart == nil) {
			if a.DayPart == nil {
				return 1
			}
			return -1
		}
		if a.DayPart != nil && *a.DayPart != *b.DayPart {
			return cmp.Compare(*a.DayPart, *b.DayPart)
		}
		return cmp.Compare(a.Currency, b.Currency)
	})
	return append([]model.DayPartComparison{}, c.parts...)
}
