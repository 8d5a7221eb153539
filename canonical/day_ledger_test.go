package canonical_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

// dayLedger is what the closes of shops must book, added up from the operations that committed: nothing of it is read from what
// the database has computed. All amounts are in minor units.
type dayLedger struct {
	mu       sync.Mutex
	sales    map[int64]*ledgerSale
	sessions map[int64]*ledgerSession
	closes   map[int64]*ledgerClose
	closed   map[storeDay]bool // store days that were ever closed without a till
}

// ledgerSale is a sale or a refund, as it was asked for. Where it was booked is what the database answered.
type ledgerSale struct {
	sign    int64 // 1: a sale, -1: a refund
	store   int64
	session int64 // 0: no till
	own     string
	booked  string
	lines   []ledgerLine
	lineIDs []int64
	tenders map[model.Tender]int64
	voided  bool
}

// ledgerLine is a line, or all of a sale without lines.
type ledgerLine struct {
	account string // its code
	net     int64
	taxes   map[int64]int64 // by the key of the rate
}

func (s *ledgerSale) total() (sum int64) {
	for _, l := range s.lines {
		sum += l.net
		for _, tax := range l.taxes {
			sum += tax
		}
	}
	return sum
}

type ledgerSession struct {
	store int64
	day   string
	float int64
	moved map[string]int64 // by the code of the other account; empty: none
}

// ledgerClose is a close of a session with what was counted, or of a store's day.
type ledgerClose struct {
	store    int64
	session  int64
	day      string
	counted  map[model.Tender]int64
	reversed bool
}

type storeDay struct {
	store int64
	day   string // as 2006-01-02
}

// cell is what of a store and day was booked on an account, or taxed at a rate.
type cell struct {
	storeDay
	of string
}

// tenderAccounts are the codes of the accounts of tenders.
var tenderAccounts = map[model.Tender]string{model.TenderCash: "1050", model.TenderCard: "1060", model.TenderVoucher: "2300", model.TenderOther: "1070"}

// of returns the live sales that a close posts.
func (l *dayLedger) of(c *ledgerClose) (sales []*ledgerSale) {
	for _, s := range l.sales {
		if !s.voided && s.session == c.session && (c.session != 0 || s.store == c.store && s.booked == c.day) {
			sales = append(sales, s)
		}
	}
	return sales
}

// books returns what the live closes have booked, debits positive, the net amounts and taxes by rate, and what tills were expected
// to hold of each tender, by the session.
func (l *dayLedger) books() (booked, taxed, expected map[cell]int64) {
	booked, taxed, expected = map[cell]int64{}, map[cell]int64{}, map[cell]int64{}
	for _, c := range l.closes {
		if c.reversed {
			continue
		}
		at := func(of string) cell { return cell{storeDay{c.store, c.day}, of} }
		paid := map[model.Tender]int64{}
		for _, s := range l.of(c) {
			for tender, amount := range s.tenders {
				paid[tender] += s.sign * amount
			}
			for _, line := range s.lines {
				account := line.account
				if account == "" {
					account = map[int64]string{1: "4000", -1: "4200"}[s.sign]
				}
				booked[at(account)] -= s.sign * line.net
				for rate, tax := range line.taxes {
					booked[at("2100")] -= s.sign * tax
					taxed[at(fmt.Sprintf("net %d", rate))] += s.sign * line.net
					taxed[at(fmt.Sprintf("tax %d", rate))] += s.sign * tax
				}
			}
		}
		opening := int64(0)
		if session := l.sessions[c.session]; session != nil {
			opening = session.float
			for account, amount := range session.moved {
				if opening += amount; account != "" {
					booked[at("1050")] += amount
					booked[at(account)] -= amount
				}
			}
		}
		for tender, account := range tenderAccounts {
			in, before := paid[tender], int64(0)
			if tender == model.TenderCash {
				before = opening
			}
			booked[at(account)] += in
			counted, given := c.counted[tender]
			if given {
				booked[at(account)] += counted - before - in
				booked[at("6660")] -= counted - before - in
			}
			if _, used := paid[tender]; c.session != 0 && (used || given || tender == model.TenderCash) {
				expected[cell{storeDay{c.session, c.day}, string(tender)}] = before + in
			}
		}
	}
	for _, sums := range []map[cell]int64{booked, taxed, expected} {
		maps.DeleteFunc(sums, func(_ cell, amount int64) bool { return amount == 0 })
	}
	return booked, taxed, expected
}

