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

// accountBalance is what was booked on an account in a month, in one store, by records in one currency.
type accountBalance struct {
	AccountID int64 `json:"account_id"`
	// StoreID is 0 for the office.
	StoreID int64 `json:"store_id"`
	// Amount is in minor units of the base currency, debits less credits.
	Amount int64 `json:"amount"`
}

var accountBalances = projection.Define[accountBalance](projection.Definition{
	Name: "account_balances",
	Key:  []string{"account_id", "month date", "currency text", "store_id"},
	Sum:  true,
	// Statements that read the journal too have the reader's stores in a condition of their own: Books.Stores.
	Stores: "store_id = ANY (?)",
})

// Balances returns what is booked on each of the accounts with the given keys, in minor units of
// the base currency, debits less credits. One without lines is absent.
func Balances(ctx context.Context, r *projection.Reader, accounts []int64) (map[int64]int64, error) {
	var sums []accountBalance
	err := accountBalances.Summarize(ctx, r, []projection.Condition{projection.Where("account_id = ANY (?::bigint[])", accounts)},
		projection.Where("SELECT account_id, 0 AS store_id, sum(amount) AS amount FROM rows GROUP BY account_id"), &sums)
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

// whole is the key of all stores together in amounts.
const whole = -1

// amounts are what an account or a sum has in each column of a report, in each of its stores, 0 for the office, and in all of
// them: debits less credits, in minor units of the base currency. A store without anything is absent.
type amounts map[int64][]int64

// add adds a part to a cell of a store, and to the same one of the whole; n is the number of columns.
func (a amounts) add(store int64, column, n int, part int64) {
	for _, key := range []int64{store, whole} {
		if a[key] == nil {
			a[key] = make([]int64, n)
		}
		a[key][column] += part
	}
}

// plus adds other amounts of n columns, times a sign.
func (a amounts) plus(other amounts, sign int64, n int) {
	for key, columns := range other {
		if a[key] == nil {
			a[key] = make([]int64, n)
		}
		for i, amount := range columns {
			a[key][i] += sign * amount
		}
	}
}

// cut returns the columns from one to another, which is excluded.
func (a amounts) cut(from, to int) amounts {
	part := make(amounts, len(a))
	for key, columns := range a {
		part[key] = slices.Clone(columns[from:to])
	}
	return part
}

// none reports whether every column is zero, in every store.
func (a amounts) none() bool {
	for _, columns := range a {
		if slices.ContainsFunc(columns, func(amount int64) bool { return amount != 0 }) {
			return false
		}
	}
	return true
}

// booked is an account with what it has in each column of a report.
type booked struct {
	account model.Account
	amounts amounts
}

// table is what a report shows: the accounts with something booked, in the order of their codes, and the stores, 0 for the
// office, in the order of their keys: those that are asked for, or else those with something booked.
type table struct {
	rows   []booked
	stores []int64
}

// sumSpans selects what was booked on accounts in spans, which are the statement's next four
// arguments, from balances and from lines, store by store. Arguments of a condition that is put behind it come next.
const sumSpans = `
	SELECT span.column_number, part.account_id, part.store_id, sum(part.amount) AS amount
	FROM unnest(?::int[], ?::date[], ?::date[], ?::bool[]) AS span (column_number, first, last, whole)
	CROSS JOIN LATERAL (
		SELECT account_id, store_id, amount FROM rows WHERE span.whole AND month BETWEEN span.first AND span.last
		UNION ALL
		SELECT account_id, COALESCE(store_id, 0), amount FROM canonical.journal_lines
		WHERE NOT span.whole AND organization_id = $1 AND posted_on BETWEEN span.first AND span.last) AS part`

// perAccount groups sumSpans.
const perAccount = ` GROUP BY span.column_number, part.account_id, part.store_id`

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

// totals sums the books by account and store over each of the periods, in one statement: accounts
// without lines are left out. Its cost grows with accounts, stores and months, and with the lines
// of months that a period has in part.
func (b Books) totals(ctx context.Context, periods ...period) (t table, err error) {
	s, err := spansOf(periods)
	if err != nil {
		return t, err
	}
	inStores, storeKeys := b.Stores.InSum("part.store_id")
	var sums []struct {
		Column int `json:"column_number"`
		accountBalance
	}
	err = accountBalances.Summarize(ctx, b.Reader, nil,
		projection.Where(sumSpans+" WHERE "+inStores+perAccount, append([]any{s.column, s.first, s.last, s.whole}, storeKeys...)...), &sums)
	if err != nil {
		return t, fmt.Errorf("sum the accounts: %w", err)
	}
	byAccount := map[int64]amounts{}
	var keys []int64
	for _, cell := range sums {
		if byAccount[cell.AccountID] == nil {
			byAccount[cell.AccountID] = amounts{}
			keys = append(keys, cell.AccountID)
		}
		byAccount[cell.AccountID].add(cell.StoreID, cell.Column, len(periods), cell.Amount)
		t.stores = append(t.stores, cell.StoreID)
	}
	if b.Stores.Only {
		t.stores = b.Stores.SumKeys()
	}
	slices.Sort(t.stores)
	t.stores = slices.Compact(t.stores)
	found, err := b.Accounts(ctx, keys)
	if err != nil {
		return t, err
	}
	for _, key := range keys {
		if account := found[key]; account != nil {
			t.rows = append(t.rows, booked{*account, byAccount[key]})
		}
	}
	slices.SortFunc(t.rows, func(a, b booked) int {
		return cmp.Or(cmp.Compare(a.account.Code, b.account.Code), cmp.Compare(a.account.ID.Key, b.account.ID.Key))
	})
	return t, nil
}
