package canonical_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"daybook/canonical"
	"daybook/graph/model"
)

// The same refund of all of a sale, sent twice at once, is recorded once and known once.
func TestSameSaleRefundAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	for round := range 15 {
		sold, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, sold("5", "")))
		must(t, err)
		back := refundOf(sold.IDs[0], "5")
		back.ExternalRef = some(fmt.Sprint("back ", round))
		var answers [2]canonical.SalesRecorded
		var all errgroup.Group
		for i := range answers {
			all.Go(func() (err error) {
				answers[i], err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, back))
				return err
			})
		}
		must(t, all.Wait())
		if answers[0].IDs[0] != answers[1].IDs[0] || answers[0].Recorded+answers[1].Recorded != 1 || answers[0].Known+answers[1].Known != 1 {
			t.Fatalf("round %d: %+v", round, answers)
		}
		back.ExternalRef = some(fmt.Sprint("another ", round))
		_, err = w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, back))
		wantMistakes(t, err, "sales.0.amount EXCEEDS")
	}
}

// Of two refunds of all of a payment, sent at once, one is recorded and the other told that nothing is left; those that name no
// payment are both recorded, and give back no more than there was.
func TestPaymentRefundsAtOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada := w.person(w.owner, "Ada")
	for round := range 20 {
		paid, err := w.pay(w.owner, ada, "10")
		must(t, err)
		in := model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("10"), Direction: some(model.PaymentDirectionOut)}
		if round < 15 {
			in.RefundOf = some(model.ID{Type: "Payment", Key: paid})
		}
		var errs [2]error
		var ids [2]int64
		var all errgroup.Group
		for i := range errs {
			all.Go(func() error {
				ids[i], errs[i] = w.PaymentRecord(ctx, w.owner, in)
				return nil
			})
		}
		must(t, all.Wait())
		switch {
		case round >= 15:
			must(t, errs[0])
			must(t, errs[1])
			_, err := w.PaymentVoid(ctx, w.owner, ids[0], nil) // so that the next round's payment covers no credit
			must(t, err)
			_, err = w.PaymentVoid(ctx, w.owner, ids[1], nil)
			must(t, err)
			_, err = w.PaymentVoid(ctx, w.owner, paid, nil)
			must(t, err)
		case errs[0] == nil:
			wantMistakes(t, errs[1], "amount EXCEEDS")
		default:
			must(t, errs[1])
			wantMistakes(t, errs[0], "amount EXCEEDS")
		}
		if over := one[int64](w, `SELECT count(*) FROM canonical.payments WHERE canonical.payment_used(organization_id, id) > amount`); over != 0 {
			t.Fatalf("round %d: more is given back than was paid", round)
		}
	}
	w.wantBooks(ctx)
}
