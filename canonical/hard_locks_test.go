package canonical_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// hardLock moves the hard lock.
func (w *world) hardLock(until model.Date) error {
	_, err := w.PeriodLock(w.t.Context(), w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(until)})
	return err
}

// The hard lock waits until nothing of its days is left that could never be booked behind it.
func TestHardLockOverOpenDays(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	refused := func(rule, told string) {
		t.Helper()
		err := w.hardLock(noonDay)
		wantMistakes(t, err, "hardLockedUntil STATE")
		if err != nil && !strings.Contains(err.Error(), told) {
			t.Errorf("%v does not tell of %s", err, told)
		}
		_, err = w.pool.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = $1`, noonDay)
		wantConstraint(t, err, rule)
	}
	session := w.opened(front, "0")
	refused("organizations_hard_locked_tills", "the till Front of North is not closed for 2026-03-10")
	must(t, w.hardLock(noonDay.AddDays(-2)))
	_, err := w.TillClose(ctx, w.owner, session, nil, counted("0"))
	must(t, err)
	_, err = w.DayCloseReverse(ctx, w.owner, w.closeOf(session), nil)
	must(t, err)
	refused("organizations_hard_locked_tills", "the till Front of North is not closed")
	_, err = w.TillClose(ctx, w.owner, session, nil, counted("0"))
	must(t, err)

	yen := sold("1000", "")
	yen.Currency = some("JPY")
	recorded, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("5", ""), yen))
	must(t, err)
	refused("organizations_hard_locked_sales", "sales of North of 2026-03-10 in AUD are not posted")
	posted, err := w.salesPost(north, noonDay)
	must(t, err)
	refused("organizations_hard_locked_sales", "sales of North of 2026-03-10 in JPY are not posted")
	_, err = w.SaleVoid(ctx, w.owner, recorded.IDs[1], nil)
	must(t, err)
	must(t, w.hardLock(noonDay.AddDays(-1)))
	must(t, w.hardLock(noonDay))

	for _, day := range []model.Date{noonDay, noonDay.AddDays(-30)} {
		_, err = w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front, BusinessDate: some(day)})
		wantMistakes(t, err, "businessDate STATE")
	}
	for rule, statement := range map[string]string{
		"till_sessions_hard_locked": `INSERT INTO canonical.till_sessions (organization_id, store_id, till_id, business_date, currency)
			SELECT organization_id, store_id, till_id, business_date, currency FROM canonical.till_sessions`,
		"day_closes_hard_locked": `UPDATE canonical.day_closes SET reversed_at = now() WHERE reversed_at IS NULL`,
		"sales_hard_locked":      `INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) SELECT organization_id, store_id, occurred_at, 'JPY', 1 FROM canonical.sales LIMIT 1`,
	} {
		_, err = w.pool.Exec(ctx, statement)
		wantConstraint(t, err, rule)
	}
	_, err = w.pool.Exec(ctx, `UPDATE canonical.till_sessions SET state = 'reopened', closed_at = NULL`)
	wantConstraint(t, err, "day_closes_hard_locked")
	_, err = w.DayCloseReverse(ctx, w.owner, posted, nil)
	wantMistakes(t, err, " STATE")
	w.wantBooks(ctx)
}

// A till may stay open behind the soft lock, whoever overrides that closes it; it is opened there in the same way.
func TestSoftLockOverOpenTills(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	front := w.till(w.storeNamed(w.owner, "North"), "Front")
	session := w.opened(front, "0")
	_, err := w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: some(noonDay)})
	must(t, err)
	passing := w.owner
	passing.PassSoftLock = true
	_, err = w.TillClose(ctx, passing, session, nil, counted("0"))
	must(t, err)
	open := model.TillOpenInput{TillID: front, BusinessDate: some(noonDay)}
	_, err = w.TillOpen(ctx, w.owner, open)
	wantMistakes(t, err, "businessDate STATE")
	_, err = w.TillOpen(ctx, passing, open)
	must(t, err)
}

// A sale of a day behind the hard lock is late, as one of a closed day is.
func TestSalesBehindTheHardLock(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	must(t, w.hardLock(noonDay))
	_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("1", "")))
	wantMistakes(t, err, "sales.0.occurredAt STATE")
	tomorrow := sold("2", "")
	tomorrow.OccurredAt = noon.AddDate(0, 0, 1)
	skipped, err := w.SalesRecord(ctx, w.owner, bulk(north, skipAndReport, sold("1", ""), tomorrow))
	must(t, err)
	if skipped.Recorded != 1 || skipped.Refused != 1 || skipped.IDs[0] != 0 {
		t.Errorf("%+v", skipped)
	}
	_, err = w.LateSalesSet(ctx, w.owner, nil, model.LateSalesSetInput{Policy: model.LateSalesNextOpenDay})
	must(t, err)
	booked := func(want string) {
		t.Helper()
		long := sold("1", "")
		long.OccurredAt = noon.AddDate(0, 0, -40)
		late, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("1", ""), long, tomorrow))
		must(t, err)
		got := ""
		for _, id := range late.IDs {
			got += one[string](w, `SELECT concat_ws(' ', booked_on, booked_late) || ';' FROM canonical.sales WHERE id = $1`, id)
		}
		if got != want {
			t.Errorf("booked on %s, want %s", got, want)
		}
	}
	booked("2026-03-11 t;2026-03-11 t;2026-03-11 f;")
	_, err = w.salesPost(north, noonDay.AddDays(1))
	must(t, err)
	booked("2026-03-12 t;2026-03-12 t;2026-03-12 t;")
	_, err = w.salesPost(north, noonDay.AddDays(2))
	must(t, err)
	must(t, w.hardLock(noonDay.AddDays(1)))
	booked("2026-03-13 t;2026-03-13 t;2026-03-13 t;")
	w.wantBooks(ctx)
}

// What opens a day while the hard lock moves over it comes before the lock, which is then refused, or is refused itself.
func TestHardLockAgainstOpenDays(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	_, err := w.pool.Exec(ctx, `CREATE FUNCTION public.behind() RETURNS bigint LANGUAGE sql AS $$
		SELECT (SELECT count(*) FROM canonical.till_sessions AS s JOIN canonical.organizations AS o ON o.id = s.organization_id
				WHERE s.state <> 'closed' AND s.business_date <= o.hard_locked_until)
			+ (SELECT count(*) FROM canonical.organizations AS o CROSS JOIN canonical.unposted_days(o.id, NULL, o.hard_locked_until)) $$`)
	must(t, err)
	var locks, opens atomic.Int32
	for round := range 36 {
		day := noonDay.AddDays(round)
		sale := sold("5", "")
		sale.OccurredAt = noon.AddDate(0, 0, round)
		var reversible int64
		if round%3 == 2 {
			session, err := w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front, BusinessDate: some(day)})
			must(t, err)
			_, err = w.TillClose(ctx, w.owner, session, nil, counted("0")) // nothing is posted
			must(t, err)
			reversible = w.closeOf(session)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(rand.N(8 * time.Millisecond)) // either may come first, on any machine
			var err error
			var refused string
			switch round % 3 {
			case 0:
				refused = "businessDate STATE"
				_, err = w.TillOpen(ctx, w.owner, model.TillOpenInput{TillID: front, BusinessDate: some(day)})
			case 1:
				refused = "sales.0.occurredAt STATE"
				_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sale))
			default:
				refused = " STATE"
				_, err = w.DayCloseReverse(ctx, w.owner, reversible, nil)
			}
			if err := count(t, &opens, err, refused); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		})
		wg.Go(func() {
			err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `SELECT pg_sleep(0.006 * random())`)
				if err == nil {
					_, err = tx.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = $1`, day)
				}
				if err == nil {
					_, err = tx.Exec(ctx, `SELECT pg_sleep(0.003 * random())`)
				}
				return err
			})
			if err == nil {
				locks.Add(1)
			} else if !broke(err, "organizations_hard_locked_tills") && !broke(err, "organizations_hard_locked_sales") {
				t.Errorf("round %d: %v", round, err)
			}
		})
		wg.Wait()
		if n := one[int64](w, `SELECT public.behind()`); n != 0 {
			t.Fatalf("round %d: %d open days are behind the lock", round, n)
		}
		if id := one[int64](w, `SELECT coalesce(max(id), 0) FROM canonical.till_sessions WHERE state <> 'closed'`); id != 0 {
			_, err := w.TillClose(ctx, w.owner, id, nil, counted("0"))
			must(t, err)
		}
		_, err := w.pool.Exec(ctx, `UPDATE canonical.sales SET voided_at = now() WHERE voided_at IS NULL`)
		must(t, err)
	}
	if locks.Load() == 0 || opens.Load() == 0 {
		t.Errorf("%d locks and %d days that were opened: nothing was contended", locks.Load(), opens.Load())
	}
	t.Logf("%d locks, %d days that were opened", locks.Load(), opens.Load())
}
