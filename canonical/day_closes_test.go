package canonical_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// closeOf returns the key of a session's live close.
func (w *world) closeOf(session int64) int64 {
	w.t.Helper()
	return one[int64](w, `SELECT id FROM canonical.day_closes WHERE till_session_id = $1 AND reversed_at IS NULL`, session)
}

// salesPost posts a day of a store in the base currency.
func (w *world) salesPost(store model.ID, day model.Date) (int64, error) {
	return w.SalesPost(w.t.Context(), w.owner, model.SalesPostInput{StoreID: store, BusinessDate: day})
}

func TestTillClose(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front, gst := w.till(north, "Front"), w.taxRate(w.owner, "GST", "10")
	session := w.opened(front, "100")
	lined := func(kind model.SaleKind, price, cash, card string, account ...model.ID) model.SaleInput {
		in := model.SaleInput{Kind: kind, OccurredAt: noon, TillID: some(front)}
		line := model.SaleLineInput{Description: some("Tea"), UnitPrice: some(dec(price)), TaxRateIds: graphql.OmittableOf([]model.ID{gst})}
		if len(account) > 0 {
			line.AccountID = some(account[0])
		}
		tenders := []model.SaleTenderInput{{Tender: model.TenderCash, Amount: dec(cash)}}
		if card != "" {
			tenders = append(tenders, model.SaleTenderInput{Tender: model.TenderCard, Amount: dec(card)})
		}
		in.Lines, in.Tenders = graphql.OmittableOf([]model.SaleLineInput{line}), graphql.OmittableOf(tenders)
		return in
	}
	simple := sold("5", "")
	simple.TillID = some(front)
	void := sold("7", "")
	void.TillID = some(front)
	got, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing,
		lined(model.SaleKindSale, "100", "60", "50"), lined(model.SaleKindRefund, "10", "11", ""), simple, lined(model.SaleKindSale, "20", "22", "", w.account(w.owner, "4100")), void))
	must(t, err)
	_, err = w.SaleVoid(ctx, w.owner, got.IDs[4], nil)
	must(t, err)
	_, err = w.TillMove(ctx, w.owner, session, nil, model.TillMoveInput{Direction: model.TillMoveDirectionOut, Amount: dec("20"), Reason: "Phone", AccountID: some(w.account(w.owner, "6200"))})
	must(t, err)

	// Expected are 100 + 60 - 11 + 22 - 20 = 151 in cash, and 50 by card.
	staff := w.owner
	staff.Role = model.RoleStaff
	in := counted("150.50")
	in.Counted = append(in.Counted, model.TillCountInput{Tender: model.TenderCard, Amount: some(dec("51"))})
	_, err = w.TillClose(ctx, staff, session, nil, in)
	must(t, err)
	first := w.closeOf(session)
	w.wantPostedIn("DayClose", first, "2026-03-10 North 1050 5050, 2026-03-10 North 1060 5100, 2026-03-10 North 1070 500, 2026-03-10 North 2100 -1100, "+
		"2026-03-10 North 4000 -10500, 2026-03-10 North 4100 -2000, 2026-03-10 North 4200 1000, 2026-03-10 North 6200 2000, 2026-03-10 North 6660 -50")
	if taxes := one[string](w, `SELECT string_agg(concat_ws(' ', side, percentage::float8, net, tax), ', ') FROM canonical.taxes_by_rate($1, '2026-03-10', '2026-03-10')`, w.owner.OrganizationID); taxes != "sales 10 11000 1100" {
		t.Error(taxes)
	}
	w.wantBooks(ctx)

	_, err = w.SaleVoid(ctx, w.owner, got.IDs[0], nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.DayCloseReverse(ctx, staff, first, nil)
	wantMistakes(t, err, " FORBIDDEN")
	_, err = w.DayCloseReverse(ctx, w.owner, first, nil)
	must(t, err)
	_, err = w.DayCloseReverse(ctx, w.owner, first, nil)
	wantMistakes(t, err, "id STATE")
	w.wantPostedIn("DayClose", first, "")

	// The till may be open for another day meanwhile; what is wrong of the reopened day is mended, and it is closed again.
	next, err := w.TillOpen(ctx, staff, model.TillOpenInput{TillID: front, BusinessDate: some(model.NewDate(2026, 3, 11))})
	must(t, err)
	_, err = w.SaleVoid(ctx, w.owner, got.IDs[0], nil)
	must(t, err)
	added, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderVoucher, "3")))
	must(t, err)
	if of := one[int64](w, `SELECT till_session_id FROM canonical.sales WHERE id = $1`, added.IDs[0]); of != session {
		t.Errorf("a sale of the reopened day is of session %d, not %d, while %d is open", of, session, next)
	}
	// Of two sessions that may have it, a sale is of that of its own day, also where the till is open for an earlier one.
	_, err = w.TillClose(ctx, staff, next, nil, counted("0"))
	must(t, err)
	_, err = w.TillOpen(ctx, staff, model.TillOpenInput{TillID: front, BusinessDate: some(model.NewDate(2026, 3, 9))})
	must(t, err)
	added, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderVoucher, "3")))
	must(t, err)
	if of := one[int64](w, `SELECT till_session_id FROM canonical.sales WHERE id = $1`, added.IDs[0]); of != session {
		t.Errorf("a sale of the reopened day is of session %d, not %d, while the till is open for the day before", of, session)
	}
	_, err = w.SaleVoid(ctx, w.owner, added.IDs[0], nil)
	must(t, err)
	_, err = w.TillClose(ctx, staff, session, nil, counted("91"))
	must(t, err)
	w.wantPostedIn("DayClose", w.closeOf(session), "2026-03-10 North 1050 -900, 2026-03-10 North 1070 500, 2026-03-10 North 2100 -100, 2026-03-10 North 2300 300, "+
		"2026-03-10 North 4000 -800, 2026-03-10 North 4100 -2000, 2026-03-10 North 4200 1000, 2026-03-10 North 6200 2000")
	w.wantPostedIn("DayClose", first, "")
	w.wantBooks(ctx)
}

