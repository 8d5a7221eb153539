package resolvers_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const trialBalance = `query($asOf: Date, $compareTo: Date) { trialBalance(asOf: $asOf, compareTo: $compareTo) {
	rows { account { code } debit { amount } credit { amount } compared { amount } } debit { amount } credit { amount } } }`

// TestBooksReadYourWrite has no worker: what a write books shows in every report at once.
func TestBooksReadYourWrite(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	rate := s.taxRate("GST")
	invoice := s.made("invoiceCreate", `mutation($c: ID!, $r: ID!) { invoiceCreate(input: {customerId: $c, items: [{description: "Work", unitPrice: 100, taxRateIds: [$r]}]}) {
		record { id } userErrors { path message } } }`, variables{"c": customer, "r": rate})
	for _, refreshed := range []bool{false, true} {
		if refreshed {
			s.refreshed()
		}
		s.must(trialBalance, nil).want(map[string]string{"data.trialBalance.rows": "[]", "data.trialBalance.debit.amount": "0.00"})
	}
	s.approve(invoice)
	for _, mode := range []string{"auto", "exact"} {
		s.must(trialBalance, nil, "Daybook-Read", mode).want(map[string]string{
			"data.trialBalance.rows": `[{"account":{"code":"1100"},"compared":null,"credit":{"amount":"0.00"},"debit":{"amount":"110.00"}},` +
				`{"account":{"code":"2100"},"compared":null,"credit":{"amount":"10.00"},"debit":{"amount":"0.00"}},` +
				`{"account":{"code":"4000"},"compared":null,"credit":{"amount":"100.00"},"debit":{"amount":"0.00"}}]`,
			"data.trialBalance.debit.amount":          "110.00",
			"data.trialBalance.credit.amount":         "110.00",
			"extensions.freshness.projections.0.read": "exact",
		})
	}
	s.pay(customer, invoice, "40.00")
	s.must(`{ balanceSheet { assets { rows { account { code balance { amount } } amount { amount } } total { amount { amount } } }
			liabilities { total { amount { amount } } } equity { rows { amount { amount } } total { amount { amount } } } earnings { amount { amount } compared { amount } } } }`, nil).want(map[string]string{
		"data.balanceSheet": `{"assets":{"rows":[{"account":{"balance":{"amount":"40.00"},"code":"1000"},"amount":{"amount":"40.00"}},` +
			`{"account":{"balance":{"amount":"70.00"},"code":"1100"},"amount":{"amount":"70.00"}}],"total":{"amount":{"amount":"110.00"}}},` +
			`"earnings":{"amount":{"amount":"100.00"},"compared":null},"equity":{"rows":[],"total":{"amount":{"amount":"0.00"}}},"liabilities":{"total":{"amount":{"amount":"10.00"}}}}`,
	})
	s.must(`{ accounts(first: 2, filter: {search: "account"}) { totalCount nodes { code systemRole balance { amount } } }
			journalEntries { totalCount nodes { purpose total { amount } lines { account { code } amount { amount } } canonical { __typename } } } }`, nil).want(map[string]string{
		"data.accounts.nodes.0.balance.amount":     "40.00",
		"data.accounts.nodes.0.systemRole":         "BANK",
		"data.journalEntries.totalCount":           "2",
		"data.journalEntries.nodes.0.total.amount": "40.00",
		"data.journalEntries.nodes.0.canonical":    `{"__typename":"Payment"}`,
		"data.journalEntries.nodes.1.canonical":    `{"__typename":"Invoice"}`,
		"data.journalEntries.nodes.1.total.amount": "110.00",
	})
}

