package resolvers_test

import (
	"fmt"
	"testing"

	"daybook/graph/model"
)

// TestBalanceSheetClosesYears: on every day, beside every other day and with years that begin in
// any month, assets are liabilities and equity, and the earnings are told apart by fiscal years.
func TestBalanceSheetClosesYears(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.book(300)
	s.refreshed()
	s.book(40)
	const set = `mutation($m: Int!) { fiscalYearSet(input: {startMonth: $m}) { record { id fiscalYearStartMonth } userErrors { path code } } }`
	s.must(`{ viewer { organization { fiscalYearStartMonth } } }`, nil).want(map[string]string{"data.viewer.organization.fiscalYearStartMonth": "1"})
	cents := func(a answer, path string) (n int64) {
		t.Helper()
		amount, err := model.ParseDecimal(a.text(path))
		if err != nil {
			t.Fatalf("%s: %v in %s", path, err, a)
		}
		return amount.Shift(2).IntPart()
	}
	earned := func(from, to string) int64 {
		var n int64
		err := s.pool.QueryRow(t.Context(), `SELECT coalesce(-sum(line.amount), 0) FROM canonical.journal_lines AS line
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE line.organization_id = $1 AND account.type IN ('income', 'expense') AND line.posted_on BETWEEN $2::date AND $3::date`, s.organizationID, from, to).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	profit := s.must(`{ profitAndLoss(from: "2024-03-01", to: "2025-09-15") { profit { amount { amount } compared { amount } } } }`, nil).text("data")
	retained := 0
	for _, c := range []struct {
		month     int
		day, year string
	}{
		{1, "2025-06-15", "2025-01-01"}, {7, "2025-06-30", "2024-07-01"}, {7, "2025-07-01", "2025-07-01"}, {4, "2026-03-31", "2025-04-01"},
		{12, "2025-11-30", "2024-12-01"}, {12, "2025-12-31", "2025-12-01"}, {2, "2024-01-15", "2023-02-01"}, {1, "2023-12-31", "2023-01-01"}, {1, "0001-01-01", "0001-01-01"},
	} {
		t.Run(fmt.Sprintf("%s from month %d", c.day, c.month), func(t *testing.T) {
			s := s.in(t)
			s.must(set, variables{"m": c.month}).want(map[string]string{"data.fiscalYearSet.record.fiscalYearStartMonth": fmt.Sprint(c.month), "data.fiscalYearSet.userErrors": "[]"})
			for _, compareTo := range []any{nil, "2024-10-10"} {
				a := s.must(`query($on: Date, $to: Date) { balanceSheet(asOf: $on, compareTo: $to) {
					assets { total { ...T } } liabilities { total { ...T } } equity { total { ...T } } earnings { ...T } retainedEarnings { ...T } currentEarnings { ...T } totalEquity { ...T } } }
					fragment T on ReportTotal { amount { amount } compared { amount } }`, variables{"on": c.day, "to": compareTo})
				columns := []string{"amount"}
				if compareTo != nil {
					columns = append(columns, "compared")
				} else {
					a.want(map[string]string{"data.balanceSheet.retainedEarnings.compared": "null", "data.balanceSheet.totalEquity.compared": "null", "data.balanceSheet.assets.total.compared": "null"})
				}
				for _, column := range columns {
					of := func(field string) int64 { return cents(a, "data.balanceSheet."+field+"."+column+".amount") }
					if of("assets.total") != of("liabilities.total")+of("totalEquity") {
						t.Errorf("%v, %s: assets are not liabilities and equity: %s", c, column, a)
					}
					if of("totalEquity") != of("equity.total")+of("earnings") || of("earnings") != of("retainedEarnings")+of("currentEarnings") {
						t.Errorf("%v, %s: the parts are not the whole: %s", c, column, a)
					}
				}
				if got, want := cents(a, "data.balanceSheet.currentEarnings.amount.amount"), earned(c.year, c.day); got != want {
					t.Errorf("%v: earnings of the year are %d, want %d", c, got, want)
				}
				if cents(a, "data.balanceSheet.retainedEarnings.amount.amount") != 0 {
					retained++
				}
			}
		})
	}
	if retained < 6 {
		t.Errorf("only %d balance sheets have retained earnings", retained)
	}
	if after := s.must(`{ profitAndLoss(from: "2024-03-01", to: "2025-09-15") { profit { amount { amount } compared { amount } } } }`, nil).text("data"); after != profit {
		t.Errorf("profit and loss is %s, and was %s", after, profit)
	}
	if made := s.sql.during(func() {
		s.must(`{ balanceSheet(compareTo: "2024-10-10") { currentEarnings { amount { amount } } } }`, nil)
	}); len(made) != 2 {
		t.Errorf("a balance sheet makes %d statements", len(made))
	}
	for _, month := range []int{0, 13, -1} {
		s.must(set, variables{"m": month}).want(map[string]string{"data.fiscalYearSet": `{"record":null,"userErrors":[{"code":"INVALID","path":"startMonth"}]}`})
	}
	for role, want := range map[model.Role]string{model.RoleOwner: `[]`, model.RoleManager: `[{"code":"FORBIDDEN","path":""}]`, model.RoleStaff: `[{"code":"FORBIDDEN","path":""}]`, model.RoleReader: `[{"code":"FORBIDDEN","path":""}]`} {
		s.member(s.organizationID, role).must(set, variables{"m": 7}).want(map[string]string{"data.fiscalYearSet.userErrors": want})
	}
}
