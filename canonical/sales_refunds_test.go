package canonical_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// refundOf returns a row that gives back a sale, without lines.
func refundOf(sale int64, amount string) model.SaleInput {
	in := sold(amount, "")
	in.Kind, in.RefundOfID = model.SaleKindRefund, some(model.ID{Type: "Sale", Key: sale})
	return in
}

// takenBack returns a row that takes back a line of a sale; all that is left of it if the quantity is empty.
func takenBack(sale, line int64, quantity string) model.SaleInput {
	l := model.SaleLineInput{RefundedLineID: some(model.ID{Type: "SaleLine", Key: line})}
	if quantity != "" {
		l.Quantity = some(dec(quantity))
	}
	in := receipt("", l)
	in.Kind, in.RefundOfID = model.SaleKindRefund, some(model.ID{Type: "Sale", Key: sale})
	return in
}

// linesOf returns the keys of a sale's lines.
func (w *world) linesOf(sale int64) []int64 {
	w.t.Helper()
	return one[[]int64](w, `SELECT array_agg(id ORDER BY line) FROM canonical.sale_lines WHERE sale_id = $1`, sale)
}

func TestSaleRefunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, store, vat := t.Context(), w.storeNamed(w.owner, "North"), w.taxRate(w.owner, "VAT", "10")
	south, other := w.storeNamed(w.owner, "South"), w.organization("Bob's", "AUD")
	record := func(rows ...model.SaleInput) canonical.SalesRecorded {
		t.Helper()
		got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, rows...))
		must(t, err)
		return got
	}
	first := record(receipt("R", soldLine("Tea", "3", "3.3333", vat), soldLine("Cup", "1", "2")), sold("10", "S"))
	lined, simple := first.IDs[0], first.IDs[1]
	tea, cup := w.linesOf(lined)[0], w.linesOf(lined)[1]

	// A third of the tea, then the half of the rest, then what is left: 10.00 and 1.00 of tax, to the cent.
	back := record(takenBack(lined, tea, "1"), takenBack(lined, tea, "1"), takenBack(lined, tea, ""))
	if is := one[string](w, `SELECT string_agg(concat_ws(' ', amount, quantity, net, tax), ', ' ORDER BY l.id) FROM canonical.sale_lines AS l JOIN canonical.sales AS s ON s.id = sale_id WHERE kind = 'refund'`); is !=
		"366 1.000000 333 33, 368 1.000000 334 34, 366 1.000000 333 33" {
		t.Errorf("taken back: %s", is)
	}
	_, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, takenBack(lined, tea, "")))
	wantMistakes(t, err, "sales.0.lines.0.refundedLineId EXCEEDS")
	// What a void refund had is left again.
	_, err = w.SaleVoid(ctx, w.owner, back.IDs[1], nil)
	must(t, err)
	record(takenBack(lined, tea, ""))

	// No refund is earlier than its sale by more than clocks differ.
	early, atOnce := refundOf(simple, "1"), refundOf(simple, "1")
	early.OccurredAt, atOnce.OccurredAt = noon.Add(-61*time.Minute), noon.Add(-59*time.Minute)
	_, err = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, atOnce, early))
	wantMistakes(t, err, "sales.1.occurredAt INVALID")
	_, err = w.SaleVoid(ctx, w.owner, record(atOnce).IDs[0], nil)
	must(t, err)

	// Refused rows take nothing from what the others may have.
	theirs, err := w.SalesRecord(ctx, other, bulk(w.storeNamed(other, "Theirs"), allOrNothing, sold("1", "")))
	must(t, err)
	elsewhere, abroad, wrong, both := refundOf(simple, "1"), refundOf(simple, "1"), refundOf(simple, "1"), takenBack(lined, cup, "")
	elsewhere.StoreID, abroad.Currency, wrong.Kind, both.Lines = some(south), some("USD"), model.SaleKindSale, receipt("", soldLine("Fee", "1", "1"), both.Lines.Value()[0]).Lines
	notASale := refundOf(simple, "1")
	notASale.RefundOfID = some(store)
	rows := []model.SaleInput{
		0: refundOf(simple, "11"), 1: refundOf(simple, "6"), 2: refundOf(simple, "6"), 3: refundOf(simple, "4"), 4: refundOf(back.IDs[0], "1"),
		5: refundOf(theirs.IDs[0], "1"), 6: elsewhere, 7: abroad, 8: wrong, 9: both, 10: takenBack(lined, cup, "2"), 11: takenBack(simple, cup, "1"),
		12: takenBack(lined, cup, "0"), 13: notASale, 14: paidWith(takenBack(lined, cup, ""), "CASH 1"), 15: paidWith(takenBack(lined, cup, ""), "CASH 2"), 16: refundOf(999_999, "1"),
	}
	want := []string{
		"sales.8.refundOfId INVALID", "sales.9.lines INVALID", "sales.12.lines.0.quantity INVALID", "sales.13.refundOfId NOT_FOUND",
		"sales.0.amount EXCEEDS", "sales.2.amount EXCEEDS", "sales.4.refundOfId INVALID", "sales.5.refundOfId NOT_FOUND", "sales.6.refundOfId INVALID",
		"sales.7.refundOfId INVALID", "sales.10.lines.0.quantity EXCEEDS", "sales.11.lines.0.refundedLineId NOT_FOUND", "sales.14.tenders INVALID", "sales.16.refundOfId NOT_FOUND",
	}
	_, err = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, rows...))
	wantMistakes(t, err, want...)
	got, err := w.SalesRecord(ctx, w.owner, bulk(store, skipAndReport, rows...))
	must(t, err)
	wantMistakes(t, &canonical.Invalid{Errors: got.Mistakes}, want...)
	for i, id := range got.IDs {
		if saved := slices.Contains([]int{1, 3, 15}, i); saved != (id > 0) {
			t.Errorf("row %d has the sale %d", i, id)
		}
	}
	_, err = w.SaleVoid(ctx, w.owner, simple, nil)
	wantMistakes(t, err, "id STATE")
	for _, i := range []int{1, 3} {
		_, err = w.SaleVoid(ctx, w.owner, got.IDs[i], nil)
		must(t, err)
	}
	_, err = w.SaleVoid(ctx, w.owner, simple, nil)
	must(t, err)
	_, err = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, refundOf(simple, "1")))
	wantMistakes(t, err, "sales.0.refundOfId STATE")
}

