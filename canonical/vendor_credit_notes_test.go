package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// A credit note of a vendor is a bill the other way round: it takes from what is owed to the vendor, from purchases and from
// the tax paid on them, reduces bills, and is paid back.
func TestVendorCreditNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, vera, other, gst := t.Context(), w.person(w.owner, "Vera"), w.person(w.owner, "Wim"), w.taxRate(w.owner, "GST", "10")
	taxed := line("Torn paper", "2", "10")
	taxed.TaxRateIds = graphql.OmittableOf([]model.ID{gst})
	const kind = model.DocumentKindVendorCreditNote
	note := w.creditOf(kind, vera, taxed)
	w.wantPosted("VendorCreditNote", note, "1350 -200, 2000 2200, 5000 -2000")
	if got := one[string](w, `SELECT number || ' ' || due || ' ' || payment_state FROM source.document_summaries WHERE document_id = $1`, note); got != "VCN-0001 22.00 UNPAID" {
		t.Errorf("the note is %s", got)
	}
	bill, invoice := w.bill(vera, line("Paper", "1", "15")), w.approved(w.owner, vera, "15")
	theirs := w.bill(other, line("Paper", "1", "15"))
	allocate := func(id model.ID, amount string) error {
		_, err := w.CreditNoteAllocate(ctx, w.owner, kind, note, nil, []model.CreditAllocationInput{{DocumentID: id, Amount: dec(amount)}})
		return err
	}
	wantMistakes(t, allocate(invoice, "1"), "allocations.0.billId NOT_FOUND")
	wantMistakes(t, allocate(model.ID{Type: "Bill", Key: theirs}, "1"), "allocations.0.billId INVALID")
	wantMistakes(t, allocate(model.ID{Type: "Bill", Key: bill}, "15.01"), "allocations.0.amount EXCEEDS")
	must(t, allocate(model.ID{Type: "Bill", Key: bill}, "12"))
	_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, nil)
	wantMistakes(t, err, "id NOT_FOUND")

	back := model.PaymentRecordInput{VendorID: some(vera), Direction: some(model.PaymentDirectionIn), Amount: dec("10"),
		Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{{VendorCreditNoteID: some(model.ID{Type: "VendorCreditNote", Key: note}), Amount: dec("10")}})}
	payment, err := w.PaymentRecord(ctx, w.owner, back)
	must(t, err)
	w.wantPosted("Payment", payment, "1000 1000, 2000 -1000")
	_, err = w.PaymentRecord(ctx, w.owner, back)
	wantMistakes(t, err, "allocations.0.amount EXCEEDS")
	balances := func() string {
		return one[string](w, `SELECT string_agg(concat_ws(' ', party_name, round(receivable, 2), round(payable, 2), round(unallocated_out, 2), round(unapplied_vendor_credits, 2), round(net_payable, 2)), '; ' ORDER BY party_name) FROM source.party_balances WHERE store_id = -1`)
	}
	if got, want := balances(), "Vera 15.00 3.00 0.00 0.00 3.00; Wim 0.00 15.00 0.00 0.00 15.00"; got != want {
		t.Errorf("balances %s, want %s", got, want)
	}
	w.wantBooks(ctx)
	_, err = w.DocumentVoid(ctx, w.owner, kind, note, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.PaymentVoid(ctx, w.owner, payment, nil)
	must(t, err)
	if got, want := balances(), "Vera 15.00 3.00 0.00 10.00 -7.00; Wim 0.00 15.00 0.00 0.00 15.00"; got != want {
		t.Errorf("balances %s, want %s", got, want)
	}
	_, err = w.DocumentVoid(ctx, w.owner, kind, note, nil)
	must(t, err)
	w.wantPosted("VendorCreditNote", note, "")
	if got := one[string](w, `SELECT due::text FROM source.document_summaries WHERE document_id = $1`, bill); got != "15.00" {
		t.Errorf("the bill has %s due", got)
	}
	w.wantBooks(ctx)
	for sql, rule := range map[string]string{
		`INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount) SELECT organization_id, $1, $2, 1 FROM canonical.documents WHERE id = $1`: "credit_allocations_same_direction",
	} {
		if _, err := w.pool.Exec(ctx, sql, w.creditOf(kind, vera, taxed), invoice.Key); !broke(err, rule) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// A vendor's own number is unique among the credit notes of one vendor, apart from the bills.
func TestNumbersOfVendors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	vera, wim := w.person(w.owner, "Vera"), w.person(w.owner, "Wim")
	create := func(kind model.DocumentKind, party model.ID) error {
		_, err := w.DocumentCreate(t.Context(), w.owner, kind, model.DocumentCreateInput{PartyID: party, ExternalRef: some("1001"), Items: []model.DocumentItemInput{line("Paper", "1", "1")}})
		return err
	}
	for _, kind := range []model.DocumentKind{model.DocumentKindBill, model.DocumentKindVendorCreditNote} {
		must(t, create(kind, vera))
		must(t, create(kind, wim))
		wantMistakes(t, create(kind, vera), "externalRef TAKEN")
	}
}

// What is settled of a foreign bill by a credit note at another rate is booked as a difference of exchange.
func TestForeignVendorCredit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, vera := t.Context(), w.person(w.owner, "Vera")
	create := func(kind model.DocumentKind, rate string, day int) model.ID {
		id, err := w.DocumentCreate(ctx, w.owner, kind, model.DocumentCreateInput{PartyID: vera, Currency: some("USD"), FxRate: some(dec(rate)), IssuedOn: some(model.NewDate(2026, 3, day)),
			Items: []model.DocumentItemInput{line("Paper", "1", "100")}})
		must(t, err)
		_, err = w.DocumentApprove(ctx, w.owner, kind, id, nil)
		must(t, err)
		return model.ID{Type: kind.Node(), Key: id}
	}
	bill, note := create(model.DocumentKindBill, "1.5", 10), create(model.DocumentKindVendorCreditNote, "1.6", 20)
	_, err := w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindVendorCreditNote, note.Key, nil, []model.CreditAllocationInput{{DocumentID: bill, Amount: dec("100")}})
	must(t, err)
	if got := one[string](w, `SELECT string_agg(code || ' ' || posted_on || ' ' || amount, ', ' ORDER BY posted_on, code) FROM (
		SELECT account.code, line.posted_on, sum(line.amount) AS amount FROM canonical.journal_lines AS line
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (line.organization_id, line.account_id)
		WHERE account.code IN ('2000', '4900') GROUP BY account.code, line.posted_on) AS day`); got != "2000 2026-03-10 -15000, 2000 2026-03-20 15000, 4900 2026-03-20 1000" {
		t.Errorf("booked %s", got)
	}
	w.wantBooks(ctx)
}
