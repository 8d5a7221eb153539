package canonical_test

import (
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// wrongCloses finds closes that post other sales than those of their day, sessions that are closed without one, and sums that
// are not those of the sales.
const wrongCloses = `
	WITH sold AS (
		SELECT s.organization_id, s.store_id, s.till_session_id, s.booked_on, s.currency, count(*) AS sales,
			sum(CASE s.kind WHEN 'refund' THEN -s.amount ELSE s.amount END) AS amount
		FROM canonical.sales AS s WHERE s.voided_at IS NULL GROUP BY 1, 2, 3, 4, 5),
	closed AS (
		SELECT c.organization_id, c.store_id, c.till_session_id, c.business_date AS booked_on, c.currency, c.sale_count AS sales, (
				SELECT coalesce(sum(t.amount), 0) FROM canonical.day_close_tenders AS t
				WHERE (t.organization_id, t.day_close_id) = (c.organization_id, c.id)) AS amount, (
				SELECT count(*) FROM canonical.day_close_sales AS p
				WHERE (p.organization_id, p.day_close_id) = (c.organization_id, c.id) AND NOT p.reversed) AS posted
		FROM canonical.day_closes AS c WHERE c.reversed_at IS NULL)
	SELECT 'posted is not sold: ' || c::text || coalesce(s::text, '') FROM closed AS c LEFT JOIN sold AS s
		ON (s.organization_id, s.store_id, coalesce(s.till_session_id, 0), s.booked_on, s.currency)
			= (c.organization_id, c.store_id, coalesce(c.till_session_id, 0), c.booked_on, c.currency)
	WHERE (c.sales, c.amount, c.posted) <> (coalesce(s.sales, 0), coalesce(s.amount, 0), coalesce(s.sales, 0))
	UNION ALL SELECT 'closed without a close: ' || session::text FROM canonical.till_sessions AS session
	WHERE (state = 'closed') <> EXISTS (
		SELECT FROM canonical.day_closes AS c
		WHERE (c.organization_id, c.till_session_id) = (session.organization_id, session.id) AND c.reversed_at IS NULL)`

func (w *world) wantCloses() {
	w.t.Helper()
	if wrong := one[string](w, `SELECT coalesce(string_agg(text, E'\n'), '') FROM (`+wrongCloses+`) AS found (text)`); wrong != "" {
		w.t.Error(wrong)
	}
}

// Two close a till while sales are recorded and voided on it: one of them closes it, and it posts what was sold by then.
func TestClosersAndSalesRace(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	var recorded, late, voided, kept int
	for range pgtest.Rounds(30, 300) {
		session := w.opened(front, "0")
		first, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCash, "5")))
		must(t, err)
		var closes, sales, voids atomic.Int32
		var all errgroup.Group
		for range 2 {
			all.Go(func() error {
				_, err := w.TillClose(ctx, w.owner, session, nil, counted("5"))
				return count(t, &closes, err, "id STATE")
			})
			all.Go(func() error {
				_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCard, "7")))
				return count(t, &sales, err, "sales.0.tillId STATE")
			})
		}
		all.Go(func() error {
			_, err := w.SaleVoid(ctx, w.owner, first.IDs[0], nil)
			return count(t, &voids, err, "id STATE")
		})
		must(t, all.Wait())
		if closes.Load() != 1 {
			t.Fatalf("closed %d times", closes.Load())
		}
		recorded, late = recorded+int(sales.Load()), late+2-int(sales.Load())
		voided, kept = voided+int(voids.Load()), kept+1-int(voids.Load())
		w.wantCloses()
	}
	w.wantBooks(ctx)
	t.Logf("%d sales before a close, %d after it; %d voids before, %d after", recorded, late, voided, kept)
}

// A sale without a till races the posting of its day.
func TestPostingAndSalesRace(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	for i := range pgtest.Rounds(30, 300) {
		at := noon.AddDate(0, 0, i)
		row := func(amount string) model.SalesRecordInput {
			in := sold(amount, "")
			in.OccurredAt = at
			return bulk(north, allOrNothing, in)
		}
		_, err := w.SalesRecord(ctx, w.owner, row("5"))
		must(t, err)
		var closes, sales atomic.Int32
		var all errgroup.Group
		for range 2 {
			all.Go(func() error {
				_, err := w.salesPost(north, noonDay.AddDays(i))
				return count(t, &closes, err, "businessDate STATE")
			})
			all.Go(func() error {
				_, err := w.SalesRecord(ctx, w.owner, row("7"))
				return count(t, &sales, err, "sales.0.occurredAt STATE")
			})
		}
		must(t, all.Wait())
		if closes.Load() != 1 {
			t.Fatalf("posted %d times", closes.Load())
		}
		w.wantCloses()
	}
	w.wantBooks(ctx)
}

// count counts a write that was saved, and returns an error for one that was refused for another reason than the given one.
func count(t *testing.T, saved *atomic.Int32, err error, refused string) error {
	t.Helper()
	if err == nil {
		saved.Add(1)
		return nil
	}
	if got := mistakes(t, err); len(got) != 1 || got[0] != refused {
		return err
	}
	return nil
}

// A reversal races a sale of its day: the sale is refused, or the day has it once it is closed again.
func TestReversalsAndSalesRace(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("5", "")))
	must(t, err)
	live, err := w.salesPost(north, noonDay)
	must(t, err)
	for range 50 {
		var sales atomic.Int32
		var all errgroup.Group
		all.Go(func() error {
			_, err := w.DayCloseReverse(ctx, w.owner, live, nil)
			return err
		})
		all.Go(func() error {
			_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("7", "")))
			return count(t, &sales, err, "sales.0.occurredAt STATE")
		})
		must(t, all.Wait())
		live, err = w.salesPost(north, noonDay)
		must(t, err)
		w.wantCloses()
	}
	w.wantBooks(ctx)
}
