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

// total returns the first n columns of a row or a sum, and what of them is of each store; a side of -1 turns credits positive.
func (b Books) total(stores []int64, a amounts, side int64, n int) model.ReportTotal {
	in := func(store int64) (amount model.Money, compared *model.Money) {
		columns := a[store]
		if columns == nil {
			columns = make([]int64, n)
		}
		if n > 1 {
			compared = new(b.inBase(side * columns[1]))
		}
		return b.inBase(side * columns[0]), compared
	}
	t := model.ReportTotal{ByStore: make([]model.StoreAmount, len(stores))}
	t.Amount, t.Compared = in(whole)
	for i, store := range stores {
		t.ByStore[i].StoreID = storeID(&store)
		t.ByStore[i].Amount, t.ByStore[i].Compared = in(store)
	}
	return t
}

// sums returns the sum of each of the first n columns over the accounts of these types.
func (t table) sums(n int, types ...model.AccountType) amounts {
	sum := amounts{}
	for _, row := range t.rows {
		if slices.Contains(types, row.account.Type) {
			sum.plus(row.amounts.cut(0, n), 1, n)
		}
	}
	return sum
}

// section returns the first n columns of the accounts of one type, and their total.
func (b Books) section(t table, typ model.AccountType, side int64, n int) model.ReportSection {
	section := model.ReportSection{Rows: []model.ReportRow{}, Total: b.total(t.stores, t.sums(n, typ), side, n)}
	for _, row := range t.rows {
		if row.account.Type == typ {
			total := b.total(t.stores, row.amounts, side, n)
			section.Rows = append(section.Rows, model.ReportRow{Account: row.account, Amount: total.Amount, Compared: total.Compared, ByStore: total.ByStore})
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
	books, err := b.totals(ctx, b.withYearsBefore(shown)...)
	if err != nil {
		return nil, err
	}
	var debits, credits int64
	line := func(a amounts) (debit, credit model.Money, compared *model.Money, byStore []model.StoreAmount) {
		var balance int64
		if columns := a[whole]; columns != nil {
			balance = columns[0]
		}
		d, c := max(balance, 0), max(-balance, 0)
		debits, credits = debits+d, credits+c
		total := b.total(books.stores, a, 1, n)
		return b.inBase(d), b.inBase(c), total.Compared, total.ByStore
	}
	answer := &model.TrialBalance{AsOf: shown[0].last, CompareTo: compareTo, Rows: []model.TrialBalanceRow{}}
	retained := amounts{}
	for _, row := range books.rows {
		now, before := row.amounts.cut(0, n), row.amounts.cut(n, 2*n)
		if row.earns() {
			now.plus(before, -1, n)
			retained.plus(before, 1, n)
			if !before.none() && now.none() {
				continue // its years are over
			}
		}
		r := model.TrialBalanceRow{Account: row.account}
		r.Debit, r.Credit, r.Compared, r.ByStore = line(now)
		answer.Rows = append(answer.Rows, r)
	}
	years := &answer.RetainedEarnings
	years.Debit, years.Credit, years.Compared, years.ByStore = line(retained)
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
	books, err := b.totals(ctx, periods...)
	if err != nil {
		return nil, err
	}
	answer := &model.ProfitAndLoss{From: from, To: to, CompareFrom: compareFrom, CompareTo: compareTo}
	n := len(periods)
	answer.Income = b.section(books, model.AccountTypeIncome, -1, n)
	answer.Expenses = b.section(books, model.AccountTypeExpense, 1, n)
	answer.Profit = b.total(books.stores, books.sums(n, model.AccountTypeIncome, model.AccountTypeExpense), -1, n)
	return answer, nil
}

// BalanceSheet returns what is owned and owed at the end of the day, today's if it is nil, and
// perhaps of another day beside it. Behind the columns that it shows, it sums the earnings of the
// fiscal years that were over by each day.
func (b Books) BalanceSheet(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.BalanceSheet, error) {
	shown := b.asOf(day, compareTo)
	n := len(shown)
	books, err := b.totals(ctx, b.withYearsBefore(shown)...)
	if err != nil {
		return nil, err
	}
	answer := &model.BalanceSheet{AsOf: shown[0].last, CompareTo: compareTo}
	answer.Assets = b.section(books, model.AccountTypeAsset, 1, n)
	answer.Liabilities = b.section(books, model.AccountTypeLiability, -1, n)
	answer.Equity = b.section(books, model.AccountTypeEquity, -1, n)
	earnings := books.sums(2*n, model.AccountTypeIncome, model.AccountTypeExpense)
	all, past, current := earnings.cut(0, n), earnings.cut(n, 2*n), earnings.cut(0, n)
	current.plus(past, -1, n)
	total := func(a amounts) model.ReportTotal { return b.total(books.stores, a, -1, n) }
	answer.Earnings, answer.RetainedEarnings, answer.CurrentEarnings = total(all), total(past), total(current)
	answer.TotalEquity = total(books.sums(n, model.AccountTypeEquity, model.AccountTypeIncome, model.AccountTypeExpense))
	return answer, nil
}
