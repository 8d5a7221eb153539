package reports

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"daybook/graph/model"
	"daybook/projection"
)

// maxReportDays is the longest range of a day-part report: a year, and a leap day.
const maxReportDays = 366

// partSales is a row of a day-part report as SQL answers it: the sales of a date in a day part, of all stores of the report,
// or else (of_store) the sales of one store in the days of one range or of both.
type partSales struct {
	BusinessDate model.Date    `json:"business_date"`
	DayPart      *string       `json:"day_part"`
	Start        *int          `json:"start"`
	OfStore      bool          `json:"of_store"`
	StoreID      int64         `json:"store_id"`
	InRange      bool          `json:"in_range"`
	InCompared   bool          `json:"in_compared"`
	Currency     string        `json:"currency"`
	Sales        model.Decimal `json:"sales"`
	Refunds      model.Decimal `json:"refunds"`
	Count        int           `json:"count"`
}

// sale is the key of a sale.
type sale struct{ SaleID int64 }

var sales = projection.Define[sale](projection.Definition{Name: "sale_annotations", Key: []string{"sale_id"}, Within: []string{"store_id"}, Stores: "store_id = ANY (?)"})

// soldIn says which sales a report is of.
type soldIn struct {
	// stores are the stores' keys; nil: all of them.
	stores []int64
	// days and compared are the business dates of the two ranges; the second is empty where there is nothing to compare to.
	days, compared []model.Date
}

// rangesOf returns the sales that a report is of. Its error names the argument that is wrong.
func rangesOf(report *model.DayPartReport) (in soldIn, err error) {
	in.stores = report.StoreKeys
	days, err := reportDays("to", report.From, report.To)
	if err != nil {
		return in, err
	}
	compared := map[model.Date]bool{}
	switch {
	case (report.CompareFrom == nil) != (report.CompareTo == nil):
		return in, &InvalidError{"compareFrom and compareTo are given together"}
	case report.CompareTo != nil:
		if compared, err = reportDays("compareTo", *report.CompareFrom, *report.CompareTo); err != nil {
			return in, err
		}
	}
	in.days, in.compared = keysOf(days), keysOf(compared)
	return in, nil
}

// withSold begins a query over the sales of a report: the relation sold says of each sale in which range it is.
const withSold = "WITH sold AS (SELECT *, business_date = ANY (?::date[]) AS in_range, business_date = ANY (?::date[]) AS in_compared FROM rows)"

// summarize runs a query that begins with withSold, as Summarize does. args are what it has in place of the question marks behind that.
//
// The dates are listed because one index then answers two ranges that lie a year apart, and reads nothing between them; the stores,
// because the index begins with them.
func (in soldIn) summarize(ctx context.Context, r *projection.Reader, query string, into any, args ...any) error {
	dates := map[model.Date]bool{}
	for _, day := range slices.Concat(in.days, in.compared) {
		dates[day] = true
	}
	where := []projection.Condition{
		projection.Where("business_date = ANY (?::date[])", keysOf(dates)), projection.Where("NOT voided"),
	}
	switch {
	case in.stores == nil:
		where = append(where, projection.Where("store_id = ANY (ARRAY(SELECT id FROM canonical.stores WHERE canonical.stores.organization_id = ?))", r.OrganizationID))
	case len(in.stores) == 1:
		where = append(where, projection.Equal("store_id", in.stores[0]))
	default:
		where = append(where, projection.Where("store_id = ANY (?::bigint[])", in.stores))
	}
	return sales.Summarize(ctx, r, where, projection.Where(query, append([]any{in.days, in.compared}, args...)...), into)
}

// salesByPart sums sales by business date and day part, and by store.
func salesByPart(ctx context.Context, r *projection.Reader, in soldIn) (rows []partSales, err error) {
	err = in.summarize(ctx, r, `
		WITH sold AS (SELECT *, business_date = ANY (?::date[]) AS in_range, business_date = ANY (?::date[]) AS in_compared FROM rows)
		SELECT COALESCE(business_date, '0001-01-01') AS business_date, day_part, CASE WHEN GROUPING(business_date) = 0 THEN min(day_part_start) END AS start, currency, count(*) AS count,
			GROUPING(business_date) = 1 AS of_store, COALESCE(store_id, 0) AS store_id,
			COALESCE(in_range, false) AS in_range, COALESCE(in_compared, false) AS in_compared,
			COALESCE(sum(amount) FILTER (WHERE kind = 'SALE'), 0) AS sales,
			COALESCE(sum(amount) FILTER (WHERE kind = 'REFUND'), 0) AS refunds
		FROM sold
		GROUP BY GROUPING SETS ((business_date, day_part, currency), (store_id, in_range, in_compared, currency))
		ORDER BY of_store, 1, day_part IS NULL, start, day_part,
			(SELECT name FROM canonical.stores AS store WHERE store.organization_id = ? AND store.id = sold.store_id), store_id, currency`,
		&rows, r.OrganizationID)
	if err != nil {
		return nil, fmt.Errorf("sum sales by day part: %w", err)
	}
	return rows, nil
}