// Two refunds of one sale at the same time give back no more than was sold, by amount and by line, and whoever is second is told so.
// Neither a refund nor a void that come together are both done.
func TestRefundsAtOnce(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, store := t.Context(), w.storeNamed(w.owner, "North")
	const rounds = 100
	first, second := 0, 0
	for round := range rounds {
		got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, receipt("", soldLine("Tea", "3", "3.35")), sold("10", "")))
		must(t, err)
		lined, simple := got.IDs[0], got.IDs[1]
		tea := w.linesOf(lined)[0]
		var errs [4]error
		var group errgroup.Group
		for i, row := range []model.SaleInput{refundOf(simple, "6"), refundOf(simple, "7"), takenBack(lined, tea, "2"), takenBack(lined, tea, "2")} {
			group.Go(func() error {
				_, errs[i] = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, row))
				return nil
			})
		}
		must(t, group.Wait())
		for i := 0; i < 4; i += 2 {
			if (errs[i] == nil) == (errs[i+1] == nil) {
				t.Fatalf("round %d: %v and %v", round, errs[i], errs[i+1])
			}
			for _, err := range errs[i : i+2] {
				if err != nil {
					wantMistakes(t, err, []string{"sales.0.amount EXCEEDS", "sales.0.lines.0.quantity EXCEEDS"}[i/2])
				}
			}
			if errs[i] == nil {
				first++
			} else {
				second++
			}
		}
	}
	for round := range rounds {
		got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, sold("10", "")))
		must(t, err)
		var refund, void error
		var group errgroup.Group
		group.Go(func() error {
			_, refund = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, refundOf(got.IDs[0], "1")))
			return nil
		})
		group.Go(func() error { _, void = w.SaleVoid(ctx, w.owner, got.IDs[0], nil); return nil })
		must(t, group.Wait())
		switch {
		case (refund == nil) == (void == nil):
			t.Fatalf("round %d: refund %v, void %v", round, refund, void)
		case refund != nil:
			wantMistakes(t, refund, "sales.0.refundOfId STATE")
		default:
			wantMistakes(t, void, "id STATE")
		}
	}
	t.Logf("the first of two refunds won %d times, the second %d times", first, second)
	if wrong := one[string](w, `
		SELECT coalesce(string_agg(sale.id::text, ' '), '') FROM canonical.sales AS sale
		WHERE (SELECT count(*) FROM canonical.sales AS back WHERE back.refunded_sale_id = sale.id AND back.voided_at IS NULL)
			+ CASE WHEN voided_at IS NULL THEN 0 ELSE 1 END <> 1 AND kind = 'sale'`); wrong != "" {
		t.Errorf("not given back or voided once: %s", wrong)
	}
}

// A refund in an old snapshot does not miss another that was committed since, nor a void of the sale.
func TestRefundInAnOldSnapshot(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, store := t.Context(), w.storeNamed(w.owner, "North")
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		for _, other := range []string{"refund", "void"} {
			t.Run(fmt.Sprint(level, " ", other), func(t *testing.T) {
				w := w.in(t)
				got, err := w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, sold("10", "")))
				must(t, err)
				old := w.begin(level)
				defer func() { _ = old.Rollback(ctx) }()
				if other == "refund" {
					_, err = w.SalesRecord(ctx, w.owner, bulk(store, allOrNothing, refundOf(got.IDs[0], "6")))
				} else {
					_, err = w.SaleVoid(ctx, w.owner, got.IDs[0], nil)
				}
				must(t, err)
				_, err = old.Exec(ctx, `INSERT INTO canonical.sales (organization_id, store_id, kind, occurred_at, currency, amount, refunded_sale_id)
					VALUES ($1, $2, 'refund', now(), 'AUD', 600, $3)`, w.owner.OrganizationID, store.Key, got.IDs[0])
				must(t, err)
				err = old.Commit(ctx)
				rule := map[string]string{"refund": "sales_refunds_within_sale", "void": "sales_refunded_sale_live"}[other]
				if level == pgx.RepeatableRead && !lostRace(err) || level == pgx.ReadCommitted && constraintOf(err) != rule {
					t.Errorf("%v", err)
				}
			})
		}
	}
}
