package canonical_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// allocate replaces what a payment settles with in, at any version.
func (w *world) allocate(payment int64, in ...model.PaymentAllocationInput) error {
	w.t.Helper()
	_, err := w.PaymentAllocate(w.t.Context(), w.owner, payment, nil, in)
	return err
}

// settles returns what a payment settles: the place of each document in the order of creation, and the minor units.
func (w *world) settles(payment int64) string {
	w.t.Helper()
	return one[string](w, `SELECT coalesce(string_agg(document.made || ' ' || amount, ', ' ORDER BY document.made), '')
		FROM canonical.payment_allocations JOIN (SELECT id, rank() OVER (ORDER BY id) AS made FROM canonical.documents) AS document ON document.id = document_id
		WHERE payment_id = $1 AND ended_on IS NULL`, payment)
}

func (w *world) wantSettles(payment int64, want string) {
	w.t.Helper()
	if got := w.settles(payment); got != want {
		w.t.Errorf("payment %d settles %q, want %q", payment, got, want)
	}
}

// The credit of an early payment settles later invoices, and its set of allocations is replaced again and again.
func TestCreditSettlesALaterInvoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada, bob := t.Context(), w.person(w.owner, "Ada"), w.person(w.owner, "Bob")
	first := w.approved(w.owner, ada, "10")
	payment, err := w.pay(w.owner, ada, "15", part(first, "10"))
	must(t, err)
	later := w.approved(w.owner, ada, "20")
	// The new set can allocate the whole payment, and all of the first invoice that others have not paid.
	must(t, w.allocate(payment, part(later, "5"), part(first, "10")))
	w.wantSettles(payment, "1 1000, 2 500")
	must(t, w.allocate(payment, part(first, "10")))
	w.wantSettles(payment, "1 1000")
	must(t, w.allocate(payment, part(later, "15")))
	w.wantSettles(payment, "2 1500")

	// Other payments count, and all rules of a new payment hold; nothing of a set with a user error is saved.
	_, err = w.pay(w.owner, ada, "4", part(first, "4"))
	must(t, err)
	his, draft := w.approved(w.owner, bob, "10"), w.draft(w.owner, ada, "10")
	wantMistakes(t, w.allocate(payment, part(first, "6.01"), part(his, "1"), part(draft, "1"), part(first, "1"), part(later, "0"),
		part(model.ID{Type: "Person", Key: ada.Key}, "9"), model.PaymentAllocationInput{BillID: some(model.ID{Type: "Bill", Key: 1}), Amount: dec("1")}),
		"allocations.6.invoiceId REQUIRED", "allocations.6.billId INVALID", "allocations.0.amount EXCEEDS", "allocations.1.invoiceId INVALID",
		"allocations.2.invoiceId STATE", "allocations.3.invoiceId NOT_FOUND", "allocations.4.amount INVALID", "allocations.5.invoiceId NOT_FOUND",
		"allocations EXCEEDS")
	wantMistakes(t, w.allocate(payment, part(first, "6"), part(later, "9.01")), "allocations EXCEEDS")
	w.wantSettles(payment, "2 1500")
	must(t, w.allocate(payment, part(first, "6"), part(later, "9")))
	w.wantSettles(payment, "1 600, 2 900")
	w.wantPosted("Payment", payment, "1000 1500, 1100 -1500")
	if n := one[int](w, `SELECT count(*) FROM canonical.journal_entries WHERE (canonical_type, canonical_id) = ('Payment', $1)`, payment); n != 1 {
		t.Errorf("a payment in the base currency has %d entries", n)
	}

	// Without allocations the payment is a credit and the invoices are unpaid; a void payment settles nothing.
	must(t, w.allocate(payment))
	w.wantSettles(payment, "")
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, later.Key, nil)
	must(t, err)
	wantMistakes(t, w.allocate(payment, part(later, "1")), "allocations.0.invoiceId STATE")
	_, err = w.PaymentVoid(ctx, w.owner, payment, nil)
	must(t, err)
	wantMistakes(t, w.allocate(payment, part(first, "1")), "id STATE")
	wantMistakes(t, w.allocate(payment), "id STATE")
	w.wantBooks(ctx)
}

