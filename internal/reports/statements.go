package reports

import (
	"context"
	"slices"

	"daybook/graph/model"
)

// asOf returns the periods of a report as of a day, today if it is nil, and as of the day to compare
// to unless that is nil.
func (b Books) asOf(day, compareTo *model.Date) []period {
	periods := []period{{last: b.Today}}
	if day != nil {
		periods[0].last = *day
	}
	if compareTo != nil {
		periods = append(periods, period{last: *compareTo})
	}
	return periods
}

// total returns the columns of a row or a sum as amounts; a side of -1 turns credits positive.
func (b Books) total(columns []int64, side int64) model.ReportTotal {
	t := model.ReportTotal{Amount: b.inBase(side * columns[0])}
	if len(columns) > 1 {
		compared := b.inBase(side * columns[1])
		t.Compared = &compared
	}
	return t
}

// sums returns the sum of each of the first n columns over the accounts of these types.
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

// section returns the first n columns of the accounts of one type, and their total.
func (b Books) section(rows []booked, typ model.AccountType, side int64, n int) model.ReportSection {
	section := model.ReportSection{Rows: []model.ReportRow{}, Total: b.total(sums(rows, n, typ), side)}
	for _, row := range rows {
		if row.account.Type == typ {
			t := b.total(row.columns[:n], side)
			section.Rows = append(section.Rows, model.ReportRow{Account: row.account, Amount: t.Amount, Compared: t.Compared})
		}
	}
	return section
}

// withYearsBefore appends to periods one for each of them: all days before the fiscal year of its last day.
func (b Books) withYearsBefore(periods []period) []period {
	all := slices.Clone(periods)
	for _, p := range periods {
		all = append(all, period{last: b.fiscalYear(p.last).AddDays(-1)})
	}
	return all
}

// earns reports whether the account begins every fiscal year at zero.
func (row booked) earns() bool {
	return row.account.Type == model.AccountTypeIncome || row.account.Type == model.AccountTypeExpense
}

// TrialBalance returns what every account holds at the end of the day, today's if it is nil, and
// perhaps of another day beside it: income and expenses of the fiscal year of the day only, and
// what the years before have earned in one line, as in BalanceSheet.
func (b Books) TrialBalance(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.TrialBalance, error) {
	shown := b.asOf(day, compareTo)
	n := len(shown)
	rows, err := b.totals(ctx, b.withYearsBefore(shown)...)
	if err != nil {
		return nil, err
	}
	var debits, credits int64
	line := func(columns []int64) (debit, credit model.Money, compared *model.Money) {
		d, c := max(columns[0], 0), max(-columns[0], 0)
		debits, credits = debits+d, credits+c
		return b.inBase(d), b.inBase(c), b.total(columns, 1).Compared
	}
	answer := &model.TrialBalance{AsOf: shown[0].last, CompareTo: compareTo, Rows: []model.TrialBalanceRow{}}
	retained := make([]int64, n)
	for _, row := range rows {
		columns, before := row.columns[:n], row.columns[n:]
		if row.earns() {
			years := slices.ContainsFunc(before, func(amount int64) bool { return amount != 0 })
			for i := range columns {
				columns[i] -= before[i]
				retained[i] += before[i]
			}
			if years && !slices.ContainsFunc(columns, func(amount int64) bool { return amount != 0 }) {
				continue // its years are over
			}
		}
		r := model.TrialBalanceRow{Account: row.account}
		r.Debit, r.Credit, r.Compared = line(columns)
		answer.Rows = append(answer.Rows, r)
	}
	answer.RetainedEarnings.Debit, answer.RetainedEarnings.Credit, answer.RetainedEarnings.Compared = line(retained)
	answer.Debit, answer.Credit = b.inBase(debits), b.inBase(credits)
	return answer, nil
}

// ProfitAndLoss returns the income and expenses of the days from one to another, both included, and
// perhaps of other days beside them.
func (b Books) ProfitAndLoss(ctx context.Context, from model.Date, to model.Date, compareFrom *model.Date, compareTo *model.Date) (*model.ProfitAndLoss, error) {
	periods := []period{{first: &from, last: to}}
	switch {
	case (compareFrom == nil) != (compareTo == nil):
		return nil, &InvalidError{"compareFrom and compareTo are given together"}
	case compareTo != nil:
		periods = append(periods, period{first: compareFrom, last: *compareTo})
	}
	rows, err := b.totals(ctx, periods...)
	if err != nil {
		return nil, err
	}
	answer := &model.ProfitAndLoss{From: from, To: to, CompareFrom: compareFrom, CompareTo: compareTo}
	n := len(periods)
	answer.Income = b.section(rows, model.AccountTypeIncome, -1, n)
	answer.Expenses = b.section(rows, model.AccountTypeExpense, 1, n)
	answer.Profit = b.total(sums(rows, n, model.AccountTypeIncome, model.AccountTypeExpense), -1)
	return answer, nil
}

// BalanceSheet returns what is owned and owed at the end of the day, today's if it is nil, and
// perhaps of another day beside it. Behind the columns that it shows, it sums the earnings of the
// fiscal years that were over by each day.
func (b Books) BalanceSheet(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.BalanceSheet, error) {
	shown := b.asOf(day, compareTo)
	n := len(shown)
	rows, err := b.totals(ctx, b.withYearsBefore(shown)...)
	if err != nil {
		return nil, err
	}
	answer := &model.BalanceSheet{AsOf: shown[0].last, CompareTo: compareTo}
	answer.Assets = b.section(rows, model.AccountTypeAsset, 1, n)
	answer.Liabilities = b.section(rows, model.AccountTypeLiability, -1, n)
	answer.Equity = b.section(rows, model.AccountTypeEquity, -1, n)
	earnings := sums(rows, 2*n, model.AccountTypeIncome, model.AccountTypeExpense)
	all, past, current := earnings[:n], earnings[n:], make([]int64, n)
	for i := range current {
		current[i] = all[i] - past[i]
	}
	answer.Earnings, answer.RetainedEarnings, answer.CurrentEarnings = b.total(all, -1), b.total(past, -1), b.total(current, -1)
	answer.TotalEquity = b.total(sums(rows, n, model.AccountTypeEquity, model.AccountTypeIncome, model.AccountTypeExpense), -1)
	return answer, nil
}
