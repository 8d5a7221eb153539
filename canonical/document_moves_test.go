package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

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

// An invoice was dated too late and moves back: what had waited for it counts from the later of both days, and so does the
// difference of the rates of exchange. What was allocated while an earlier day was closed stays on its day.
func TestInvoiceMovedBeforeItsSettlement(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	ada, today := w.person(w.owner, "Ada"), w.today()
	document := func(kind model.DocumentKind, on model.Date, rate string) model.ID {
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(on), Currency: some("USD"), FxRate: some(dec(rate)),
			Items: []model.DocumentItemInput{line("Work", "1", "100")}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return model.ID{Type: "Invoice", Key: id}
	}
	pay := func(on model.Date, in ...model.PaymentAllocationInput) int64 {
		id, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("100"), PaidOn: some(on), Currency: some("USD"),
			FxRate: some(dec("1.5")), Allocations: graphql.OmittableOf(in)})
		must(t, err)
		return id
	}
	move := func(id model.ID, on model.Date) {
		_, err := w.DocumentUpdate(ctx, w.owner, model.DocumentKindInvoice, id.Key, nil, model.DocumentUpdateInput{IssuedOn: some(on), DueOn: some(on)})
		must(t, err)
	}
	day := func(table string, document model.ID) model.Date {
		return one[model.Date](w, `SELECT allocated_on FROM canonical.`+table+` WHERE document_id = $1`, document.Key)
	}

	late := document(model.DocumentKindInvoice, today.AddDays(20), "2")
	payment := pay(today.AddDays(-50), part(late, "60"))
	note := document(model.DocumentKindCreditNote, today.AddDays(-40), "2.5")
	_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note.Key, nil, []model.CreditAllocationInput{{DocumentID: late, Amount: dec("40")}})
	must(t, err)
	for _, c := range []struct{ to, paid, credited int }{{10, 10, 10}, {-45, -45, -40}, {-60, -50, -40}, {-30, -30, -30}} {
		move(late, today.AddDays(c.to))
		if paid, credited := day("payment_allocations", late), day("credit_allocations", late); paid != today.AddDays(c.paid) || credited != today.AddDays(c.credited) {
			t.Errorf("moved by %d: it is paid on %v and credited on %v", c.to, paid, credited)
		}
	}
	move(late, today.AddDays(-60))
	w.wantBooks(ctx)
	if n := one[int64](w, `SELECT sum(line.amount) FROM canonical.journal_lines AS line
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (line.organization_id, line.entry_id)
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE account.system_role = 'exchange' AND entry.posted_on = $1`, today.AddDays(-50)); n != 3000 {
		t.Errorf("the difference on the day of the payment is %d", n)
	}
	_, err = w.pool.Exec(ctx, `UPDATE canonical.payments SET paid_on = $2 WHERE id = $1`, payment, today.AddDays(-70))
	must(t, err)
	if got := day("payment_allocations", late); got != today.AddDays(-60) {
		t.Errorf("the payment moved to an earlier day: it counts from %v on", got)
	}

	// The payment's day is closed when it is allocated; the invoice then moves between that day and the lock's end and today.
	old, open := pay(today.AddDays(-80)), document(model.DocumentKindInvoice, today.AddDays(-5), "2")
	early := document(model.DocumentKindInvoice, today.AddDays(-75), "2")
	must(t, w.hardLock(today.AddDays(-71)))
	must(t, w.allocate(old, part(open, "50"), part(early, "20")))
	move(open, today.AddDays(-20))
	if got, kept := day("payment_allocations", open), day("payment_allocations", early); got != today.AddDays(-20) || kept != today {
		t.Errorf("behind the lock: %v and %v", got, kept)
	}
	w.wantBooks(ctx)
}