// A payment in each direction settles documents of its kind and no others.
func TestAllocationsOfEveryDirection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	invoice, bill, note := w.approved(w.owner, ada, "10"), w.bill(ada, line("Paper", "1", "10")), w.creditNote(ada, line("Broken", "1", "10"))
	back := w.creditOf(model.DocumentKindVendorCreditNote, ada, line("Torn", "1", "10"))
	parts := map[string]model.PaymentAllocationInput{
		"invoiceId":          part(invoice, "7"),
		"billId":             {BillID: some(model.ID{Type: "Bill", Key: bill}), Amount: dec("7")},
		"creditNoteId":       {CreditNoteID: some(model.ID{Type: "CreditNote", Key: note}), Amount: dec("7")},
		"vendorCreditNoteId": {VendorCreditNoteID: some(model.ID{Type: "VendorCreditNote", Key: back}), Amount: dec("7")},
	}
	for _, c := range []struct {
		settles, made string
		in            model.PaymentRecordInput
	}{
		{"invoiceId", "1", model.PaymentRecordInput{CustomerID: some(ada)}},
		{"billId", "2", model.PaymentRecordInput{VendorID: some(ada)}},
		{"creditNoteId", "3", model.PaymentRecordInput{CustomerID: some(ada), Direction: some(model.PaymentDirectionOut)}},
		{"vendorCreditNoteId", "4", model.PaymentRecordInput{VendorID: some(ada), Direction: some(model.PaymentDirectionIn)}},
	} {
		t.Run("settles "+c.settles, func(t *testing.T) {
			w := w.in(t)
			c.in.Amount = dec("8")
			payment, err := w.PaymentRecord(t.Context(), w.owner, c.in)
			must(t, err)
			for field, in := range parts {
				err := w.allocate(payment, in)
				switch field {
				case c.settles:
					must(t, err)
					w.wantSettles(payment, c.made+" 700")
				default:
					wantMistakes(t, err, "allocations.0."+c.settles+" REQUIRED", "allocations.0."+field+" INVALID")
				}
			}
			must(t, w.allocate(payment))
		})
	}
	w.wantBooks(t.Context())
}

// A payment in another currency settles each document at the document's rate.
func TestAllocationsOfAnotherCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("2503"), Currency: some("JPY"), FxRate: some(dec("0.012"))})
	must(t, err)
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: some("JPY"), FxRate: some(dec("0.01")),
		Items: []model.DocumentItemInput{line("Work", "1", "2003")}})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	const credit, settled = "1000 3004 (2503 JPY), 1100 -3004 (-2503 JPY)", "1000 3004 (2503 JPY), 1100 -2603 (-2503 JPY), 4900 -401 (0 JPY)"
	w.wantPosted("Payment", payment, credit)
	must(t, w.allocate(payment, part(model.ID{Type: "Invoice", Key: id}, "2003")))
	w.wantPosted("Payment", payment, settled)
	entries := func() int { return one[int](w, `SELECT count(*) FROM canonical.journal_entries`) }
	before := entries()
	must(t, w.allocate(payment, part(model.ID{Type: "Invoice", Key: id}, "2003")))
	if n := entries(); n != before {
		t.Errorf("the same set booked %d entries", n-before)
	}
	wantMistakes(t, w.allocate(payment, part(w.approved(w.owner, ada, "10"), "1")), "allocations.0.invoiceId INVALID")
	w.wantPosted("Payment", payment, settled)
	must(t, w.allocate(payment))
	w.wantPosted("Payment", payment, credit)
	w.wantBooks(ctx)
}