// DayPartReport completes a report, whose stores and dates are given, with the sales by business date and day part, from one date
// to another, both included, and perhaps beside other dates: CompareFrom and CompareTo are both given or both nil.
func DayPartReport(ctx context.Context, r *projection.Reader, report *model.DayPartReport) error {
	in, err := rangesOf(report)
	if err != nil {
		return err
	}
	rows, err := salesByPart(ctx, r, in)
	if err != nil {
		return err
	}
	report.Rows, report.ComparedRows = []model.DayPartSales{}, []model.DayPartSales{}
	sums := comparison{compare: report.CompareTo != nil, at: map[partKey]int{}, atStore: map[storeKey]int{}}
	days, compared := setOf(in.days), setOf(in.compared)
	for _, row := range rows {
		totals := row.totals()
		if row.OfStore {
			if sum := sums.store(row); row.InRange {
				add(&sum.Totals, totals)
			}
			if sum := sums.store(row); row.InCompared {
				add(sum.Compared, totals)
			}
			continue
		}
		line := model.DayPartSales{BusinessDate: row.BusinessDate, DayPart: row.DayPart, Start: row.start(), Currency: row.Currency, Totals: totals}
		if days[row.BusinessDate] {
			report.Rows = append(report.Rows, line)
			add(&sums.part(row).Totals, totals)
		}
		if compared[row.BusinessDate] { // the ranges may overlap
			report.ComparedRows = append(report.ComparedRows, line)
			add(sums.part(row).Compared, totals)
		}
	}
	report.Parts, report.Stores = sums.sorted(), append([]model.StoreComparison{}, sums.stores...)
	return nil
}

// keysOf returns the days of a set; it is never nil.
func keysOf(days map[model.Date]bool) []model.Date {
	return append([]model.Date{}, slices.Collect(maps.Keys(days))...)
}

// setOf returns the set of some days.
func setOf(days []model.Date) map[model.Date]bool {
	set := make(map[model.Date]bool, len(days))
	for _, day := range days {
		set[day] = true
	}
	return set
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
	return totalsOf(p.Currency, p.Sales, p.Refunds, p.Count)
}

// totalsOf returns sums as amounts of a currency.
func totalsOf(currency string, sold, refunded model.Decimal, count int) model.SalesTotals {
	totals := noSales(currency)
	totals.Count = count
	totals.Sales.Amount, totals.Refunds.Amount = sold, refunded
	totals.Net.Amount.Decimal = sold.Sub(refunded.Decimal)
	totals.Sales.SetCurrency(currency)
	totals.Refunds.SetCurrency(currency)
	totals.Net.SetCurrency(currency)
	return totals
}

// start returns when the row's day part begins; nil if it has none.
func (p partSales) start() *model.LocalTime {
	if p.Start == nil {
		return nil
	}
	return &model.LocalTime{Minute: *p.Start}
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

// storeKey names a store and a currency.
type storeKey struct {
	store    int64
	currency string
}

// comparison sums rows by day part and by store.
type comparison struct {
	compare bool
	parts   []model.DayPartComparison
	at      map[partKey]int
	stores  []model.StoreComparison
	atStore map[storeKey]int
}

// part returns the sums of the row's day part, which begins when the last row says. The pointer is valid until the next
// call.
func (c *comparison) part(row partSales) *model.DayPartComparison {
	key := partKey{without: row.DayPart == nil, currency: row.Currency}
	if row.DayPart != nil {
		key.part = *row.DayPart
	}
	at, found := c.at[key]
	if !found {
		at = len(c.parts)
		c.at[key] = at
		c.parts = append(c.parts, model.DayPartComparison{DayPart: row.DayPart, Currency: row.Currency, Totals: noSales(row.Currency), Compared: c.noneCompared(row.Currency)})
	}
	c.parts[at].Start = row.start()
	return &c.parts[at]
}

// store returns the sums of the row's store. The pointer is valid until the next call.
func (c *comparison) store(row partSales) *model.StoreComparison {
	key := storeKey{row.StoreID, row.Currency}
	at, found := c.atStore[key]
	if !found {
		at = len(c.stores)
		c.atStore[key] = at
		c.stores = append(c.stores, model.StoreComparison{StoreID: row.StoreID, Currency: row.Currency, Totals: noSales(row.Currency), Compared: c.noneCompared(row.Currency)})
	}
	return &c.stores[at]
}

// noneCompared returns totals of zero, nil where there is no range to compare to.
func (c *comparison) noneCompared(currency string) *model.SalesTotals {
	if !c.compare {
		return nil
	}
	return new(noSales(currency))
}

// sorted returns the parts by their start, what was sold in none last, then by name and currency.
func (c *comparison) sorted() []model.DayPartComparison {
	slices.SortFunc(c.parts, func(a, b model.DayPartComparison) int {
		if (a.DayPart == nil) != (b.DayPart == nil) {
			if a.DayPart == nil {
				return 1
			}
			return -1
		}
		if a.DayPart != nil {
			return cmp.Or(cmp.Compare(a.Start.Minute, b.Start.Minute), cmp.Compare(*a.DayPart, *b.DayPart), cmp.Compare(a.Currency, b.Currency))
		}
		return cmp.Compare(a.Currency, b.Currency)
	})
	return append([]model.DayPartComparison{}, c.parts...)
}
