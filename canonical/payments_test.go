package canonical_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

func part(invoice model.ID, amount string) model.PaymentAllocationInput {
	return model.PaymentAllocationInput{InvoiceID: some(invoice), Amount: dec(amount)}
}

func TestPaymentReportsEveryMistake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.person(w.owner, "Ada"), w.person(w.owner, "Bob")
	mine, his, draft := w.approved(w.owner, ada, "10"), w.approved(w.owner, bob, "10"), w.draft(w.owner, ada, "10")
	_, err := w.pay(w.owner, ada, "20", part(mine, "10.01"), part(his, "1"), part(draft, "1"), part(mine, "1"),
		part(model.ID{Type: "Invoice", Key: 1 << 40}, "0"), part(model.ID{Type: "Person", Key: ada.Key}, "9"))
	wantMistakes(t, err, "allocations.0.amount EXCEEDS", "allocations.1.invoiceId INVALID", "allocations.2.invoiceId STATE",
		"allocations.3.invoiceId NOT_FOUND", "allocations.4.amount INVALID", "allocations.4.invoiceId NOT_FOUND",
		"allocations.5.invoiceId NOT_FOUND", "allocations EXCEEDS")
	_, err = w.PaymentRecord(t.Context(), w.owner, model.PaymentRecordInput{CustomerID: some(ada), Amount: dec("-1.001"), Currency: some("XXX")})
	wantMistakes(t, err, "currency INVALID", "amount INVALID", "amount INVALID")
	_, err = w.pay(w.owner, ada, "5", part(mine, "4"), part(mine, "4"))
	wantMistakes(t, err, "allocations.1.invoiceId NOT_FOUND", "allocations EXCEEDS")
	if n := one[int](w, `SELECT count(*) FROM canonical.payments`); n != 0 {
		t.Errorf("%d payments were saved", n)
	}
}

func TestVoidPaymentNoLongerCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	invoice := w.approved(w.owner, ada, "10")
	payment, err := w.pay(w.owner, ada, "15", part(invoice, "10"))
	must(t, err)
	_, err = w.DocumentVoid(t.Context(), w.owner, model.DocumentKindInvoice, invoice.Key, nil)
	wantMistakes(t, err, "id STATE")
	_, err = w.pay(w.owner, ada, "15", part(invoice, "0.01"))
	wantMistakes(t, err, "allocations.0.amount EXCEEDS")
	_, err = w.PaymentVoid(t.Context(), w.owner, payment, nil)
	must(t, err)
	_, err = w.PaymentVoid(t.Context(), w.owner, payment, nil)
	wantMistakes(t, err, "id STATE")
	again, err := w.pay(w.owner, ada, "10", part(invoice, "10"))
	must(t, err)
	if _, err := w.pool.Exec(t.Context(), `UPDATE canonical.payments SET voided_at = NULL`); !broke(err, "payment_allocations_within_document") {
		t.Errorf("reviving a payment of a paid invoice: %v", err)
	}
	_, err = w.PaymentVoid(t.Context(), w.owner, again, nil)
	must(t, err)
	_, err = w.DocumentVoid(t.Context(), w.owner, model.DocumentKindInvoice, invoice.Key, nil)
	must(t, err)
}

// broke reports whether err is the violation of the named constraint.
func broke(err error, constraint string) bool {
	violation, ok := errors.AsType[*pgconn.PgError](err)
	return ok && violation.ConstraintName == constraint
}

func TestDatabaseHoldsTheAllocationRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.person(w.owner, "Ada"), w.person(w.owner, "Bob")
	invoice, free, gst := w.approved(w.owner, ada, "10"), w.draft(w.owner, ada, "10"), w.taxRate(w.owner, "GST", "10")
	payment, err := w.pay(w.owner, ada, "12", part(invoice, "10"))
	must(t, err)
	for name, c := range map[string]struct {
		statement string
		args      []any
		rule      string
	}{
		"more than the payment": {`UPDATE canonical.payments SET amount = 999 WHERE id = $1`, []any{payment}, "payment_allocations_within_payment"},
		"other customer":        {`UPDATE canonical.payments SET party_id = $1`, []any{bob.Key}, "payment_allocations_same_party"},
		"invoice's customer":    {`UPDATE canonical.documents SET party_id = $1 WHERE id = $2`, []any{bob.Key, invoice.Key}, "payment_allocations_same_party"},
		"invoice's currency":    {`UPDATE canonical.documents SET currency = 'EUR' WHERE id = $1`, []any{invoice.Key}, "payment_allocations_same_currency"},
		"void":                  {`UPDATE canonical.documents SET state = 'void', voided_at = now() WHERE id = $1`, []any{invoice.Key}, "payment_allocations_document_approved"},
		"a draft":               {`INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount) VALUES ($1, $2, $3, 1)`, []any{w.owner.OrganizationID, payment, free.Key}, "payment_allocations_document_approved"},
		"more than due":         {`UPDATE canonical.payment_allocations SET amount = 1001 WHERE payment_id = $1`, []any{payment}, "payment_allocations_within_document"},
		"cheaper item":          {`UPDATE canonical.document_items SET unit_price = 999 WHERE document_id = $1`, []any{invoice.Key}, "payment_allocations_within_document"},
		"item gone":             {`DELETE FROM canonical.document_items WHERE document_id = $1`, []any{invoice.Key}, "payment_allocations_within_document"},
		"item moved":            {`UPDATE canonical.document_items SET document_id = $2, line = 2 WHERE document_id = $1`, []any{invoice.Key, free.Key}, "payment_allocations_within_document"},
		"negative item added":   {`INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES ($1, $2, 2, 'x', -1)`, []any{w.owner.OrganizationID, invoice.Key}, "payment_allocations_within_document"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.pool.Exec(t.Context(), c.statement, c.args...); !broke(err, c.rule) {
				t.Errorf("%v", err)
			}
		})
	}
	// A tax is part of the total: with it the invoice takes a larger payment, and then the tax cannot be deleted.
	_, err = w.pool.Exec(t.Context(), `INSERT INTO canonical.document_item_taxes
		(organization_id, document_id, document_item_id, position, tax_rate_id, name, percentage)
		SELECT organization_id, document_id, id, 1, $2, 'GST', 10 FROM canonical.document_items WHERE document_id = $1`, invoice.Key, gst.Key)
	must(t, err)
	_, err = w.pay(w.owner, ada, "1", part(invoice, "1"))
	must(t, err)
	for _, statement := range []string{`DELETE FROM canonical.document_item_taxes`, `UPDATE canonical.document_item_taxes SET percentage = 9`} {
		if _, err := w.pool.Exec(t.Context(), statement); !broke(err, "payment_allocations_within_document") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if v := one[int](w, `SELECT version FROM canonical.documents WHERE id = $1`, invoice.Key); v != 2 {
		t.Errorf("allocations made version %d of the invoice", v)
	}
}

func TestConcurrentAllocationsNeverExceed(t *testing.T) {
	t.Parallel()
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ada := w.person(w.owner, "Ada")
			invoices := []model.ID{w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10")}
			payments := make([]int64, 4)
			for i := range payments {
				id, err := w.pay(w.owner, ada, "9")
				must(t, err)
				payments[i] = id
			}
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 25 {
						payment, invoice := payments[rand.IntN(len(payments))], invoices[rand.IntN(len(invoices))]
						err := pgx.BeginTxFunc(t.Context(), w.pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
							if _, err := tx.Exec(t.Context(), `SELECT pg_sleep(0.001)`); err != nil { // the snapshot
								return err
							}
							_, err := tx.Exec(t.Context(), `INSERT INTO canonical.payment_allocations
								(organization_id, payment_id, document_id, amount) VALUES ($1, $2, $3, 50)`, w.owner.OrganizationID, payment, invoice.Key)
							return err
						})
						violation, ok := errors.AsType[*pgconn.PgError](err)
						if err != nil && (!ok || violation.ConstraintName == "" && violation.Code != pgerrcode.SerializationFailure &&
							violation.Code != pgerrcode.DeadlockDetected) {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if n := one[int](w, `SELECT count(*) FROM (
				SELECT FROM canonical.payment_allocations GROUP BY payment_id HAVING sum(amount) > 900 UNION ALL
				SELECT FROM canonical.payment_allocations GROUP BY document_id HAVING sum(amount) > 1000) AS exceeded`); n != 0 {
				t.Errorf("%d payments or invoices exceeded", n)
			}
			if sum := one[int](w, `SELECT sum(amount) FROM canonical.payment_allocations`); sum < 1000 {
				t.Errorf("only %d was allocated: nothing was contended", sum)
			}
		})
	}
}

func TestConcurrentPaymentsOfOneInvoice(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	ada := w.person(w.owner, "Ada")
	first, second := w.approved(w.owner, ada, "10"), w.approved(w.owner, ada, "10")
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			parts := []model.PaymentAllocationInput{part(first, "3"), part(second, "3")}
			if i%2 == 0 { // in the other order: no deadlock
				parts[0], parts[1] = parts[1], parts[0]
			}
			_, err := w.pay(w.owner, ada, "6", parts...)
			if _, ok := errors.AsType[*canonical.Invalid](err); err != nil && !ok {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := one[int](w, `SELECT count(*) FROM canonical.payments`); n != 3 {
		t.Errorf("%d payments of 3 on invoices of 10", n)
	}
}
