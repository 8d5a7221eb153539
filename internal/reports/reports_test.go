package reports_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
	"daybook/internal/pgtest"
	"daybook/internal/reports"
	"daybook/projection"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var accounts = projection.Define[model.Account](projection.Definition{
	Name: "account_summaries", Key: []string{"account_id"}, Node: "Account", Columns: map[string]string{"ID": "account_id"},
})

// bank is the key of account B1.
const bank = 9001

// books makes an organization with five accounts of its own, and entries by hand; an entry is a day, the
// account that it debits, the one that it credits, and the amount in cents.
func books(t *testing.T, entries ...[4]any) (reports.Books, pgx.Tx) {
	t.Helper()
	tx := pgtest.Tx(t)
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) OVERRIDING SYSTEM VALUE VALUES (7, 'Seven', 'UTC', 'AUD')`)
	run(`INSERT INTO canonical.accounts (organization_id, id, code, name, type) OVERRIDING SYSTEM VALUE
		VALUES (7, 9001, 'B1', 'Bank', 'asset'), (7, 9002, 'L2', 'Loan', 'liability'), (7, 9003, 'E3', 'Equity', 'equity'), (7, 9004, 'I4', 'Income', 'income'), (7, 9005, 'X5', 'Expense', 'expense')`)
	for i, e := range entries {
		run(`WITH entry AS (
				INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo)
				OVERRIDING SYSTEM VALUE VALUES (7, $1, 'JournalEntry', $1, 'manual', $2::text::date, '') RETURNING id)
			INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, amount, currency, document_amount)
			SELECT 7, entry.id, side.line, account.id, side.amount, 'AUD', side.amount
			FROM entry CROSS JOIN (VALUES (1, $3::text, $5::bigint), (2, $4::text, -$5::bigint)) AS side (line, code, amount)
			JOIN canonical.accounts AS account ON account.organization_id = 7 AND account.code = side.code`, 1000+i, e[0], e[1], e[2], e[3])
	}
	reader := &projection.Reader{DB: tx, OrganizationID: 7, Mode: projection.Exact, Freshness: &projection.Freshness{}}
	return reports.Books{
		Reader: reader, Currency: "AUD", Today: day("2026-03-31"), FiscalYearStartMonth: 7,
		Accounts: func(ctx context.Context, keys []int64) (map[int64]*model.Account, error) {
			found := map[int64]*model.Account{}
			rows, err := accounts.ByKey(ctx, reader, keys)
			for key, row := range rows {
				found[key] = &row
			}
			return found, err
		},
	}, tx
}

func day(text string) model.Date {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return model.Date{Time: at}
}

// amounts joins the amounts with their decimals.
func amounts(list ...model.Money) string {
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = m.Amount.String()
	}
	return strings.Join(texts, " ")
}

// year is a business that borrows, earns in two fiscal years, and spends.
var year = [][4]any{
	{"2025-01-15", "B1", "L2", 500_00},
	{"2025-06-30", "B1", "I4", 100_00},
	{"2025-07-01", "B1", "I4", 40_00},
	{"2025-12-31", "X5", "B1", 25_50},
	{"2026-04-01", "X5", "B1", 1_00},
}

func TestTrialBalance(t *testing.T) {
	t.Parallel()
	b, _ := books(t, year...)
	for name, c := range map[string]struct {
		asOf *model.Date
		want []string
	}{
		"before the books":       {new(day("2025-01-14")), []string{"retained 0.00 0.00"}},
		"in the middle":          {new(day("2025-06-30")), []string{"B1 600.00 0.00", "I4 0.00 100.00", "L2 0.00 500.00", "retained 0.00 0.00"}},
		"today, if it is nil":    {nil, []string{"B1 614.50 0.00", "I4 0.00 40.00", "L2 0.00 500.00", "X5 25.50 0.00", "retained 0.00 100.00"}},
		"at the end of all days": {new(day("9999-12-31")), []string{"B1 613.50 0.00", "L2 0.00 500.00", "retained 0.00 113.50"}},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := b.TrialBalance(t.Context(), c.asOf, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, row := range report.Rows {
				got = append(got, row.Account.Code+" "+amounts(row.Debit, row.Credit))
			}
			got = append(got, "retained "+amounts(report.RetainedEarnings.Debit, report.RetainedEarnings.Credit))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if report.Debit.Amount.Cmp(report.Credit.Amount.Decimal) != 0 {
				t.Errorf("debits %s, credits %s", report.Debit.Amount, report.Credit.Amount)
			}
		})
	}
}

// TestStatementsAgree makes random books, and looks at random days of them: the trial balance sums to zero, its income and
// expenses are those of profit and loss from the fiscal year's first day on, and all else of it stands in the balance sheet.
func TestStatementsAgree(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	codes, first := []string{"B1", "L2", "E3", "I4", "X5"}, day("2023-01-01")
	var entries [][4]any
	for range 150 {
		from := random.IntN(len(codes))
		to := (from + 1 + random.IntN(len(codes)-1)) % len(codes)
		entries = append(entries, [4]any{first.AddDays(random.IntN(1500)).String(), codes[from], codes[to], 1 + random.IntN(1000_00)})
	}
	b, _ := books(t, entries...)
	for range 20 {
		at, before := first.AddDays(random.IntN(1600)-50), first.AddDays(random.IntN(1600)-50)
		b.FiscalYearStartMonth = 1 + random.IntN(12)
		year := func(d model.Date) *model.Date {
			for d.Day() != 1 || int(d.Month()) != b.FiscalYearStartMonth {
				d = d.AddDays(-1)
			}
			return &d
		}
		trial, err := b.TrialBalance(t.Context(), &at, &before)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := b.BalanceSheet(t.Context(), &at, &before)
		if err != nil {
			t.Fatal(err)
		}
		profit, err := b.ProfitAndLoss(t.Context(), *year(at), at, year(before), &before)
		if err != nil {
			t.Fatal(err)
		}
		// Debits less credits, by account, on the day and on the one to compare to.
		want, got := map[string][2]decimal.Decimal{}, map[string][2]decimal.Decimal{}
		for side, sections := range map[int64][]model.ReportSection{1: {sheet.Assets, profit.Expenses}, -1: {sheet.Liabilities, sheet.Equity, profit.Income}} {
			for _, section := range sections {
				for _, row := range section.Rows {
					want[row.Account.Code] = [2]decimal.Decimal{row.Amount.Amount.Mul(decimal.NewFromInt(side)), row.Compared.Amount.Mul(decimal.NewFromInt(side))}
				}
			}
		}
		want["retained"] = [2]decimal.Decimal{sheet.RetainedEarnings.Amount.Amount.Neg(), sheet.RetainedEarnings.Compared.Amount.Neg()}
		for _, row := range trial.Rows {
			got[row.Account.Code] = [2]decimal.Decimal{row.Debit.Amount.Sub(row.Credit.Amount.Decimal), row.Compared.Amount.Decimal}
		}
		retained := trial.RetainedEarnings
		got["retained"] = [2]decimal.Decimal{retained.Debit.Amount.Sub(retained.Credit.Amount.Decimal), retained.Compared.Amount.Decimal}
		var sum, compared decimal.Decimal
		for _, columns := range got {
			sum, compared = sum.Add(columns[0]), compared.Add(columns[1])
		}
		if !sum.IsZero() || !compared.IsZero() || trial.Debit.Amount.Cmp(trial.Credit.Amount.Decimal) != 0 {
			t.Errorf("seed %d, %s and %s: the trial balance sums to %s and %s", seed, at, before, sum, compared)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
			t.Errorf("seed %d, %s and %s, years from month %d: %s", seed, at, before, b.FiscalYearStartMonth, diff)
		}
	}
}

func TestProfitAndLoss(t *testing.T) {
	t.Parallel()
	b, _ := books(t, year...)
	report, err := b.ProfitAndLoss(t.Context(), day("2025-07-01"), day("2026-06-30"), new(day("2024-07-01")), new(day("2025-06-30")))
	if err != nil {
		t.Fatal(err)
	}
	got := amounts(report.Income.Total.Amount, report.Expenses.Total.Amount, report.Profit.Amount, *report.Profit.Compared)
	if got != "40.00 26.50 13.50 100.00" {
		t.Errorf("income, expenses, profit, and profit of the year before: %s", got)
	}
	var invalid *reports.InvalidError
	if _, err := b.ProfitAndLoss(t.Context(), day("2025-02-01"), day("2025-01-31"), nil, nil); !errors.As(err, &invalid) {
		t.Errorf("a period that ends before it begins: %v", err)
	}
	if _, err := b.ProfitAndLoss(t.Context(), day("2025-02-01"), day("2025-02-01"), new(day("2025-01-01")), nil); !errors.As(err, &invalid) {
		t.Errorf("half of a range to compare to: %v", err)
	}
}

func TestBalanceSheetTellsFiscalYearsApart(t *testing.T) {
	t.Parallel()
	b, _ := books(t, year...)
	report, err := b.BalanceSheet(t.Context(), nil, new(day("2025-06-30")))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		total model.ReportTotal
		want  string
	}{
		"assets":      {report.Assets.Total, "614.50 600.00"},
		"liabilities": {report.Liabilities.Total, "500.00 500.00"},
		"retained":    {report.RetainedEarnings, "100.00 0.00"},
		"current":     {report.CurrentEarnings, "14.50 100.00"},
		"equity":      {report.TotalEquity, "114.50 100.00"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := amounts(c.total.Amount, *c.total.Compared); got != c.want {
				t.Errorf("today and on the day to compare to: %s, want %s", got, c.want)
			}
		})
	}
}

func TestAccountRegister(t *testing.T) {
	t.Parallel()
	b, _ := books(t, year...)
	first, err := b.AccountRegister(t.Context(), bank, projection.PageQuery{First: new(2)})
	if err != nil {
		t.Fatal(err)
	}
	rest, err := b.AccountRegister(t.Context(), bank, projection.PageQuery{First: new(5), After: first.PageInfo.EndCursor})
	if err != nil {
		t.Fatal(err)
	}
	last, err := b.AccountRegister(t.Context(), bank, projection.PageQuery{Last: new(1)})
	if err != nil {
		t.Fatal(err)
	}
	var balances []model.Money
	for _, page := range []*model.RegisterLineConnection{first, rest, last} {
		for _, line := range page.Nodes {
			balances = append(balances, line.Balance)
		}
	}
	if got := amounts(balances...); got != "500.00 600.00 640.00 614.50 613.50 613.50" {
		t.Errorf("balances %s", got)
	}
	if !first.PageInfo.HasNextPage || rest.PageInfo.HasNextPage || !last.PageInfo.HasPreviousPage {
		t.Errorf("pages %+v %+v %+v", first.PageInfo, rest.PageInfo, last.PageInfo)
	}
	var invalid *projection.InvalidPageError
	if _, err := b.AccountRegister(t.Context(), bank, projection.PageQuery{First: new(2), After: new("x")}); !errors.As(err, &invalid) {
		t.Errorf("a cursor of something else: %v", err)
	}
}

func TestReceivablesAgeing(t *testing.T) {
	t.Parallel()
	b, tx := books(t)
	for _, sql := range []string{`
		INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE VALUES (7, 1, 'Ada', true), (7, 2, 'Grace', true)`, `
		WITH documents AS (
			INSERT INTO canonical.documents (organization_id, id, kind, party_id, state, number, number_value, issued_on, due_on, currency, approved_at)
			OVERRIDING SYSTEM VALUE SELECT 7, n, 'invoice', party, 'approved', 'INV-' || n, n, '2025-01-01', '2026-03-31'::date - late, 'AUD', now()
			FROM (VALUES (1, 1, 0), (2, 1, 30), (3, 2, 31), (4, 2, 91)) AS open (n, party, late))
		INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price)
		SELECT 7, n, 1, 'Work', 1, n * 100 FROM generate_series(1, 4) AS n`, `
		SET CONSTRAINTS ALL IMMEDIATE`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	report, err := b.ReceivablesAgeing(t.Context(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Totals) != 1 || len(report.Rows) != 1 || report.Rows[0].PartyName != "Grace" {
		t.Fatalf("totals %v, rows %v", report.Totals, report.Rows)
	}
	sum, row := report.Totals[0], report.Rows[0]
	got := amounts(sum.NotDue, sum.Days30, sum.Days60, sum.Days90, sum.Older, sum.Total, row.Days60, row.Older)
	if got != "1.00 2.00 3.00 0.00 4.00 10.00 3.00 4.00" {
		t.Errorf("sums %s", got)
	}
}

// TestAgeingOfPastDays looks at an invoice of January that is due in February, at a payment of March and at one of
// February that pays it in March only, and at money that came in January and was given back in February.
func TestAgeingOfPastDays(t *testing.T) {
	t.Parallel()
	b, tx := books(t)
	for _, sql := range []string{
		`INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE VALUES (7, 1, 'Ada', true)`,
		`INSERT INTO canonical.documents (organization_id, id, party_id, state, number, number_value, issued_on, due_on, currency, approved_at)
			OVERRIDING SYSTEM VALUE VALUES (7, 1, 1, 'approved', 'INV-1', 1, '2026-01-10', '2026-02-09', 'AUD', now())`,
		`INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price) VALUES (7, 1, 1, 'Work', 1, 10000)`,
		`INSERT INTO canonical.payments (organization_id, id, direction, party_id, paid_on, currency, amount) OVERRIDING SYSTEM VALUE VALUES
			(7, 1, 'in', 1, '2026-03-05', 'AUD', 4000), (7, 2, 'in', 1, '2026-02-01', 'AUD', 6000),
			(7, 3, 'in', 1, '2026-01-05', 'AUD', 5000), (7, 4, 'out', 1, '2026-02-20', 'AUD', 5000)`,
		`INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount, allocated_on) VALUES
			(7, 1, 1, 4000, NULL), (7, 2, 1, 6000, '2026-03-20')`,
		`INSERT INTO canonical.payment_refunds (organization_id, refund_id, payment_id, amount) VALUES (7, 4, 3, 5000)`,
		`SET CONSTRAINTS ALL IMMEDIATE`,
	} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for at, want := range map[string]string{ // not due, 1 to 30 days, 31 to 60, unallocated, net
		"2026-01-04": "0.00 0.00 0.00 0.00 0.00",
		"2026-01-09": "0.00 0.00 0.00 50.00 -50.00",
		"2026-01-31": "100.00 0.00 0.00 50.00 50.00",
		"2026-02-09": "100.00 0.00 0.00 110.00 -10.00",
		"2026-02-15": "0.00 100.00 0.00 110.00 -10.00",
		"2026-02-28": "0.00 100.00 0.00 60.00 40.00",
		"2026-03-10": "0.00 60.00 0.00 60.00 0.00",
		"2026-03-19": "0.00 0.00 60.00 60.00 0.00",
		"2026-03-20": "0.00 0.00 0.00 0.00 0.00",
	} {
		t.Run(at, func(t *testing.T) {
			report, err := b.ReceivablesAgeing(t.Context(), new(day(at)), 10)
			if err != nil {
				t.Fatal(err)
			}
			sum := report.InBase
			if got := amounts(sum.NotDue, sum.Days30, sum.Days60, sum.Unallocated, sum.Net); got != want || report.AsOf != day(at) {
				t.Errorf("as of %s: %s, want %s", report.AsOf, got, want)
			}
			open := 1
			if want == "0.00 0.00 0.00 0.00 0.00" {
				open = 0
			}
			if len(report.Rows) != open || len(report.Totals) != open {
				t.Errorf("%d rows, %d totals", len(report.Rows), len(report.Totals))
			}
		})
	}
}
