package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// left is what of each payment is neither allocated nor given back, in minor units, in the order of the payments.
func (w *world) left() string {
	w.t.Helper()
	return one[string](w, `SELECT string_agg((amount - canonical.payment_used(organization_id, id))::text, ' ' ORDER BY id)
		FROM canonical.payments WHERE voided_at IS NULL`)
}

// Money that was given back pays nothing any more, whether the refund names the payment or not.
func TestRefund(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, bob := t.Context(), w.person(w.owner, "Ada"), w.person(w.owner, "Bob")
	pay := func(customer model.ID, amount string, out bool, of *model.ID, allocations ...model.PaymentAllocationInput) (int64, error) {
		in := model.PaymentRecordInput{CustomerID: some(customer), Amount: dec(amount), Allocations: graphql.OmittableOf(allocations)}
		if out {
			in.Direction = some(model.PaymentDirectionOut)
		}
		if of != nil {
			in.RefundOf = graphql.OmittableOf(of)
		}
		return w.PaymentRecord(ctx, w.owner, in)
	}
	first, err := pay(ada, "100", false, nil)
	must(t, err)
	second, err := pay(ada, "50", false, nil)
	must(t, err)
	id := func(key int64) *model.ID { return &model.ID{Type: "Payment", Key: key} }

	refund, err := pay(ada, "20", true, id(second))
	must(t, err)
	if got := w.left(); got != "10000 3000 0" {
		t.Errorf("left %s", got)
	}
	_, err = pay(ada, "120", true, nil) // the oldest first
	must(t, err)
	if got := w.left(); got != "0 1000 0 0" {
		t.Errorf("left %s", got)
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"more than is left": {errorOf(pay(ada, "11", true, id(second))), "invalid input: amount: only 10 of the payment is left"},
		"of somebody else":  {errorOf(pay(bob, "1", true, id(second))), "invalid input: refundOf: is no live payment of the other direction with the same party in AUD"},
		"same direction":    {errorOf(pay(ada, "1", false, id(second))), "invalid input: refundOf: is no live payment of the other direction with the same party in AUD"},
		"no payment":        {errorOf(pay(ada, "1", true, &ada)), "invalid input: refundOf: does not exist"},
		"a payment that was given back is void": {errorOf(w.PaymentVoid(ctx, w.owner, first, nil)),
			"invalid input: id: the payment was given back: void the refund first"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%s: %v", name, c.err)
		}
	}

	invoice := w.invoice(ada, "100")
	_, err = w.PaymentAllocate(ctx, w.owner, first, nil, []model.PaymentAllocationInput{part(invoice, "100")})
	if err == nil || err.Error() != "invalid input: allocations: more is allocated than there is" {
		t.Errorf("money given back pays: %v", err)
	}
	_, err = w.PaymentVoid(ctx, w.owner, refund, nil)
	must(t, err)
	if got := w.left(); got != "0 3000 0" {
		t.Errorf("left %s", got)
	}

	// A refund that is too large is owed by the customer, and what they pay next gives it back.
	_, err = pay(bob, "4.60", true, nil)
	must(t, err)
	_, err = pay(bob, "10", false, nil)
	must(t, err)
	if got := w.left(); got != "0 3000 0 0 540" {
		t.Errorf("left %s", got)
	}
	if got := w.receivables(); got != "6460" { // the invoice, less the rest of the second payment and what Bob has paid
		t.Errorf("receivables %s", got)
	}
}

// invoice approves an invoice of one item in the base currency.
func (w *world) invoice(customer model.ID, total string) model.ID {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: customer,
		Items: []model.DocumentItemInput{line("Work", "1", total)}})
	must(w.t, err)
	_, err = w.DocumentApprove(w.t.Context(), w.owner, model.DocumentKindInvoice, id, nil)
	must(w.t, err)
	return model.ID{Type: "Invoice", Key: id}
}

func errorOf(_ int64, err error) error { return err }
