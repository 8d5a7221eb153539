package canonical_test

import (
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

// closedWorld is a world with days before and after the end of a lock, and with records in one currency.
type closedWorld struct {
	*world
	party                             model.ID
	issued, paid, locked, open, today model.Date
	currency                          string
	rates                             [2]string // of what is issued, and of what is paid
}

// inCurrencies runs a test in the base currency, and in another one at two rates.
func inCurrencies(t *testing.T, test func(closedWorld)) {
	t.Parallel()
	for currency, rates := range map[string][2]string{"AUD": {"1", "1"}, "USD": {"2", "1.5"}} {
		t.Run(currency, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			today := w.today()
			test(closedWorld{world: w, party: w.person(w.owner, "Ada"), today: today, currency: currency, rates: rates,
				issued: today.AddDays(-40), paid: today.AddDays(-36), locked: today.AddDays(-10), open: today.AddDays(-3)})
		})
	}
}

func (w closedWorld) document(kind model.DocumentKind, on model.Date, amount string) model.ID {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), w.owner, kind, model.DocumentCreateInput{PartyID: w.party, IssuedOn: some(on),
		Currency: some(w.currency), FxRate: some(dec(w.rates[0])), Items: []model.DocumentItemInput{line("Work", "1", amount)}})
	must(w.t, err)
	_, err = w.DocumentApprove(w.t.Context(), w.owner, kind, id, nil)
	must(w.t, err)
	return model.ID{Type: kind.Node(), Key: id}
}

func (w closedWorld) payment(direction model.PaymentDirection, on model.Date, amount string, parts ...model.PaymentAllocationInput) int64 {
	w.t.Helper()
	id, err := w.PaymentRecord(w.t.Context(), w.owner, model.PaymentRecordInput{CustomerID: some(w.party), Direction: some(direction), PaidOn: some(on),
		Amount: dec(amount), Currency: some(w.currency), FxRate: some(dec(w.rates[1])), Allocations: graphql.OmittableOf(parts)})
	must(w.t, err)
	return id
}

func (w closedWorld) void(kind model.DocumentKind, id model.ID) {
	w.t.Helper()
	_, err := w.DocumentVoid(w.t.Context(), w.owner, kind, id.Key, nil)
	must(w.t, err)
}

// wantOpen checks what is due, unallocated and not yet applied of credit notes, in the records' currency, at the end of closed
// days after the payment and of open days before today, which must be the same; and today. On each, the ageing in the base
// currency is what is booked on the control account, and the trial balance is balanced. The books are verified.
func (w closedWorld) wantOpen(before, now string) {
	w.t.Helper()
	ctx := w.t.Context()
	tx, err := snapshot(ctx, w.pool)
	must(w.t, err)
	defer func() { must(w.t, tx.Rollback(ctx)) }()
	books := reports.Books{Reader: &projection.Reader{DB: tx, OrganizationID: w.owner.OrganizationID, Mode: projection.Exact}, Currency: "AUD"}
	for _, day := range []model.Date{w.issued.AddDays(-1), w.issued, w.paid.AddDays(-1), w.paid, w.locked, w.locked.AddDays(1), w.today.AddDays(-1), w.today} {
		report, err := books.ReceivablesAgeing(ctx, &day, 10)
		must(w.t, err)
		var booked, balance int64
		must(w.t, tx.QueryRow(ctx, `SELECT coalesce(sum(line.amount) FILTER (WHERE account.system_role = 'receivable'), 0), coalesce(sum(line.amount), 0)
			FROM canonical.journal_lines AS line
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			WHERE line.posted_on <= $1`, day).Scan(&booked, &balance))
		if want := model.FromMinor(booked, "AUD"); report.InBase.Net.Amount.Cmp(want.Amount.Decimal) != 0 || balance != 0 {
			w.t.Errorf("on %s %s are open and %s booked; the trial balance is %d", day, report.InBase.Net.Amount, want.Amount, balance)
		}
		got, want := "0 0 0", before
		if len(report.Totals) > 0 {
			sum := report.Totals[0]
			got = fmt.Sprintf("%s %s %s", sum.Total.Amount, sum.Unallocated.Amount, sum.UnappliedCredits.Amount)
		}
		if day == w.today {
			want = now
		}
		if day.Compare(w.paid.Time) >= 0 && got != want {
			w.t.Errorf("on %s, of %s: %s are open, want %s", day, w.today, got, want)
		}
	}
	_, err = canonical.BooksVerify(ctx, tx, func(_ int64, difference string) { w.t.Error(difference) })
	must(w.t, err)
	w.wantBooks(ctx)
}

