// Package reports computes what a business is judged by: the trial balance, profit and loss, the
// balance sheet, taxes by rate, what is due by age, an account's register, and sales by day part.
//
// The numbers are added up in SQL, each report in one or two statements, from the read models of
// balances by account and month and of what is open, and, where these are too coarse, from
// canonical rows read in the same snapshot. So a report is as fresh as its Reader asks for, like
// every read, and what it costs grows with accounts, months and what is open, not with the lines
// of the journal. Taxes by rate alone read the records of their period.
//
// Statistics may know nothing of an organization that has begun since they were taken. Where a statement names it as a constant, the
// planner then expects one row of each table, and takes any index that begins with the organization, or compares all rows with all.
// So what belongs to each row of a report is looked up by itself (OFFSET 0), by that row's own organization_id.
//
// A caller fills in Books once for each request, and calls one method for each report. The answers
// are the Go structs of the contract in graph/model; nothing here knows about GraphQL, HTTP or who
// may see what.
package reports

import (
	"context"
	"time"

	"daybook/graph/model"
	"daybook/projection"
)

// Books is an organization's books, as a report reads them. All fields but Stores are required.
type Books struct {
	// Reader reads for the organization, as fresh as it says.
	Reader *projection.Reader
	// Currency is the organization's base currency; amounts of the books are in it.
	Currency string
	// Today is the organization's current day.
	Today model.Date
	// FiscalYearStartMonth is the month on whose first day a fiscal year begins: 1 to 12.
	FiscalYearStartMonth int
	// Accounts reads the accounts with the given keys; one that does not exist is absent.
	Accounts func(ctx context.Context, keys []int64) (map[int64]*model.Account, error)
	// Stores are those that reports are of, but for DayPartReport; the zero value is all of them and the office. A Reader that is
	// bound to stores has no others here.
	Stores Stores
}

// InvalidError is an argument that a report cannot be made of. Its text is for callers.
type InvalidError struct{ Message string }

// Error returns the message.
func (e *InvalidError) Error() string { return e.Message }

// inBase returns an amount of minor units of the base currency.
func (b Books) inBase(minor int64) model.Money { return model.FromMinor(minor, b.Currency) }

// fiscalYear returns the first day of the fiscal year that has the day.
func (b Books) fiscalYear(day model.Date) model.Date {
	start, year := time.Month(b.FiscalYearStartMonth), day.Year()
	if day.Month() < start {
		year--
	}
	return model.NewDate(year, start, 1)
}

// monthOf returns the first day of the day's month.
func monthOf(day model.Date) model.Date { return model.NewDate(day.Year(), day.Month(), 1) }
