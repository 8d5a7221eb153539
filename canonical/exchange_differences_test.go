package canonical_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// receivables is what the account of receivables holds in the base currency.
func (w *world) receivables() string {
	w.t.Helper()
	return one[string](w, `SELECT COALESCE(sum(l.amount), 0)::text FROM canonical.journal_lines AS l
		JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (l.organization_id, l.account_id) WHERE a.system_role = 'receivable'`)
}

// Money that a customer has paid too much in another currency and gets back at another rate leaves nothing among the
// receivables: the difference is one of exchange.
func TestRefundOfForeignCredit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	for _, p := range []model.PaymentRecordInput{
		{FxRate: some(dec("1.6"))}, {FxRate: some(dec("1.4")), Direction: some(model.PaymentDirectionOut)},
	} {
		p.CustomerID, p.Currency, p.Amount = some(ada), some("USD"), dec("50")
		_, err := w.PaymentRecord(t.Context(), w.owner, p)
		must(t, err)
	}
	if got := w.receivables(); got != "0" {
		t.Errorf("receivables %s", got)
	}
}

// Parts that are paid of a document in another currency are worth together what the document is: the last one takes what is
// left.
func TestForeignDocumentPaidInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: some("USD"), FxRate: some(dec("0.335")),
		Items: []model.DocumentItemInput{line("Work", "1", "3")}})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
	must(t, err)
	for range 3 {
		_, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Currency: some("USD"), FxRate: some(dec("0.335")), Amount: dec("1"),
			Allocations: graphql.OmittableOf([]model.PaymentAllocationInput{part(model.ID{Type: "Invoice", Key: id}, "1")})})
		must(t, err)
	}
	if got := w.receivables(); got != "0" {
		t.Errorf("receivables %s", got)
	}
}

// The difference of rates between a credit note and the invoice that it reduces is booked on the later of their days.
func TestDayOfACreditsDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ada := t.Context(), w.person(w.owner, "Ada")
	work := []model.DocumentItemInput{line("Work", "1", "60")}
	invoice, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: some("USD"), FxRate: some(dec("1.5")), Items: work})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, invoice, nil)
	must(t, err)
	note, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindCreditNote, model.DocumentCreateInput{PartyID: ada, IssuedOn: some(model.NewDate(2026, 1, 2)), Currency: some("USD"), FxRate: some(dec("1.7")), Items: work})
	must(t, err)
	_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindCreditNote, note, nil)
	must(t, err)
	_, err = w.CreditNoteAllocate(ctx, w.owner, model.DocumentKindCreditNote, note, nil, []model.CreditAllocationInput{{DocumentID: model.ID{Type: "Invoice", Key: invoice}, Amount: dec("60")}})
	must(t, err)
	got := one[string](w, `SELECT string_agg(DISTINCT posted_on::text, ' ') FROM canonical.journal_lines AS l
		JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (l.organization_id, l.account_id) WHERE a.system_role = 'exchange'`)
	if want := one[string](w, `SELECT (now() AT TIME ZONE 'Australia/Adelaide')::date::text`); got != want {
		t.Errorf("booked on %s, not %s", got, want)
	}
}

// An advance that settles a later invoice at another rate leaves the month in which it was paid as it was (IAS 21.28): the
// difference belongs to the later day, and where that is closed, to the day on which it is allocated.
func TestAdvanceSettlesALaterInvoice(t *testing.T) {
	t.Parallel()
	const byDay = `SELECT string_agg(posted_on || ' ' || system_role || ' ' || amount, ', ' ORDER BY posted_on, system_role) FROM (
		SELECT l.posted_on, a.system_role, sum(l.amount) AS amount FROM canonical.journal_lines AS l
		JOIN canonical.accounts AS a ON (a.organization_id, a.id) = (l.organization_id, l.account_id)
		WHERE a.system_role IN ('receivable', 'exchange') GROUP BY 1, 2 HAVING sum(l.amount) <> 0) AS booked`
	today := `(now() AT TIME ZONE 'Australia/Adelaide')::date`
	for name, c := range map[string]struct{ lock, want string }{
		"everything open":     {"NULL", "2026-05-10 receivable -60000, 2026-06-20 exchange 20000, 2026-06-20 receivable 140000"},
		"the month is closed": {"'2026-05-31'", "2026-05-10 receivable -60000, 2026-06-20 exchange 20000, 2026-06-20 receivable 140000"},
		"both are closed":     {"'2026-06-30'", "2026-05-10 receivable -60000, 2026-06-20 receivable 160000, today exchange 20000, today receivable -20000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ctx, ada := t.Context(), w.person(w.owner, "Ada")
			payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Currency: some("USD"), FxRate: some(dec("6")),
				PaidOn: some(model.NewDate(2026, 5, 10)), Amount: dec("100")})
			must(t, err)
			invoice := w.foreignInvoice(ada, model.NewDate(2026, 6, 20), "8", "200")
			_, err = w.pool.Exec(ctx, `UPDATE canonical.organizations SET hard_locked_until = `+c.lock)
			must(t, err)
			_, err = w.PaymentAllocate(ctx, w.owner, payment, nil, []model.PaymentAllocationInput{part(invoice, "100")})
			must(t, err)
			got := one[string](w, `SELECT replace((`+byDay+`), `+today+`::text, 'today')`)
			if got != c.want {
				t.Errorf("booked %s,\nwant %s", got, c.want)
			}
			// The same set again changes nothing.
			entries := one[int](w, `SELECT count(*) FROM canonical.journal_entries`)
			_, err = w.PaymentAllocate(ctx, w.owner, payment, nil, []model.PaymentAllocationInput{part(invoice, "100")})
			must(t, err)
			if again := one[int](w, `SELECT count(*) FROM canonical.journal_entries`); again != entries {
				t.Errorf("%d entries became %d", entries, again)
			}
		})
	}
}

// foreignInvoice approves an invoice of one item in USD.
func (w *world) foreignInvoice(customer model.ID, day model.Date, rate, total string) model.ID {
	w.t.Helper()
	id, err := w.DocumentCreate(w.t.Context(), w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: customer, IssuedOn: some(day), DueOn: some(day),
		Currency: some("USD"), FxRate: some(dec(rate)), Items: []model.DocumentItemInput{line("Work", "1", total)}})
	must(w.t, err)
	_, err = w.DocumentApprove(w.t.Context(), w.owner, model.DocumentKindInvoice, id, nil)
	must(w.t, err)
	return model.ID{Type: "Invoice", Key: id}
}