// wrong returns where the database differs from what the ledger adds up to.
func (l *dayLedger) wrong(ctx context.Context, w *world) (wrong []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	booked, taxed, expected := l.books()
	compare := func(what string, want map[cell]int64, got map[cell]int64) {
		for _, key := range slices.SortedFunc(maps.Keys(mergedKeys(want, got)), compareCells) {
			if want[key] != got[key] {
				wrong = append(wrong, fmt.Sprintf("%s of %d on %s, %s: %d, and the operations come to %d", what, key.store, key.day, key.of, got[key], want[key]))
			}
		}
	}
	read := func(sql string) (map[cell]int64, error) {
		rows, _ := w.pool.Query(ctx, sql, w.owner.OrganizationID)
		found, key, amount := map[cell]int64{}, cell{}, int64(0)
		_, err := pgx.ForEachRow(rows, []any{&key.store, &key.day, &key.of, &amount}, func() error {
			found[key] = amount
			return nil
		})
		return found, err
	}
	inBooks, err := read(`SELECT coalesce(line.store_id, 0), line.posted_on::text, account.code, sum(line.amount)::bigint
		FROM canonical.journal_lines AS line
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE line.organization_id = $1 AND entry.canonical_type = 'DayClose' GROUP BY 1, 2, 3 HAVING sum(line.amount) <> 0`)
	inTills, more := read(`SELECT close.till_session_id, close.business_date::text, upper(tender.tender), tender.expected
		FROM canonical.day_closes AS close
		JOIN canonical.day_close_tenders AS tender ON (tender.organization_id, tender.day_close_id) = (close.organization_id, close.id)
		WHERE close.organization_id = $1 AND close.till_session_id IS NOT NULL AND close.reversed_at IS NULL AND tender.expected <> 0`)
	if err := errors.Join(err, more); err != nil {
		return nil, err
	}
	compare("booked in store", booked, inBooks)
	compare("expected in the session", expected, inTills)
	reported, err := taxesReported(ctx, w)
	if err != nil {
		return nil, err
	}
	compare("taxes in store", taxed, reported)
	for id, s := range l.sales {
		if late := s.session == 0 && s.booked != s.own; late && (s.booked < s.own || !l.closed[storeDay{s.store, s.own}]) {
			wrong = append(wrong, fmt.Sprintf("sale %d of %s is booked on %s, and its day was never closed", id, s.own, s.booked))
		}
	}
	return wrong, nil
}

// taxesReported returns the rows of the tax reports of each day that has closes, store by store.
func taxesReported(ctx context.Context, w *world) (map[cell]int64, error) {
	rows, _ := w.pool.Query(ctx, `SELECT DISTINCT business_date FROM canonical.day_closes WHERE organization_id = $1`, w.owner.OrganizationID)
	days, err := pgx.CollectRows(rows, pgx.RowTo[model.Date])
	if err != nil {
		return nil, err
	}
	books := reports.Books{Reader: &projection.Reader{DB: w.pool, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}, Currency: "AUD"}
	found := map[cell]int64{}
	for _, day := range days {
		report, err := books.TaxReport(ctx, day, day)
		if err != nil {
			return nil, err
		}
		for _, store := range report.ByStore {
			for _, row := range store.Sales.Rows {
				at := storeDay{store.StoreID.Key, day.String()}
				found[cell{at, fmt.Sprintf("net %d", row.TaxRateID.Key)}] = row.Net.Amount.Shift(2).IntPart()
				found[cell{at, fmt.Sprintf("tax %d", row.TaxRateID.Key)}] = row.Tax.Amount.Shift(2).IntPart()
			}
		}
	}
	maps.DeleteFunc(found, func(_ cell, amount int64) bool { return amount == 0 })
	return found, nil
}

func mergedKeys(a, b map[cell]int64) map[cell]int64 {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func compareCells(a, b cell) int {
	return cmp.Or(cmp.Compare(a.store, b.store), cmp.Compare(a.day, b.day), cmp.Compare(a.of, b.of))
}
