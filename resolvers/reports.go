package resolvers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"daybook/graph/model"
	"daybook/projection"
)

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

func (s *spans) add(column int, first, last model.Date, whole bool) {
	if first.After(last.Time) {
		return
	}
	s.column, s.first, s.last, s.whole = append(s.column, column), append(s.first, first), append(s.last, last), append(s.whole, whole)
}

// monthOf is the first day of the day's month.
func monthOf(day model.Date) model.Date { return model.NewDate(day.Year(), day.Month(), 1) }

// beginning is before every day that a month of the books can have.
var beginning = model.NewDate(-4712, time.January, 1)

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

// booked is what an account has in each column of a report: debits less credits, in minor
// units of the base currency.
type booked struct {
	account model.Account
	columns []int64
}

// report sums the books by account over each of the periods, in one statement: accounts
// without lines are left out, the others are in the order of their codes. Its cost grows
// with accounts and months, and with the lines of months that a period has in part.
func report(ctx context.Context, periods ...period) ([]booked, error) {
	var s spans
	for column, p := range periods {
		if p.first != nil && p.first.After(p.last.Time) {
			return nil, badInput("a period must not end before it begins")
		}
		s.cut(column, p)
	}
	var sums []struct {
		Column int `json:"column_number"`
		accountBalance
	}
	req := requestFrom(ctx)
	err := accountBalances.Summarize(ctx, req.pages, nil, projection.Where(`
		SELECT span.column_number, part.account_id, sum(part.amount) AS amount
		FROM unnest(?::int[], ?::date[], ?::date[], ?::bool[]) AS span (column_number, first, last, whole)
		CROSS JOIN LATERAL (
			SELECT account_id, amount FROM rows WHERE span.whole AND month BETWEEN span.first AND span.last
			UNION ALL
			SELECT account_id, amount FROM canonical.journal_lines
			WHERE NOT span.whole AND organization_id = $1 AND posted_on BETWEEN span.first AND span.last) AS part
		GROUP BY span.column_number, part.account_id`, s.column, s.first, s.last, s.whole), &sums)
	if err != nil {
		return nil, ofRead(err)
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
	found, err := accountByKey.rows(ctx, keys)
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

// asOf are the periods of a report as of a day, and perhaps as of another one beside it.
func asOf(ctx context.Context, day, compareTo *model.Date) []period {
	periods := []period{{last: requestFrom(ctx).today()}}
	if day != nil {
		periods[0].last = *day
	}
	if compareTo != nil {
		periods = append(periods, period{last: *compareTo})
	}
	return periods
}

// total makes the columns of a row or a sum; a side of -1 turns credits positive.
func (r *request) total(columns []int64, side int64) model.ReportTotal {
	t := model.ReportTotal{Amount: r.inBase(side * columns[0])}
	if len(columns) > 1 {
		compared := r.inBase(side * columns[1])
		t.Compared = &compared
	}
	return t
}

// sums adds up each of the first n columns over the accounts of these types.
func sums(rows []booked, n int, types ...model.AccountType) []int64 {
	columns := make([]int64, n)
	for _, row := range rows {
		if slices.Contains(types, row.account.Type) {
			for i := range columns {
				columns[i] += row.columns[i]
			}
		}
	}
	return columns
}

// section shows the first n columns of the accounts of one type.
func (r *request) section(rows []booked, typ model.AccountType, side int64, n int) model.ReportSection {
	section := model.ReportSection{Rows: []model.ReportRow{}, Total: r.total(sums(rows, n, typ), side)}
	for _, row := range rows {
		if row.account.Type == typ {
			t := r.total(row.columns[:n], side)
			section.Rows = append(section.Rows, model.ReportRow{Account: row.account, Amount: t.Amount, Compared: t.Compared})
		}
	}
	return section
}

func (r *queryResolver) TrialBalance(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.TrialBalance, error) {
	periods := asOf(ctx, day, compareTo)
	rows, err := report(ctx, periods...)
	if err != nil {
		return nil, err
	}
	req := requestFrom(ctx)
	var debits, credits int64
	answer := &model.TrialBalance{AsOf: periods[0].last, CompareTo: compareTo, Rows: []model.TrialBalanceRow{}}
	for _, row := range rows {
		debit, credit := max(row.columns[0], 0), max(-row.columns[0], 0)
		debits, credits = debits+debit, credits+credit
		answer.Rows = append(answer.Rows, model.TrialBalanceRow{
			Account: row.account, Debit: req.inBase(debit), Credit: req.inBase(credit), Compared: req.total(row.columns, 1).Compared,
		})
	}
	answer.Debit, answer.Credit = req.inBase(debits), req.inBase(credits)
	return answer, nil
}

func (r *queryResolver) ProfitAndLoss(ctx context.Context, from model.Date, to model.Date, compareFrom *model.Date, compareTo *model.Date) (*model.ProfitAndLoss, error) {
	periods := []period{{first: &from, last: to}}
	switch {
	case (compareFrom == nil) != (compareTo == nil):
		return nil, badInput("compareFrom and compareTo are given together")
	case compareTo != nil:
		periods = append(periods, period{first: compareFrom, last: *compareTo})
	}
	rows, err := report(ctx, periods...)
	if err != nil {
		return nil, err
	}
	req := requestFrom(ctx)
	answer := &model.ProfitAndLoss{From: from, To: to, CompareFrom: compareFrom, CompareTo: compareTo}
	n := len(periods)
	answer.Income = req.section(rows, model.AccountTypeIncome, -1, n)
	answer.Expenses = req.section(rows, model.AccountTypeExpense, 1, n)
	answer.Profit = req.total(sums(rows, n, model.AccountTypeIncome, model.AccountTypeExpense), -1)
	return answer, nil
}

// BalanceSheet reads, behind the columns that it shows, the earnings of each day's past years.
func (r *queryResolver) BalanceSheet(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.BalanceSheet, error) {
	req := requestFrom(ctx)
	shown := asOf(ctx, day, compareTo)
	periods, n := shown, len(shown)
	for _, p := range shown {
		periods = append(periods, period{last: req.fiscalYear(p.last).AddDays(-1)})
	}
	rows, err := report(ctx, periods...)
	if err != nil {
		return nil, err
	}
	answer := &model.BalanceSheet{AsOf: shown[0].last, CompareTo: compareTo}
	answer.Assets = req.section(rows, model.AccountTypeAsset, 1, n)
	answer.Liabilities = req.section(rows, model.AccountTypeLiability, -1, n)
	answer.Equity = req.section(rows, model.AccountTypeEquity, -1, n)
	earnings := sums(rows, 2*n, model.AccountTypeIncome, model.AccountTypeExpense)
	all, past, current := earnings[:n], earnings[n:], make([]int64, n)
	for i := range current {
		current[i] = all[i] - past[i]
	}
	answer.Earnings, answer.RetainedEarnings, answer.CurrentEarnings = req.total(all, -1), req.total(past, -1), req.total(current, -1)
	answer.TotalEquity = req.total(sums(rows, n, model.AccountTypeEquity, model.AccountTypeIncome, model.AccountTypeExpense), -1)
	return answer, nil
}
