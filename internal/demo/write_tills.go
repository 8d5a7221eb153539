package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

var sessionColumns = []string{"organization_id", "id", "store_id", "till_id", "business_date", "currency", "opening_float", "state",
	"opened_at", "created_at", "updated_at"}

// tills writes the organization's tills. The first one is open today.
func (w *writer) tills(ctx context.Context, b *business) error {
	var tills [][]any
	for i, s := range b.shops() {
		for _, name := range s.tills {
			b.tills = append(b.tills, till{store: i})
			tills = append(tills, []any{b.id, int64(0), b.stores[i], name, b.since(), b.since()})
		}
	}
	if err := w.number(ctx, "tills", tills); err != nil {
		return err
	}
	for i, row := range tills {
		b.tills[i].id = row[1].(int64)
	}
	err := w.copy(ctx, &w.counts.Tills, "tills", []string{"organization_id", "id", "store_id", "name", "created_at", "updated_at"}, tills)
	if err != nil {
		return err
	}
	open := [][]any{{b.id, int64(0), b.stores[b.tills[0].store], b.tills[0].id, b.today, b.currencies[0].currency, b.float(), "open", b.today, b.today, b.today}}
	if err := w.number(ctx, "till_sessions", open); err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.TillSessions, "till_sessions", sessionColumns, open)
}

// sessions writes the sessions that sales begin, whose rows have their keys, and gives the rows their tills and sessions. Several sessions
// of a till take sales at once here; closeDays closes them.
func (w *writer) sessions(ctx context.Context, b *business, list []sale, sales [][]any, times, dates []time.Time) error {
	days := make([]*takings, len(list))
	var begun []*takings
	for i, s := range list {
		days[i] = b.take(s, sales[i][1].(int64), times[i], dates[i])
		if t := days[i]; t != nil && t.till >= 0 && t.session == 0 {
			t.session = -1
			begun = append(begun, t)
		}
	}
	rows := make([][]any, len(begun))
	for i, t := range begun {
		at := t.first.Add(-20 * time.Minute)
		rows[i] = []any{b.id, int64(0), b.stores[t.store], b.tills[t.till].id, t.date, t.currency, t.float, "reopened", at, at, at}
	}
	if err := w.number(ctx, "till_sessions", rows); err != nil {
		return err
	}
	for i, t := range begun {
		t.session = rows[i][1].(int64)
	}
	for i, t := range days {
		if t != nil && t.till >= 0 {
			sales[i][16], sales[i][17] = &b.tills[t.till].id, &t.session
		}
	}
	return w.copy(ctx, &w.counts.TillSessions, "till_sessions", sessionColumns, rows)
}

// closeDays closes days that are over. One close of an organization was a mistake: it is reversed, and the day closed anew.
func (w *writer) closeDays(ctx context.Context, b *business, list []*takings) error {
	if err := w.movements(ctx, b, list); err != nil {
		return err
	}
	for _, t := range list {
		if b.reversed || t.till < 0 || t.cash <= t.float {
			continue
		}
		b.reversed = true
		wrong, err := w.closes(ctx, b, []*takings{t}, []int64{t.float - t.cash})
		if err != nil {
			return err
		}
		if err := w.reverse(ctx, b, t, wrong[0]); err != nil {
			return err
		}
	}
	var due []*takings
	var off []int64
	for _, t := range list {
		switch {
		case t.till >= 0:
			due, off = append(due, t), append(off, max(b.difference(), -max(t.cash, 0)))
		case len(t.sales) > 0 && t.date.Before(b.today.AddDate(0, 0, -postedAfter)):
			due, off = append(due, t), append(off, 0)
		}
	}
	_, err := w.closes(ctx, b, due, off)
	return err
}

// movements writes what is taken out of tills for the bank, and change that is put in.
func (w *writer) movements(ctx context.Context, b *business, list []*takings) error {
	var rows [][]any
	for _, t := range list {
		if t.till < 0 {
			continue
		}
		var (
			amount  int64
			reason  string
			account *int64
		)
		switch {
		case t.cash < 0: // it gave back more than it had
			amount, reason = t.float-t.cash, "Cash for refunds"
		case b.counting.chance(15) && t.cash >= t.float:
			amount, reason, account = -t.float*2/3, "To the bank", new(b.accounts["1000"])
		case b.counting.chance(10):
			amount, reason = t.float/3, "Change from the safe"
		default:
			continue
		}
		t.cash += amount
		rows = append(rows, []any{b.id, int64(0), t.session, amount, reason, account, t.last.Add(10 * time.Minute)})
	}
	if err := w.number(ctx, "till_movements", rows); err != nil {
		return err
	}
	return w.copy(ctx, &w.counts.TillMovements, "till_movements",
		[]string{"organization_id", "id", "till_session_id", "amount", "reason", "account_id", "created_at"}, rows)
}