// book writes entries by hand on many days of several years, past the application.
func (s *service) book(n int) {
	s.t.Helper()
	_, err := s.pool.Exec(s.t.Context(), `
		WITH entry AS (
			INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, memo)
			SELECT $1, id, 'JournalEntry', id, 'manual', date '2024-01-01' + (n * 37 % 900)::int, 'Entry ' || n
			FROM (SELECT n, nextval(pg_get_serial_sequence('canonical.journal_entries', 'id')) AS id FROM generate_series(1, $2::int) AS n) AS next
			RETURNING id)
		INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, amount, currency, document_amount)
		SELECT $1, entry.id, side.line, account.id, side.sign * (entry.id * 7919 % 99991 + 1), 'AUD', side.sign * (entry.id * 7919 % 99991 + 1)
		FROM entry CROSS JOIN (VALUES (1, 1), (2, -1)) AS side (line, sign)
		JOIN LATERAL (SELECT id FROM canonical.accounts WHERE organization_id = $1
			ORDER BY id OFFSET (entry.id * 31 + side.line * 17) % 44 LIMIT 1) AS account ON true`, s.organizationID, n)
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestReportsEqualTheJournal compares reports with sums of the lines, while part of the
// balances is stored and part is behind.
func TestReportsEqualTheJournal(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.book(400)
	s.refreshed()
	s.book(60)
	compare := func(from, to, compareFrom, compareTo string) {
		t.Helper()
		want := s.column(`SELECT account.code || ' ' || canonical.major(-sum(line.amount) FILTER (WHERE entry.posted_on BETWEEN $2::date AND $3::date), 'AUD')
				|| ' ' || canonical.major(-sum(line.amount) FILTER (WHERE entry.posted_on BETWEEN $4::date AND $5::date), 'AUD')
			FROM canonical.journal_lines AS line
			JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE line.organization_id = $1 AND account.type = 'income'
			GROUP BY account.code HAVING bool_or(entry.posted_on BETWEEN $2::date AND $3::date) AND bool_or(entry.posted_on BETWEEN $4::date AND $5::date)
			ORDER BY account.code`, s.organizationID, from, to, compareFrom, compareTo)
		a := s.must(`query($a: Date!, $b: Date!, $c: Date, $d: Date) { profitAndLoss(from: $a, to: $b, compareFrom: $c, compareTo: $d) {
			income { rows { account { code } amount { amount } compared { amount } } } } }`, variables{"a": from, "b": to, "c": compareFrom, "d": compareTo})
		got := map[string]bool{}
		for i := 0; a.at(fmt.Sprintf("data.profitAndLoss.income.rows.%d", i)) != nil; i++ {
			row := fmt.Sprintf("data.profitAndLoss.income.rows.%d.", i)
			got[a.text(row+"account.code")+" "+a.text(row+"amount.amount")+" "+a.text(row+"compared.amount")] = true
		}
		if len(want) == 0 {
			t.Errorf("nothing to compare from %s to %s", from, to)
		}
		for _, row := range want {
			if !got[row] {
				t.Errorf("from %s to %s: no row %s in %v", from, to, row, got)
			}
		}
	}
	compare("2024-01-01", "2024-12-31", "2025-01-01", "2025-12-31")
	compare("2024-02-10", "2025-06-15", "2024-03-01", "2026-01-20")
	compare("2024-05-02", "2024-11-30", "2024-05-31", "2025-02-01")
	for _, day := range []string{"2023-12-31", "2024-01-01", "2024-02-29", "2024-06-15", "2025-03-31", "2026-05-05", "9999-12-31"} {
		want := s.column(`SELECT account.code || ' ' || canonical.major(greatest(sum(line.amount), 0), 'AUD') || ' ' || canonical.major(greatest(-sum(line.amount), 0), 'AUD')
			FROM canonical.journal_lines AS line
			JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE line.organization_id = $1 AND entry.posted_on <= $2::date
				AND (account.type NOT IN ('income', 'expense') OR entry.posted_on >= date_trunc('year', $2::date))
			GROUP BY account.code HAVING sum(line.amount) <> 0 ORDER BY account.code COLLATE "C"`, s.organizationID, day)
		a := s.must(trialBalance, variables{"asOf": day, "compareTo": "2024-07-04"})
		var got []string
		for i := 0; a.at(fmt.Sprintf("data.trialBalance.rows.%d", i)) != nil; i++ {
			row := fmt.Sprintf("data.trialBalance.rows.%d.", i)
			if debit, credit := a.text(row+"debit.amount"), a.text(row+"credit.amount"); debit != credit { // else it is there for the other day
				got = append(got, a.text(row+"account.code")+" "+debit+" "+credit)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("as of %s: %s", day, diff)
		}
		if a.text("data.trialBalance.debit.amount") != a.text("data.trialBalance.credit.amount") {
			t.Errorf("as of %s debits are not credits: %s", day, a)
		}
	}
	s.call(`{ profitAndLoss(from: "2025-02-01", to: "2025-01-01") { from } }`, nil).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	s.call(`{ profitAndLoss(from: "2025-01-01", to: "2025-02-01", compareTo: "2024-01-01") { from } }`, nil).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	if made := s.sql.during(func() { s.must(trialBalance, nil) }); len(made) != 2 {
		t.Errorf("a trial balance makes %d statements", len(made))
	}
}

// column reads one column of text.
func (s *service) column(sql string, args ...any) (all []string) {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), sql, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// TestAccountRegister pages through an account in both directions and sizes.
func TestAccountRegister(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.book(400)
	s.refreshed()
	s.book(100)
	var account string
	err := s.pool.QueryRow(t.Context(), `SELECT 'Account:' || account_id FROM canonical.journal_lines GROUP BY account_id ORDER BY count(*) DESC LIMIT 1`).Scan(&account)
	if err != nil {
		t.Fatal(err)
	}
	want := s.column(`SELECT posted_on || ' ' || canonical.major(amount, 'AUD') || ' ' || canonical.major(sum(amount) OVER (ORDER BY posted_on, id), 'AUD')
		FROM canonical.journal_lines WHERE organization_id = $1 AND 'Account:' || account_id = $2 ORDER BY posted_on, id`, s.organizationID, account)
	if len(want) < 10 {
		t.Fatalf("only %d lines", len(want))
	}
	const register = `query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
		accountRegister(accountId: $id, first: $first, after: $after, last: $last, before: $before) {
			nodes { postedOn amount { amount } balance { amount } entry { id } canonical { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
	for _, size := range []int{1, 3, 7, 200} {
		for _, backward := range []bool{false, true} {
			var got []string
			vars := variables{"id": account, "first": size}
			more, edge, side := "hasNextPage", "endCursor", "after"
			if backward {
				vars = variables{"id": account, "last": size}
				more, edge, side = "hasPreviousPage", "startCursor", "before"
			}
			for {
				a := s.must(register, vars)
				var page []string
				for i := 0; a.at(fmt.Sprintf("data.accountRegister.nodes.%d", i)) != nil; i++ {
					row := fmt.Sprintf("data.accountRegister.nodes.%d.", i)
					page = append(page, a.text(row+"postedOn")+" "+a.text(row+"amount.amount")+" "+a.text(row+"balance.amount"))
					if a.text(row+"entry.id") != a.text(row+"canonical.id") {
						t.Errorf("an entry by hand leads elsewhere: %s", a)
					}
				}
				if backward {
					got = append(page, got...)
				} else {
					got = append(got, page...)
				}
				if a.text("data.accountRegister.pageInfo."+more) != "true" {
					break
				}
				vars[side] = a.text("data.accountRegister.pageInfo." + edge)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("pages of %d, backward %t: %s", size, backward, diff)
			}
		}
	}
	for _, vars := range []variables{{"id": account, "first": 201}, {"id": account, "first": 1, "after": "no"}, {"id": account, "first": 1, "last": 1}, {"id": "Account:999999"}} {
		s.call(register, vars).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	}
}

func TestAgeing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	customer := s.person("Ada")
	for _, days := range []int{-5, 0, 1, 30, 31, 60, 61, 90, 91, 400} {
		invoice := s.draft(customer, "10.00")
		if _, err := s.pool.Exec(t.Context(), `UPDATE canonical.documents SET due_on = (now() AT TIME ZONE 'Australia/Adelaide')::date - $1::int,
			issued_on = (now() AT TIME ZONE 'Australia/Adelaide')::date - 500 WHERE 'Invoice:' || id = $2`, days, invoice); err != nil {
			t.Fatal(err)
		}
		s.approve(invoice)
	}
	s.approve(s.draft(s.person("Grace"), "5.00"))
	s.draft(customer, "1000.00")
	const buckets = `currency notDue { amount } days30 { amount } days60 { amount } days90 { amount } older { amount } total { amount }`
	ask := func() {
		t.Helper()
		s.must(`{ receivablesAgeing(first: 1) { totals { `+buckets+` } rows { partyId partyName `+buckets+` } } payablesAgeing { rows { partyId } totals { currency } } }`, nil).want(map[string]string{
			"data.receivablesAgeing.totals": `[{"currency":"AUD","days30":{"amount":"20.00"},"days60":{"amount":"20.00"},"days90":{"amount":"20.00"},"notDue":{"amount":"25.00"},"older":{"amount":"20.00"},"total":{"amount":"105.00"}}]`,
			"data.receivablesAgeing.rows":   `[{"currency":"AUD","days30":{"amount":"20.00"},"days60":{"amount":"20.00"},"days90":{"amount":"20.00"},"notDue":{"amount":"20.00"},"older":{"amount":"20.00"},"partyId":"` + customer + `","partyName":"Ada","total":{"amount":"100.00"}}]`,
			"data.payablesAgeing":           `{"rows":[],"totals":[]}`,
		})
	}
	ask()
	s.refreshed()
	ask()
}