// Of several calls at one version one succeeds, so that no set is overwritten unseen.
func TestAllocationsConflict(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	invoices := []model.ID{w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10")}
	payment, err := w.pay(w.owner, ada, "10")
	must(t, err)
	note := w.creditNote(ada, line("Broken", "1", "10"))
	for name, c := range map[string]struct {
		table string
		id    int64
		do    func(version *int, invoice model.ID) (int64, error)
	}{
		"payment": {"payments", payment, func(version *int, invoice model.ID) (int64, error) {
			return w.PaymentAllocate(ctx, w.owner, payment, version, []model.PaymentAllocationInput{part(invoice, "4")})
		}},
		"credit note": {"documents", note, func(version *int, invoice model.ID) (int64, error) {
			return w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, version, []model.CreditAllocationInput{{DocumentID: invoice, Amount: dec("4")}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			version := func() int { return one[int](w, `SELECT version FROM canonical.`+c.table+` WHERE id = $1`, c.id) }
			read := version()
			_, err := c.do(&read, invoices[0])
			must(t, err)
			if v := version(); v != read+1 {
				t.Errorf("version %d after %d", v, read)
			}
			_, err = c.do(&read, invoices[1])
			wantMistakes(t, err, "expectedVersion CONFLICT")

			read = version()
			var wg sync.WaitGroup
			var made atomic.Int64
			for i := range 8 {
				wg.Go(func() {
					_, err := c.do(&read, invoices[i%2])
					if invalid, ok := errors.AsType[*canonical.Invalid](err); err == nil {
						made.Add(1)
					} else if !ok || len(invalid.Errors) != 1 || invalid.Errors[0].Path != "expectedVersion" {
						t.Errorf("%v", err)
					}
				})
			}
			wg.Wait()
			if made.Load() != 1 || version() != read+1 {
				t.Errorf("%d calls were made at one version, which is now %d after %d", made.Load(), version(), read)
			}
		})
	}
	if n := one[int](w, `SELECT count(*) FROM (SELECT FROM canonical.payment_allocations UNION ALL SELECT FROM canonical.credit_allocations) AS a`); n != 2 {
		t.Errorf("%d allocations", n)
	}
}

// Credits that are allocated at the same time, also together with new payments and SQL statements, never settle more than
// is available or due.
func TestConcurrentCreditsNeverExceed(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	invoices := []model.ID{w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10")}
	payments := make([]int64, 3)
	for i := range payments {
		id, err := w.pay(w.owner, ada, "9")
		must(t, err)
		payments[i] = id
	}
	var made atomic.Int64
	step := func() error {
		payment, a := payments[rand.IntN(len(payments))], rand.IntN(2)
		switch rand.IntN(6) {
		case 0: // both, in either order
			return w.allocate(payment, part(invoices[a], "5"), part(invoices[1-a], "4"))
		case 1:
			return w.allocate(payment)
		case 2:
			_, err := w.pay(w.owner, ada, "1", part(invoices[a], "0.5"))
			return err
		case 3:
			_, err := w.application.Exec(ctx, `INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount) VALUES ($1, $2, $3, 450)`, w.owner.OrganizationID, payment, invoices[a].Key)
			return err
		default:
			return w.allocate(payment, part(invoices[a], "9"))
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				switch err := step(); {
				case err == nil:
					made.Add(1)
				case !expected(err):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := one[int](w, `SELECT count(*) FROM (
		SELECT FROM canonical.payment_allocations JOIN canonical.payments ON payments.id = payment_id GROUP BY payment_id, payments.amount HAVING sum(payment_allocations.amount) > payments.amount UNION ALL
		SELECT FROM canonical.payment_allocations GROUP BY document_id HAVING sum(amount) > 1000) AS exceeded`); n != 0 {
		t.Errorf("%d payments or invoices exceeded", n)
	}
	if made.Load() < 20 {
		t.Errorf("only %d allocations were made: nothing was contended", made.Load())
	}
	w.wantBooks(ctx)
}

// Two concurrent calls allocate one credit to an invoice each, and only one succeeds.
func TestOneCreditForTwoInvoices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	invoices := []model.ID{w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10")}
	payment, err := w.pay(w.owner, ada, "10")
	must(t, err)
	for range 10 {
		var wg sync.WaitGroup
		for _, invoice := range invoices {
			wg.Go(func() {
				if err := w.allocate(payment, part(invoice, "10")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := w.settles(payment); got != "1 1000" && got != "2 1000" { // the later call replaced what the earlier one made
			t.Errorf("the credit of 10 settles %q", got)
		}
		must(t, w.allocate(payment))
	}
}