// closes writes one close for each of these takings, whose counts are off by so much, and closes their sessions. It returns their keys.
func (w *writer) closes(ctx context.Context, b *business, list []*takings, off []int64) ([]int64, error) {
	if len(list) == 0 {
		return nil, nil
	}
	keys, err := w.keys(ctx, "day_closes", len(list))
	if err != nil {
		return nil, err
	}
	var closes, sales [][]any
	var sessions []int64
	var ends []time.Time
	cards := make([]bool, len(list))
	for i, t := range list {
		var till, session *int64
		at := t.last.Add(40 * time.Minute)
		if t.till >= 0 {
			till, session = &b.tills[t.till].id, &t.session
			sessions, ends = append(sessions, t.session), append(ends, at)
			cards[i] = b.counting.chance(50)
		}
		closes = append(closes, []any{b.id, keys[i], b.stores[t.store], till, session, t.date, t.currency, numeric(b.rate(t.currency), 8), len(t.sales), at, at})
		for _, sale := range t.sales {
			sales = append(sales, []any{b.id, keys[i], sale})
		}
	}
	err = w.copy(ctx, &w.counts.DayCloses, "day_closes", []string{"organization_id", "id", "store_id", "till_id", "till_session_id", "business_date",
		"currency", "fx_rate", "sale_count", "created_at", "updated_at"}, closes)
	if err != nil {
		return nil, err
	}
	var posted int
	if err := w.copy(ctx, &posted, "day_close_sales", []string{"organization_id", "day_close_id", "sale_id"}, sales); err != nil {
		return nil, err
	}
	return keys, w.do(ctx, func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`INSERT INTO canonical.day_close_tenders (organization_id, day_close_id, tender, amount, opening, counted)
			SELECT derived.organization_id, derived.day_close_id, derived.tender, derived.amount, derived.opening, CASE
				WHEN derived.tender = 'cash' AND close.of_till THEN greatest(derived.opening + derived.amount + close.off, 0)
				WHEN derived.tender = 'card' AND close.cards AND derived.amount >= 0 THEN derived.amount END
			FROM unnest($2::bigint[], $3::bigint[], $4::boolean[]) AS given (id, off, cards)
			JOIN LATERAL (
				SELECT given.*, row.till_id IS NOT NULL AS of_till FROM canonical.day_closes AS row
				WHERE (row.organization_id, row.id) = ($1, given.id) OFFSET 0) AS close ON true
			JOIN LATERAL (
				SELECT * FROM canonical.derived_day_close_tenders AS row
				WHERE (row.organization_id, row.day_close_id) = ($1, close.id) OFFSET 0) AS derived ON true
			ORDER BY derived.day_close_id, derived.tender`, b.id, keys, off, cards)
		batch.Queue(`INSERT INTO canonical.day_close_lines (organization_id, day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount)
			SELECT derived.organization_id, derived.day_close_id, derived.part, derived.kind, derived.account_id, derived.tax_rate_id, derived.percentage,
				derived.net, derived.amount
			FROM unnest($2::bigint[]) AS close (id)
			JOIN LATERAL (
				SELECT * FROM canonical.derived_day_close_lines AS row
				WHERE (row.organization_id, row.day_close_id) = ($1, close.id) OFFSET 0) AS derived ON true
			ORDER BY derived.day_close_id, derived.part, derived.kind, derived.account_id, derived.tax_rate_id, derived.percentage`, b.id, keys)
		batch.Queue(`UPDATE canonical.till_sessions AS session SET state = 'closed', closed_at = over.at
			FROM unnest($2::bigint[], $3::timestamptz[]) AS over (id, at) WHERE (session.organization_id, session.id) = ($1, over.id)`, b.id, sessions, ends)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("close days: %w", err)
		}
		return nil
	})
}

// reverse takes a close out of the books, once it is in them.
func (w *writer) reverse(ctx context.Context, b *business, of *takings, id int64) error {
	return w.do(ctx, func(ctx context.Context, tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`SET CONSTRAINTS ALL IMMEDIATE`)
		batch.Queue(`SET CONSTRAINTS ALL DEFERRED`)
		batch.Queue(`UPDATE canonical.till_sessions SET state = 'reopened', closed_at = NULL WHERE (organization_id, id) = ($1, $2)`, b.id, of.session)
		batch.Queue(`UPDATE canonical.day_close_sales SET reversed = true WHERE (organization_id, day_close_id) = ($1, $2)`, b.id, id)
		batch.Queue(`UPDATE canonical.day_closes SET reversed_at = $3 WHERE (organization_id, id) = ($1, $2)`, b.id, id, of.last.Add(time.Hour))
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("reverse a close: %w", err)
		}
		return nil
	})
}
