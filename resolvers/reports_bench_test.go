package resolvers_test

import (
	"fmt"
	"testing"

	"daybook/internal/pgtest"
)

// fillJournal gives the organization's accounts n lines over four years, and stores what is
// made from them as a refresh would.
func (s *service) fillJournal(n int) {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	for _, sql := range []string{
		`SET session_replication_role = replica`, // past the triggers that mark and check
		fmt.Sprintf(`INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on)
			SELECT %d, g, 'JournalEntry', g, 'manual', date '2022-11-01' + (g::bigint * 1301 %% 1460)::int FROM generate_series(1, %d / 2) AS g`, s.organizationID, n),
		fmt.Sprintf(`INSERT INTO canonical.journal_lines (organization_id, entry_id, line, posted_on, account_id, amount, currency, document_amount)
			SELECT entry.organization_id, entry.id, side.line, entry.posted_on, account.ids[1 + (entry.id * side.line * 7) %% 44], side.sign * 100, 'AUD', side.sign * 100
			FROM canonical.journal_entries AS entry CROSS JOIN (VALUES (1, 1), (2, -1)) AS side (line, sign)
			CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM canonical.accounts WHERE organization_id = %[1]d) AS account
			WHERE entry.organization_id = %[1]d`, s.organizationID),
		`INSERT INTO projection.account_balances SELECT * FROM source.account_balances`,
		`INSERT INTO projection.account_summaries SELECT * FROM source.account_summaries ON CONFLICT DO NOTHING`,
		`VACUUM ANALYZE`,
	} {
		if _, err := admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// BenchmarkTrialBalance asks for a whole month's end and for a day within a month, over
// HTTP: the one costs accounts and months alone, the other the month's lines too.
func BenchmarkTrialBalance(b *testing.B) {
	for _, lines := range []int{100_000, 1_000_000} {
		s := serve(b)
		s.fillJournal(lines)
		for _, day := range []string{"2026-09-30", "2026-10-20"} {
			b.Run(fmt.Sprintf("%d lines, as of %s", lines, day), func(b *testing.B) {
				for b.Loop() {
					s.must(trialBalance, variables{"asOf": day})
				}
			})
		}
		account := s.account(s.caller, "1100")
		b.Run(fmt.Sprintf("%d lines, register", lines), func(b *testing.B) {
			for b.Loop() {
				s.must(`query($id: ID!) { accountRegister(accountId: $id, last: 50) { nodes { postedOn amount { amount } balance { amount } } } }`, variables{"id": account})
			}
		})
	}
}