func TestSalesPost(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north, south := w.storeNamed(w.owner, "North"), w.storeNamed(w.owner, "South")
	yen := sold("1000", "Y1")
	yen.Currency = some("JPY")
	record := func(store model.ID, rows ...model.SaleInput) (canonical.SalesRecorded, error) {
		return w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, rows...))
	}
	recorded, err := record(north, sold("10", "R1"), sold("20", "R2"), yen)
	must(t, err)
	_, err = record(south, sold("7", "R1"))
	must(t, err)
	_, err = w.salesPost(north, noonDay.AddDays(1))
	wantMistakes(t, err, "businessDate STATE")
	_, err = w.SalesPost(ctx, w.owner, model.SalesPostInput{StoreID: north, BusinessDate: noonDay, Currency: some("JPY")})
	wantMistakes(t, err, "fxRate REQUIRED")
	abroad, err := w.SalesPost(ctx, w.owner, model.SalesPostInput{StoreID: north, BusinessDate: noonDay, Currency: some("JPY"), FxRate: some(dec("0.0105"))})
	must(t, err)
	w.wantPosted("DayClose", abroad, "1070 1050 (1000 JPY), 4000 -1050 (-1000 JPY)")
	first, err := w.salesPost(north, noonDay)
	must(t, err)
	w.wantPostedIn("DayClose", first, "2026-03-10 North 1070 3000, 2026-03-10 North 4000 -3000")
	_, err = w.salesPost(north, noonDay)
	wantMistakes(t, err, "businessDate STATE")
	there, err := w.salesPost(south, noonDay)
	must(t, err)
	w.wantPostedIn("DayClose", there, "2026-03-10 South 1070 700, 2026-03-10 South 4000 -700")

	again, err := record(north, sold("10", "R1"))
	must(t, err)
	if again.Known != 1 {
		t.Errorf("what is posted is not known: %+v", again)
	}
	_, err = record(north, sold("1", "R3"))
	wantMistakes(t, err, "sales.0.occurredAt STATE")
	tomorrow := sold("1", "")
	tomorrow.OccurredAt = noon.AddDate(0, 0, 1)
	skipped, err := w.SalesRecord(ctx, w.owner, bulk(north, skipAndReport, sold("1", "R3"), tomorrow))
	must(t, err)
	if skipped.Recorded != 1 || skipped.Refused != 1 || skipped.IDs[0] != 0 || len(skipped.Mistakes) != 1 || skipped.Mistakes[0].Path != "sales.0.occurredAt" {
		t.Errorf("%+v", skipped)
	}
	_, err = w.SaleVoid(ctx, w.owner, recorded.IDs[0], nil)
	wantMistakes(t, err, "id STATE")

	_, err = w.LateSalesSet(ctx, w.owner, nil, model.LateSalesSetInput{Policy: model.LateSalesNextOpenDay})
	must(t, err)
	_, err = w.salesPost(north, noonDay.AddDays(1))
	must(t, err)
	late, err := record(north, sold("1", "R3"))
	must(t, err)
	if row := one[string](w, `SELECT concat_ws(' ', booked_on, booked_late) FROM canonical.sales WHERE id = $1`, late.IDs[0]); row != "2026-03-12 t" {
		t.Errorf("booked on %s", row)
	}

	_, err = w.DayCloseReverse(ctx, w.owner, first, nil)
	must(t, err)
	_, err = w.SaleVoid(ctx, w.owner, recorded.IDs[0], nil)
	must(t, err)
	second, err := w.salesPost(north, noonDay)
	must(t, err)
	w.wantPostedIn("DayClose", second, "2026-03-10 North 1070 2000, 2026-03-10 North 4000 -2000")
	w.wantBooks(ctx)
}