// exchanged returns the differences of exchange that are booked on a day, in minor units of the base currency.
func (w closedWorld) exchanged(on model.Date) int64 {
	w.t.Helper()
	return one[int64](w.world, `SELECT coalesce(sum(line.amount), 0)::bigint FROM canonical.journal_lines AS line
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE account.system_role = 'exchange' AND line.posted_on = $1`, on)
}

// shown returns the minor units of what a document is paid by payments in the read model, row by row.
func (w closedWorld) shown(document model.ID) string {
	w.t.Helper()
	return one[string](w.world, `SELECT coalesce(string_agg(amount::text, ' ' ORDER BY allocation_id), '') FROM source.document_payments WHERE document_id = $1`, document.Key)
}

// What a payment paid on a closed day is taken back: it ends today, and can be allocated again.
func TestPaymentTakenBackFromAClosedDay(t *testing.T) {
	inCurrencies(t, func(w closedWorld) {
		invoice := w.document(model.DocumentKindInvoice, w.issued, "100")
		payment := w.payment(model.PaymentDirectionIn, w.paid, "100", part(invoice, "100"))
		w.wantOpen("0 0 0", "0 0 0")
		must(w.t, w.hardLock(w.locked))
		must(w.t, w.allocate(payment))
		w.wantOpen("0 0 0", "100 100 0")
		if got := w.shown(invoice); got != "" {
			w.t.Errorf("the invoice is paid by %s", got)
		}
		must(w.t, w.allocate(payment, part(invoice, "70")))
		w.wantOpen("0 0 0", "30 30 0")
		must(w.t, w.allocate(payment)) // of an open day: it has never been
		w.wantOpen("0 0 0", "100 100 0")
		if n := one[int](w.world, `SELECT count(*) FROM canonical.payment_allocations`); n != 1 {
			w.t.Errorf("%d allocations are kept", n)
		}
		// Another invoice, of an open day, gets what the first one has given up: from today on, not from its day on.
		other := w.document(model.DocumentKindInvoice, w.open, "100")
		must(w.t, w.allocate(payment, part(other, "100")))
		if on := one[model.Date](w.world, `SELECT allocated_on FROM canonical.payment_allocations WHERE document_id = $1`, other.Key); on != w.today {
			w.t.Errorf("the other invoice is paid on %s", on)
		}
		w.wantBooks(w.t.Context())
		must(w.t, w.allocate(payment))
		w.void(model.DocumentKindInvoice, other)
		w.void(model.DocumentKindInvoice, invoice)
		w.wantOpen("0 0 0", "0 100 0")
		_, err := w.PaymentVoid(w.t.Context(), w.owner, payment, nil)
		must(w.t, err)
		w.wantOpen("0 0 0", "0 0 0")
	})
}

// What a credit note reduced on a closed day is lowered, and taken back.
func TestCreditTakenBackFromAClosedDay(t *testing.T) {
	inCurrencies(t, func(w closedWorld) {
		invoice, note := w.document(model.DocumentKindInvoice, w.issued, "100"), w.document(model.DocumentKindCreditNote, w.paid, "100")
		allocate := func(amounts ...string) {
			w.t.Helper()
			var list []model.CreditAllocationInput
			for _, amount := range amounts {
				list = append(list, model.CreditAllocationInput{DocumentID: invoice, Amount: dec(amount)})
			}
			_, err := w.CreditNoteAllocate(w.t.Context(), w.owner, model.DocumentKindCreditNote, note.Key, nil, list)
			must(w.t, err)
		}
		allocate("60")
		must(w.t, w.hardLock(w.locked))
		allocate("90")
		w.wantOpen("40 0 40", "10 0 10")
		allocate("50")
		w.wantOpen("40 0 40", "50 0 50")
		allocate()
		w.wantOpen("40 0 40", "100 0 100")
		if n := one[int](w.world, `SELECT count(*) FROM source.credit_allocations`); n != 0 {
			w.t.Errorf("%d credits are shown", n)
		}
		allocate("20")
		w.void(model.DocumentKindCreditNote, note) // the one that counts from today has never been, the other one has ended
		w.wantOpen("40 0 40", "100 0 0")
		w.void(model.DocumentKindInvoice, invoice)
		w.wantOpen("40 0 40", "0 0 0")
	})
}

