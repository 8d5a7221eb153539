package canonical_test

import (
	"testing"

	"daybook/graph/model"
)

// An invoice moves to a day on which a credit note that reduced it had been voided already: the credit has never been.
func TestInvoiceMovedBehindAnEndedCredit(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada, today := w.person(w.owner, "Ada"), w.today()
	document := func(kind model.DocumentKind, on model.Date, currency, rate string) int64 {
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(on), Currency: some(currency), FxRate: some(dec(rate)),
			Items: []model.DocumentItemInput{line("Work", "1", "1000")}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return id
	}
	moves := map[int64]model.Date{}
	var notes []int64
	for currency, rates := range map[string][2]string{"AUD": {"1", "1"}, "JPY": {"0.0123", "0.0134"}} {
		for _, to := range []model.Date{today, today.AddDays(1), today.AddDays(-3)} {
			invoice := document(model.DocumentKindInvoice, today.AddDays(-5), currency, rates[0])
			note := document(model.DocumentKindCreditNote, today.AddDays(-10), currency, rates[1])
			_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil,
				[]model.CreditAllocationInput{{DocumentID: model.ID{Type: "Invoice", Key: invoice}, Amount: dec("300")}})
			must(t, err)
			moves[invoice], notes = to, append(notes, note)
		}
	}
	must(t, w.hardLock(today.AddDays(-8)))
	for _, note := range notes {
		_, err := w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, note, nil)
		must(t, err)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.credit_allocations WHERE ended_on = $1`, today); n != 6 {
		t.Fatalf("%d credits have ended", n)
	}
	for invoice, to := range moves {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, invoice, nil, model.DocumentUpdateInput{IssuedOn: some(to), DueOn: some(to)})
		must(t, err)
	}
	if n := one[int](w, `SELECT count(*) FROM canonical.credit_allocations WHERE allocated_on = $1`, today.AddDays(-3)); n != 2 || one[int](w, `SELECT count(*) FROM canonical.credit_allocations`) != 2 {
		t.Errorf("%d credits count from the day of the moved invoice on", n)
	}
	w.wantBooks(ctx)
}