func TestClosesInLockedPeriods(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	session := w.opened(front, "0")
	_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCash, "5"), sold("3", "")))
	must(t, err)
	lock := func(in model.PeriodLockInput) {
		t.Helper()
		_, err := w.PeriodLock(ctx, w.owner, nil, in)
		must(t, err)
	}
	lock(model.PeriodLockInput{SoftLockedUntil: some(noonDay)})
	_, err = w.TillClose(ctx, w.owner, session, nil, counted("5"))
	wantMistakes(t, err, " STATE")
	_, err = w.salesPost(north, noonDay)
	wantMistakes(t, err, "businessDate STATE")
	passing := w.owner
	passing.PassSoftLock = true
	_, err = w.TillClose(ctx, passing, session, nil, counted("5"))
	must(t, err)
	posted, err := w.SalesPost(ctx, passing, model.SalesPostInput{StoreID: north, BusinessDate: noonDay})
	must(t, err)
	_, err = w.DayCloseReverse(ctx, w.owner, posted, nil)
	wantMistakes(t, err, " STATE")
	lock(model.PeriodLockInput{SoftLockedUntil: null[model.Date](), HardLockedUntil: some(noonDay)})
	_, err = w.DayCloseReverse(ctx, passing, posted, nil)
	wantMistakes(t, err, " STATE")
	w.wantBooks(ctx)
}