// More of a document is paid, and less, after the day was closed on which a part of it was paid.
func TestAllocationOfAClosedDayChanges(t *testing.T) {
	inCurrencies(t, func(w closedWorld) {
		invoice := w.document(model.DocumentKindInvoice, w.issued, "100")
		payment := w.payment(model.PaymentDirectionIn, w.paid, "100", part(invoice, "50"))
		must(w.t, w.hardLock(w.locked))
		const before = "50 50 0"
		for _, c := range []struct {
			amount, now, shown string
			exchanged          int64 // what is settled today in minor units of USD, at a loss of half of it
		}{
			{"80", "20 20 0", "50.00 30.00", 3000}, {"80", "20 20 0", "50.00 30.00", 3000}, {"60", "40 40 0", "50.00 10.00", 1000},
			{"50", before, "50.00", 0}, {"100", "0 0 0", "50.00 50.00", 5000}, {"40", "60 60 0", "40.00", -1000},
			{"90", "10 10 0", "90.00", 4000},
		} {
			must(w.t, w.allocate(payment, part(invoice, c.amount)))
			w.wantOpen(before, c.now)
			if got := w.shown(invoice); got != c.shown {
				w.t.Errorf("of %s the invoice is paid by %s", c.amount, got)
			}
			if w.currency == "USD" && (w.exchanged(w.paid) != 2500 || w.exchanged(w.today) != c.exchanged/2) {
				w.t.Errorf("of %s, %d and today %d are exchange differences", c.amount, w.exchanged(w.paid), w.exchanged(w.today))
			}
		}
		wantMistakes(w.t, w.allocate(payment, part(invoice, "100.01")), "allocations.0.amount EXCEEDS", "allocations EXCEEDS")
		_, err := w.PaymentVoid(w.t.Context(), w.owner, payment, nil)
		must(w.t, err)
		w.wantOpen(before, "100 0 0")
		w.void(model.DocumentKindInvoice, invoice)
		w.wantOpen(before, "0 0 0")
	})
}

// What a refund gave back on a closed day comes back today, where the refund settles a credit note instead.
func TestRefundOfAClosedDayChanges(t *testing.T) {
	inCurrencies(t, func(w closedWorld) {
		note := w.document(model.DocumentKindCreditNote, w.issued, "60")
		payment := w.payment(model.PaymentDirectionIn, w.issued, "100")
		refund := w.payment(model.PaymentDirectionOut, w.paid, "60")
		must(w.t, w.hardLock(w.locked))
		const before = "0 40 60"
		w.wantOpen(before, before)
		settles := model.PaymentAllocationInput{CreditNoteID: some(note), Amount: dec("60")}
		settles.Amount = dec("25")
		must(w.t, w.allocate(refund, settles))
		w.wantOpen(before, "0 65 35") // it gives back 35 from today on
		if got := one[string](w.world, `SELECT string_agg(amount::text, ' ') FROM source.payment_refunds`); got != "35.00" {
			w.t.Errorf("the refund gives back %s", got)
		}
		must(w.t, w.allocate(refund))
		w.wantOpen(before, before)
		settles.Amount = dec("60")
		must(w.t, w.allocate(refund, settles))
		w.wantOpen(before, "0 100 0")
		must(w.t, w.allocate(refund))
		w.wantOpen(before, before)
		_, err := w.PaymentVoid(w.t.Context(), w.owner, refund, nil)
		must(w.t, err)
		w.wantOpen(before, "0 100 60")
		_, err = w.PaymentVoid(w.t.Context(), w.owner, payment, nil)
		must(w.t, err)
		w.void(model.DocumentKindCreditNote, note)
		w.wantOpen(before, "0 0 0")
	})
}

// A soft lock keeps a day as a hard one does, but not from whoever passes it. Once it is lifted, what was made because of it moves with
// the invoice, and what had ended by then has never been.
func TestAllocationOfASoftlyLockedDay(t *testing.T) {
	inCurrencies(t, func(w closedWorld) {
		ctx := w.t.Context()
		lock := func(until graphql.Omittable[*model.Date]) {
			_, err := w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: until})
			must(w.t, err)
		}
		invoice := w.document(model.DocumentKindInvoice, w.issued, "100")
		payment := w.payment(model.PaymentDirectionIn, w.paid, "100", part(invoice, "50"))
		lock(some(w.locked))
		must(w.t, w.allocate(payment, part(invoice, "80")))
		w.wantOpen("50 50 0", "20 20 0")
		must(w.t, w.allocate(payment, part(invoice, "30")))
		w.wantOpen("50 50 0", "70 70 0")
		other := w.owner
		other.PassSoftLock = true
		_, err := w.PaymentAllocate(ctx, other, payment, nil, []model.PaymentAllocationInput{part(invoice, "50")})
		must(w.t, err)
		w.wantOpen("50 50 0", "50 50 0") // not from the day of the payment on: there, 50 were paid already

		lock(null[model.Date]())
		_, err = w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice.Key, nil, model.DocumentUpdateInput{IssuedOn: some(w.today), DueOn: some(w.today)})
		must(w.t, err)
		w.wantOpen("0 100 0", "50 50 0")
		if n := one[int](w.world, `SELECT count(ended_on) FROM canonical.payment_allocations`); n != 0 {
			w.t.Errorf("%d allocations have ended", n)
		}
	})
}
