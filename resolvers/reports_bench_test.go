package resolvers_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// fillJournal gives the organization's accounts n lines over so many months, the last one October 2026, in so many stores, of the
// keys from 1 on, or with 0 in the office, and stores what is made from them as a refresh would. With enough lines every account has
// some in every month and store.
func (s *service) fillJournal(n, months, stores int) {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	for _, sql := range []string{
		pgtest.TriggersOff,
		fmt.Sprintf(`INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on)
			SELECT %d, g, 'JournalEntry', g, 'manual', date '2026-10-31' - (g::bigint * 1301 %% (%d * 365 / 12))::int FROM generate_series(1, %d / 2) AS g`, s.organizationID, months, n),
		fmt.Sprintf(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) SELECT %d, g, 'Store ' || g, 'UTC' FROM generate_series(1, %d) AS g`, s.organizationID, stores),
		fmt.Sprintf(`INSERT INTO canonical.journal_lines (organization_id, entry_id, line, posted_on, account_id, amount, currency, document_amount, store_id)
			SELECT entry.organization_id, entry.id, side.line, entry.posted_on, account.ids[1 + (entry.id * side.line * 7) %% 44], side.sign * 100, 'AUD', side.sign * 100,
				CASE WHEN %[2]d > 0 THEN 1 + (entry.id / 44) %% greatest(%[2]d, 1) END
			FROM canonical.journal_entries AS entry CROSS JOIN (VALUES (1, 1), (2, -1)) AS side (line, sign)
			CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM canonical.accounts WHERE organization_id = %[1]d) AS account
			WHERE entry.organization_id = %[1]d`, s.organizationID, stores),
		`INSERT INTO projection.account_balances SELECT * FROM source.account_balances`,
		`INSERT INTO projection.account_summaries SELECT * FROM source.account_summaries ON CONFLICT DO NOTHING`,
		`INSERT INTO projection.journal_entry_summaries SELECT * FROM source.journal_entry_summaries ON CONFLICT DO NOTHING`,
		`DO $$ DECLARE p text; BEGIN FOR p IN SELECT name FROM engine.projections LOOP EXECUTE format('DELETE FROM marks.%I', p); END LOOP; END $$`,
		pgtest.TriggersOn,
		`VACUUM ANALYZE`,
	} {
		if _, err := admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// inDatabase is how long the statements of a request take, the median of many requests.
func (s *service) inDatabase(document string, vars variables) time.Duration {
	s.t.Helper()
	var all []time.Duration
	for round := range 45 {
		s.sql.mu.Lock()
		s.sql.spent = 0
		s.sql.mu.Unlock()
		s.must(document, vars)
		s.sql.mu.Lock()
		if round >= 5 { // the first ones prepare the statements
			all = append(all, s.sql.spent)
		}
		s.sql.mu.Unlock()
	}
	slices.Sort(all)
	return all[len(all)/2]
}

const (
	profitAndLoss   = `query($from: Date!, $to: Date!) { profitAndLoss(from: $from, to: $to) { income { rows { account { code } amount { amount } } } expenses { rows { amount { amount } } } profit { amount { amount } } } }`
	balanceSheet    = `query($asOf: Date) { balanceSheet(asOf: $asOf) { assets { rows { account { code } amount { amount } } } liabilities { total { amount { amount } } } equity { total { amount { amount } } } earnings { amount { amount } } } }`
	accountRegister = `query($id: ID!, $before: String) { accountRegister(accountId: $id, last: 50, before: $before) { nodes { postedOn amount { amount } balance { amount } } } }`
)

// BenchmarkReports states the time that reports take in the database. With ten times as many lines on the same
// accounts and months it must hardly be more, where a report is of whole months; a day within a month costs that
// month's lines. At a million lines each stays below 50 ms.
func BenchmarkReports(b *testing.B) {
	type report struct {
		name, document string
		vars           variables
		whole          bool // of months
	}
	reports := func(s *service) []report {
		account := s.account(s.caller, "1100")
		return []report{
			{"trial balance, a month's end", trialBalance, variables{"asOf": "2026-09-30"}, true},
			{"trial balance, within a month", trialBalance, variables{"asOf": "2026-10-20"}, false},
			{"trial balance, two months' ends", trialBalance, variables{"asOf": "2026-09-30", "compareTo": "2025-09-30"}, true},
			{"profit and loss of a year", profitAndLoss, variables{"from": "2025-10-01", "to": "2026-09-30"}, true},
			{"profit and loss within months", profitAndLoss, variables{"from": "2025-10-10", "to": "2026-10-20"}, false},
			{"balance sheet, a month's end", balanceSheet, variables{"asOf": "2026-09-30"}, true},
			{"balance sheet, within a month", balanceSheet, variables{"asOf": "2026-10-20"}, false},
			{"register, the last page", accountRegister, variables{"id": account}, false},
			{"register, a page of 2024", accountRegister, variables{"id": account, "before": "MjAyNC0wNi0xNS8x"}, false},
		}
	}
	type setting struct{ lines, months int }
	took := map[setting][]time.Duration{}
	settings := []setting{{100_000, 48}, {1_000_000, 48}, {100_000, 12}}
	for _, at := range settings {
		s := serve(b)
		s.fillJournal(at.lines, at.months, 0)
		for _, r := range reports(s) {
			took[at] = append(took[at], s.inDatabase(r.document, r.vars))
		}
	}
	small, large, young := took[settings[0]], took[settings[1]], took[settings[2]]
	for i, r := range reports(serve(b)) {
		b.Logf("%-30s %v at 100 000 lines, %v at 1 000 000: %.2f times; %v for 12 months instead of 48", r.name,
			small[i], large[i], float64(large[i])/float64(small[i]), young[i])
		if large[i] > 50*time.Millisecond {
			b.Errorf("%s takes %v at a million lines", r.name, large[i])
		}
		if ratio := float64(large[i]) / float64(small[i]); r.whole && ratio > 1.5 {
			b.Errorf("%s costs %.2f times as much for ten times the lines", r.name, ratio)
		}
	}
	b.ReportMetric(float64(large[0].Microseconds())/1000, "ms/trial-balance")
}

var reportLines = flag.Int("reports.lines", 100_000, "how many journal lines BenchmarkReportsByStore makes")

// BenchmarkReportsByStore states the time that profit and loss takes in the database where all is booked in the office, and, of as
// many lines in three stores, for one store, for all together and side by side: each within twice the first. The flag
// reports.lines says how many lines.
func BenchmarkReportsByStore(b *testing.B) {
	const oneStore = `query($from: Date!, $to: Date!, $stores: [ID]) { profitAndLoss(from: $from, to: $to, storeIds: $stores) { income { rows { account { code } amount { amount } } } expenses { rows { amount { amount } } } profit { amount { amount } } } }`
	const sideBySide = `query($from: Date!, $to: Date!) { profitAndLoss(from: $from, to: $to) { income { rows { account { code } amount { amount } byStore { storeId amount { amount } } } } expenses { rows { amount { amount } byStore { amount { amount } } } } profit { amount { amount } byStore { amount { amount } } } } }`
	const taxes = `query($from: Date!, $to: Date!) { taxReport(from: $from, to: $to) { payable { amount } byStore { payable { amount } } } }`
	plain, stores := serve(b), serve(b)
	plain.fillJournal(*reportLines, 48, 0)
	stores.fillJournal(*reportLines, 48, 3)
	for name, days := range map[string]variables{"whole months": {"from": "2025-10-01", "to": "2026-09-30"}, "within months": {"from": "2025-10-10", "to": "2026-10-20"}} {
		one := maps.Clone(days)
		one["stores"] = []string{"Store:2"}
		office := plain.inDatabase(profitAndLoss, days)
		for what, took := range map[string]time.Duration{
			"one store": stores.inDatabase(oneStore, one), "all": stores.inDatabase(profitAndLoss, days), "side by side": stores.inDatabase(sideBySide, days),
		} {
			b.Logf("%s, %d lines: %s %v, without stores %v: %.2f times", name, *reportLines, what, took, office, float64(took)/float64(office))
			if took > 2*office {
				b.Errorf("%s of %s takes %v, without stores %v", what, name, took, office)
			}
		}
		b.Logf("%s, %d lines: taxes by store %v", name, *reportLines, stores.inDatabase(taxes, days))
	}
	b.ReportMetric(float64(*reportLines), "lines")
}
