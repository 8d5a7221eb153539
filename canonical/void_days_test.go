package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// TestVoidOfAClosedDay voids a record of each kind after the books were closed for its day, in the base currency and in
// another one, settled and not: the closed period stays as it was, and the void is booked today.
func TestVoidOfAClosedDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	today := w.today()
	early, old := some(today.AddDays(-20)), some(today.AddDays(-10))
	document := func(kind model.DocumentKind, day graphql.Omittable[*model.Date], currency, rate, price string) int64 {
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ada, IssuedOn: day, Currency: some(currency), FxRate: some(dec(rate)),
			Items: []model.DocumentItemInput{line("Work", "1", price)}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return id
	}
	pay := func(currency, rate, amount string, to int64) int64 {
		id, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), PaidOn: old, Currency: some(currency), FxRate: some(dec(rate)), Amount: dec(amount),
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{part(model.ID{Type: "Invoice", Key: to}, amount)})})
		must(t, err)
		return id
	}
	do := map[string]func() (int64, error){}
	for currency, rates := range map[string][3]string{"AUD": {"1", "1", "1"}, "JPY": {"0.0123", "0.0134", "0.0145"}} {
		invoice := document(model.DocumentKindInvoice, early, currency, rates[0], "1000")
		note := document(model.DocumentKindCreditNote, old, currency, rates[1], "301")
		_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: model.ID{Type: "Invoice", Key: invoice}, Amount: dec("299")}})
		must(t, err)
		payment := pay(currency, rates[2], "333", invoice)
		pay(currency, rates[1], "334", invoice)
		bill, free := document(model.DocumentKindBill, old, currency, rates[0], "77"), document(model.DocumentKindInvoice, old, currency, rates[0], "55")
		do[currency+" credit note"] = func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, note, nil) }
		do[currency+" payment"] = func() (int64, error) { return w.PaymentVoid(ctx, w.owner, payment, nil) }
		do[currency+" bill"] = func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindBill, bill, nil) }
		do[currency+" invoice"] = func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, free, nil) }
	}
	income, err := w.MoneyEntryCreate(ctx, w.owner, model.MoneyEntryKindIncome, model.MoneyEntryCreateInput{AccountID: w.account(w.owner, "4100"), OccurredOn: old, Amount: dec("5")})
	must(t, err)
	transfer, err := w.TransferCreate(ctx, w.owner, model.TransferCreateInput{FromAccountID: w.account(w.owner, "1000"), ToAccountID: w.account(w.owner, "1010"), OccurredOn: old, Amount: dec("5")})
	must(t, err)
	do["income"] = func() (int64, error) { return w.MoneyEntryVoid(ctx, w.owner, model.MoneyEntryKindIncome, income, nil) }
	do["transfer"] = func() (int64, error) { return w.TransferVoid(ctx, w.owner, transfer, nil) }
	_, err = w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{HardLockedUntil: some(today.AddDays(-1))})
	must(t, err)
	const closed = `SELECT md5(string_agg(line::text, ';' ORDER BY line.id)) || count(*) FROM canonical.journal_lines AS line WHERE posted_on < $1`
	before := one[string](w, closed, today)
	for name, void := range do {
		if _, err := void(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := one[string](w, closed, today); after != before {
		t.Errorf("the closed period changed: %s, %s", before, after)
	}
	if n := one[int](w, `SELECT (SELECT count(voided_on) FROM canonical.documents WHERE voided_on = $1) + (SELECT count(*) FROM canonical.payments WHERE voided_on = $1)
		+ (SELECT count(*) FROM canonical.money_entries WHERE voided_on = $1) + (SELECT count(*) FROM canonical.transfers WHERE voided_on = $1)`, today); n != len(do) {
		t.Errorf("%d of %d voids are booked today", n, len(do))
	}
	// What is left are two invoices with a payment each: 334.00 and 4.48 in the bank, 666.00 and 8.19 are open.
	const want = "1000 33848, 1100 67419, 4000 -101230, 4900 -37"
	got := one[string](w, `SELECT string_agg(code || ' ' || amount, ', ' ORDER BY code) FROM (
			SELECT account.code, sum(line.amount) AS amount FROM canonical.journal_lines AS line
			JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
			GROUP BY account.code HAVING sum(line.amount) <> 0) AS open`)
	if got != want {
		t.Errorf("the books have %s, want %s", got, want)
	}
	for range 8 { // each looks at other days
		w.wantBooks(ctx)
	}
	// A void of an open day leaves nothing, as ever.
	id := document(model.DocumentKindInvoice, some(today), "AUD", "1", "10")
	_, err = w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	if one[bool](w, `SELECT voided_on IS NOT NULL FROM canonical.documents WHERE id = $1`, id) {
		t.Error("a void of an open day has a day of its own")
	}
	w.wantBooks(ctx)
}

// TestVoidOfWhatWasSettled voids, while the books are locked, what settles a record, and later, while they are open, the
// record itself: on the days between, the ageing equals what is booked.
func TestVoidOfWhatWasSettled(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	today := w.today()
	early, old := some(today.AddDays(-20)), some(today.AddDays(-10))
	document := func(kind model.DocumentKind, currency, rate string) int64 {
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: ada, IssuedOn: early, Currency: some(currency), FxRate: some(dec(rate)),
			Items: []model.DocumentItemInput{line("Work", "1", "1000")}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return id
	}
	pay := func(direction model.PaymentDirection, day graphql.Omittable[*model.Date], currency, rate string, change func(*model.PaymentRecordInput)) int64 {
		in := model.PaymentRecordInput{CustomerID: some(ada), PaidOn: day, Direction: some(direction), Currency: some(currency), FxRate: some(dec(rate)), Amount: dec("700")}
		change(&in)
		id, err := w.PaymentRecord(ctx, w.owner, in)
		must(t, err)
		return id
	}
	var first, then []func() (int64, error)
	for currency, rates := range map[string][2]string{"AUD": {"1", "1"}, "JPY": {"0.0123", "0.0134"}} {
		note := document(model.DocumentKindCreditNote, currency, rates[0])
		back := pay(model.PaymentDirectionOut, old, currency, rates[1], func(in *model.PaymentRecordInput) {
			in.Allocations = graphql.OmittableOf([]model.PaymentAllocationInput{{CreditNoteID: some(model.ID{Type: "CreditNote", Key: note}), Amount: dec("700")}})
		})
		advance := pay(model.PaymentDirectionIn, early, currency, rates[0], func(*model.PaymentRecordInput) {})
		returned := pay(model.PaymentDirectionOut, old, currency, rates[1], func(in *model.PaymentRecordInput) { in.RefundOf = some(model.ID{Type: "Payment", Key: advance}) })
		invoice, credit := document(model.DocumentKindInvoice, currency, rates[0]), document(model.DocumentKindCreditNote, currency, rates[1])
		_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, credit, nil, []model.CreditAllocationInput{{DocumentID: model.ID{Type: "Invoice", Key: invoice}, Amount: dec("299")}})
		must(t, err)
		first = append(first,
			func() (int64, error) { return w.PaymentVoid(ctx, w.owner, back, nil) },
			func() (int64, error) { return w.PaymentVoid(ctx, w.owner, returned, nil) },
			func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, credit, nil) })
		then = append(then,
			func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindCreditNote, note, nil) },
			func() (int64, error) { return w.PaymentVoid(ctx, w.owner, advance, nil) },
			func() (int64, error) { return w.DocumentVoid(ctx, w.owner, model.DocumentKindInvoice, invoice, nil) })
	}
	all := func(locked graphql.Omittable[*model.Date], voids []func() (int64, error)) {
		_, err := w.PeriodLock(ctx, w.owner, nil, model.PeriodLockInput{SoftLockedUntil: locked})
		must(t, err)
		for i, void := range voids {
			if _, err := void(); err != nil {
				t.Errorf("void %d: %v", i, err)
			}
			for range 3 { // each looks at other days
				w.wantBooks(ctx)
			}
		}
	}
	all(some(today.AddDays(-1)), first)
	all(null[model.Date](), then)
	if n := one[int](w, `SELECT (SELECT count(*) FROM canonical.documents WHERE voided_on IS NULL) + (SELECT count(*) FROM canonical.payments WHERE voided_on IS NULL)`); n > 0 {
		t.Errorf("%d voids are not booked today", n)
	}
}
