package canonical_test

import (
	"strings"
	"testing"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// What is written past the triggers is found: in the books of every kind of record, and in day closes against their sales.
func TestBooksVerify(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	north := w.storeNamed(w.owner, "North")
	front := w.till(north, "Front")
	session := w.opened(front, "100")
	_, err := w.SalesRecord(ctx, w.owner, bulk(north, allOrNothing, tendered(front, model.TenderCash, "5"), tendered(front, model.TenderCard, "7"), sold("3", "")))
	must(t, err)
	_, err = w.TillClose(ctx, w.owner, session, nil, counted("104"))
	must(t, err)
	_, err = w.salesPost(north, noonDay)
	must(t, err)
	customer := w.person(w.owner, "Ada")
	invoice := w.approved(w.owner, customer, "50")
	_, err = w.pay(w.owner, customer, "20", model.PaymentAllocationInput{InvoiceID: some(invoice), Amount: dec("20")})
	must(t, err)

	for name, c := range map[string]struct{ sql, want string }{
		"nothing":                     {`SELECT 1`, ""},
		"a sale's amount":             {`UPDATE canonical.sales SET amount = 501 WHERE amount = 500`, "has tenders of 1200, and its sales come to 1201"},
		"a tender":                    {`UPDATE canonical.sale_tenders SET amount = 501 WHERE amount = 500`, "expects 10500 of cash, and its sales and cash say 10501"},
		"a void sale":                 {`UPDATE canonical.sales SET voided_at = now() WHERE amount = 700`, "which is not of its day"},
		"a sale of another day":       {`UPDATE canonical.sales SET booked_on = booked_on + 1 WHERE amount = 300`, "which is not of its day"},
		"a late sale":                 {`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount, booked_on) SELECT organization_id, store_id, occurred_at, currency, 1, booked_on FROM canonical.sales WHERE amount = 300`, "does not post Sale:"},
		"what a close posts":          {`DELETE FROM canonical.day_close_sales WHERE sale_id = (SELECT id FROM canonical.sales WHERE amount = 700)`, "counts 2 sales and posts 1"},
		"what a close expects":        {`UPDATE canonical.day_close_tenders SET opening = opening - 1 WHERE tender = 'cash'`, "expects 10499 of cash, and its sales and cash say 10500"},
		"the revenue of a close":      {`UPDATE canonical.day_close_lines SET amount = amount + 1`, "its revenue of"},
		"what a close has booked":     {`UPDATE canonical.day_close_tenders SET counted = counted + 1 WHERE tender = 'cash'`, "is not booked"},
		"a reversal":                  {`UPDATE canonical.day_closes SET reversed_at = now() WHERE till_id IS NOT NULL`, "disagree on its reversal"},
		"a close of a session":        {`UPDATE canonical.till_sessions SET state = 'open', closed_at = NULL`, "is open, and has 1 live closes"},
		"a line of the journal":       {`UPDATE canonical.journal_lines SET amount = amount + 1 WHERE line = 1`, "does not balance"},
		"an entry":                    {`UPDATE canonical.journal_entries SET canonical_id = canonical_id + 1000 WHERE canonical_type = 'Payment'`, "booked wrongly"},
		"the kept amounts of invoice": {`UPDATE canonical.document_amounts SET paid = paid + 1`, "the amounts of document"},
		"the kept amounts of payment": {`UPDATE canonical.payment_amounts SET allocated = allocated + 1`, "the amounts of payment"},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := pgtest.Superuser(t, w.pool).Begin(ctx)
			must(t, err)
			defer func() { must(t, tx.Rollback(ctx)) }()
			for _, sql := range []string{pgtest.TriggersOff, c.sql} {
				_, err = tx.Exec(ctx, sql)
				must(t, err)
			}
			var differences []string
			checked, err := canonical.BooksVerify(ctx, tx, func(_ int64, difference string) { differences = append(differences, difference) })
			must(t, err)
			found := strings.Join(differences, "\n")
			if checked < 5 || c.want == "" && found != "" || !strings.Contains(found, c.want) {
				t.Errorf("%d records, found %q, want %q", checked, found, c.want)
			}
		})
	}
}