// The database keeps a closed day as it is, whoever writes.
func TestClosedDaysAreKept(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	session := w.opened(front, "0")
	_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCash, "5"), sold("3", ""), sold("4", "")))
	must(t, err)
	other := sold("9", "")
	other.OccurredAt = noon.Add(-48 * time.Hour)
	_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, other))
	must(t, err)
	_, err = w.TillClose(ctx, w.owner, session, nil, counted("5"))
	must(t, err)
	_, err = w.salesPost(north, noonDay)
	must(t, err)
	const insert = `INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount, till_id, till_session_id)
		SELECT organization_id, store_id, '2026-03-10 12:00Z', 'AUD', 100, `
	for sql, rule := range map[string]string{
		insert + `till_id, id FROM canonical.till_sessions`:                         "sales_day_open",
		insert + `NULL, NULL FROM canonical.till_sessions`:                          "sales_day_open",
		`UPDATE canonical.sales SET voided_at = now()`:                              "sales_day_open",
		`UPDATE canonical.sales SET booked_on = '2026-03-10' WHERE amount = 900`:    "sales_day_open",
		`UPDATE canonical.sales SET booked_on = '2026-03-11' WHERE amount = 300`:    "sales_day_open",
		`DELETE FROM canonical.sales WHERE amount = 400`:                            "day_close_sales_sale_fkey",
		`UPDATE canonical.till_sessions SET state = 'reopened', closed_at = NULL`:   "till_sessions_closed",
		`UPDATE canonical.day_closes SET reversed_at = now() WHERE till_id IS NULL`: "day_close_sales_reversed",
		`UPDATE canonical.day_close_sales SET reversed = true`:                      "day_close_sales_reversed",
		`UPDATE canonical.day_closes SET currency = 'JPY'`:                          "day_closes_immutable",
		`DELETE FROM canonical.day_close_lines`:                                     "day_closes_immutable",
		`UPDATE canonical.day_close_tenders SET counted = 1`:                        "day_closes_immutable",
		`INSERT INTO canonical.day_close_tenders (organization_id, day_close_id, tender, amount, opening) SELECT organization_id, id, 'voucher', 1, 0 FROM canonical.day_closes`:                                              "day_closes_sums",
		`INSERT INTO canonical.day_close_lines (organization_id, day_close_id, part, kind, net, amount) SELECT organization_id, id, 'revenue', 'sale', 0, 1 FROM canonical.day_closes`:                                        "day_closes_sums",
		`INSERT INTO canonical.day_close_sales (organization_id, day_close_id, sale_id) SELECT c.organization_id, c.id, s.id FROM canonical.day_closes AS c, canonical.sales AS s WHERE c.till_id IS NULL AND s.amount = 900`: "day_close_sales_whole",
		`INSERT INTO canonical.day_closes (organization_id, store_id, business_date, currency) SELECT organization_id, store_id, '2026-03-08', 'AUD' FROM canonical.till_sessions`:                                            "day_close_sales_whole",
		`INSERT INTO canonical.day_closes (organization_id, store_id, business_date, currency) SELECT organization_id, store_id, '2026-03-10', 'AUD' FROM canonical.till_sessions`:                                            "day_closes_day_key",
	} {
		t.Run(rule, func(t *testing.T) {
			tx, err := w.pool.Begin(ctx)
			must(t, err)
			defer func() { must(t, tx.Rollback(ctx)) }()
			if _, err = tx.Exec(ctx, sql); err == nil {
				_, err = tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`)
			}
			if !broke(err, rule) {
				t.Errorf("%s\n%v does not break %s", sql, err, rule)
			}
		})
	}
	w.wantBooks(ctx)
}

// The business date of the books is that of the read model, over zones, changes of the clock, parts over midnight and gaps.
func TestBusinessDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, zone := range []string{"Australia/Adelaide", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "UTC"} {
		store := w.store(fmt.Sprint("Store ", i), zone)
		_, err := w.pool.Exec(t.Context(), `UPDATE canonical.stores SET business_day_start_minute = $2 WHERE id = $1`, store, i*100)
		must(t, err)
		_, err = w.pool.Exec(t.Context(), `INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
			VALUES ($1, $2, '[2026-04-05,)', 'Night', 1320, 360), ($1, $2, '[2026-04-05,)', 'Lunch', 660, 120)`, w.owner.OrganizationID, store)
		must(t, err)
		_, err = w.pool.Exec(t.Context(), `INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount)
			SELECT $1, $2, '2026-04-02 00:00Z'::timestamptz + n * interval '37 minutes', 'AUD', 1 FROM generate_series(0, 250) AS n`, w.owner.OrganizationID, store)
		must(t, err)
	}
	wrong := one[int](w, `SELECT count(*) FROM canonical.sales AS s JOIN source.sale_annotations AS a ON (a.organization_id, a.sale_id) = (s.organization_id, s.id)
		WHERE s.booked_on <> a.business_date`)
	days := one[int](w, `SELECT count(DISTINCT booked_on) FROM canonical.sales`)
	if wrong != 0 || days < 7 {
		t.Errorf("%d of %d days differ", wrong, days)
	}
}
