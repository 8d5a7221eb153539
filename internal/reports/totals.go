package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"daybook/graph/model"
	"daybook/projection"
)

// accountBalance is what was booked on an account in a month by records in one currency.
type accountBalance struct {
	AccountID int64 `json:"account_id"`
	// Amount is in minor units of the base currency, debits less credits.
	Amount int64 `json:"amount"`
}

var accountBalances = projection.Define[accountBalance](projection.Definition{
	Name: "account_balances",
	Key:  []string{"account_id", "month date", "currency text", "store_id"},
	Sum:  true,
})

// Balances returns what is booked on each of the accounts with the given keys, in minor units of
// the base currency, debits less credits. One without lines is absent.
func Balances(ctx context.Context, r *projection.Reader, accounts []int64) (map[int64]int64, error) {
	var sums []accountBalance
	err := accountBalances.Summarize(ctx, r, []projection.Condition{projection.Where("account_id = ANY (?::bigint[])", accounts)},
		projection.Where("SELECT account_id, sum(amount) AS amount FROM rows GROUP BY account_id"), &sums)
	if err != nil {
		return nil, fmt.Errorf("sum the accounts: %w", err)
	}
	found := make(map[int64]int64, len(sums))
	for _, one := range sums {
		found[one.AccountID] = one.Amount
	}
	return found, nil
}

// period is the days that one column of a report sums, both included; first is nil where
// the column begins with the books.
type period struct {
	first *model.Date
	last  model.Date
}

// spans cuts periods into whole months, which are read as balances, and the days around
// them, which are read as lines. Index i of each slice is one span.
type spans struct {
	column      []int
	first, last []model.Date
	whole       []bool
}

// add appends a span, unless it has no day.
func (s *spans) add(column int, first, last model.Date, whole bool) {
	if first.After(last.Time) {
		return
	}
	s.column, s.first, s.last, s.whole = append(s.column, column), append(s.first, first), append(s.last, last), append(s.whole, whole)
}

// beginning is a day before every month of the books: the first that PostgreSQL can hold.
var beginning = model.NewDate(-4712, time.January, 1)

// cut appends the spans of a column's period.
func (s *spans) cut(column int, p period) {
	first, from := beginning, beginning
	if p.first != nil {
		first, from = *p.first, monthOf(*p.first)
		if from.Before(first.Time) {
			from = model.Date{Time: from.AddDate(0, 1, 0)}
		}
	}
	until := monthOf(p.last.AddDays(1)) // the first day behind the whole months
	if !from.Before(until.Time) {
		s.add(column, first, p.last, false)
		return
	}
	s.add(column, first, from.AddDays(-1), false)
	s.add(column, from, until.AddDays(-1), true)
	s.add(column, until, p.last, false)
}

// booked is an account with what it has in each column of a report: debits less credits, in minor
// units of the base currency.
type booked struct {
	account model.Account
	columns []int64
}

// sumSpans selects what was booked on accounts in spans, which are the statement's next four
// arguments, from balances and from lines.
const sumSpans = `
	SELECT span.column_number, part.account_id, sum(part.amount) AS amount
	FROM unnest(?::int[], ?::date[], ?::date[], ?::bool[]) AS span (column_number, first, last, whole)
	CROSS JOIN LATERAL (
		SELECT account_id, amount FROM rows WHERE span.whole AND month BETWEEN span.first AND span.last
		UNION ALL
		SELECT account_id, amount FROM canonical.journal_lines
		WHERE NOT span.whole AND organization_id = $1 AND posted_on BETWEEN span.first AND span.last) AS part
	GROUP BY span.column_number, part.account_id`

// spansOf returns the spans of periods, each a column.
func spansOf(periods []period) (s spans, err error) {
	for column, p := range periods {
		if p.first != nil && p.first.After(p.last.Time) {
			return s, &InvalidError{"a period must not end before it begins"}
		}
		s.cut(column, p)
	}
	return s, nil
}

// totals sums the books by account over each of the periods, in one statement: accounts
// without lines are left out, the others are in the order of their codes. Its cost grows
// with accounts and months, and with the lines of months that a period has in part.
func (b Books) totals(ctx context.Context, periods ...period) ([]booked, error) {
	s, err := spansOf(periods)
	if err != nil {
		return nil, err
	}
	var sums []struct {
		Column int `json:"column_number"`
		accountBalance
	}
	err = accountBalances.Summarize(ctx, b.Reader, nil, projection.Where(sumSpans, s.column, s.first, s.last, s.whole), &sums)
	if err != nil {
		return nil, fmt.Errorf("sum the accounts: %w", err)
	}
	columns := map[int64][]int64{}
	var keys []int64
	for _, cell := range sums {
		if columns[cell.AccountID] == nil {
			columns[cell.AccountID] = make([]int64, len(periods))
			keys = append(keys, cell.AccountID)
		}
		columns[cell.AccountID][cell.Column] += cell.Amount
	}
	found, err := b.Accounts(ctx, keys)
	if err != nil {
		return nil, err
	}
	rows := make([]booked, 0, len(keys))
	for _, key := range keys {
		if account := found[key]; account != nil {
			rows = append(rows, booked{*account, columns[key]})
		}
	}
	slices.SortFunc(rows, func(a, b booked) int {
		return cmp.Or(cmp.Compare(a.account.Code, b.account.Code), cmp.Compare(a.account.ID.Key, b.account.ID.Key))
	})
	return rows, nil
}
