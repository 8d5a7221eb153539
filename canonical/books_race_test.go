package canonical_test

import (
	"errors"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// begin opens a transaction; one that keeps its snapshot has it when begin returns.
func (w *world) begin(level pgx.TxIsoLevel) pgx.Tx {
	w.t.Helper()
	tx, err := w.pool.BeginTx(w.t.Context(), pgx.TxOptions{IsoLevel: level})
	must(w.t, err)
	_, err = tx.Exec(w.t.Context(), `SELECT FROM canonical.documents`)
	must(w.t, err)
	return tx
}

func lostRace(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == pgerrcode.SerializationFailure
}

// An approval in an old snapshot must not post the price that it still sees.
func TestApprovalInAnOldSnapshot(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		w := newWorld(t)
		ctx, draft := t.Context(), w.draft(w.owner, w.person(w.owner, "Ada"), "10").Key
		approval := w.begin(level)
		_, err := w.pool.Exec(ctx, `UPDATE canonical.document_items SET unit_price = 1050`)
		must(t, err)
		_, err = approval.Exec(ctx, `UPDATE canonical.documents SET state = 'approved', approved_at = now(),
			(number, number_value) = (SELECT taken.number, taken.value FROM canonical.take_number(organization_id, kind) AS taken)`)
		if err == nil {
			err = approval.Commit(ctx)
		} else {
			_ = approval.Rollback(ctx)
		}
		if lost := lostRace(err); lost != (level == pgx.RepeatableRead) || err != nil && !lost {
			t.Errorf("%s: %v", level, err)
		}
		if err == nil {
			w.wantPosted("Invoice", draft, "1100 1050, 4000 -1050")
		}
		w.wantBooks(ctx)
	}
}

// Two transactions that each delete another allocation of one payment must not each post as if the other had not.
func TestTwoAllocationsTakenAway(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead} {
		w := newWorld(t)
		ctx, ada := t.Context(), w.person(w.owner, "Ada")
		var parts []model.PaymentAllocationInput
		for _, rate := range []string{"0.01", "0.02"} {
			id, err := w.DocumentCreate(ctx, w.owner, model.DocumentKindInvoice, model.DocumentCreateInput{PartyID: ada, Currency: some("JPY"), FxRate: some(dec(rate)),
				Items: []model.DocumentItemInput{line("Work", "1", "1000")}})
			must(t, err)
			_, err = w.DocumentApprove(ctx, w.owner, model.DocumentKindInvoice, id, nil)
			must(t, err)
			parts = append(parts, part(model.ID{Type: "Invoice", Key: id}, "1000"))
		}
		payment, err := w.PaymentRecord(ctx, w.owner, model.PaymentRecordInput{CustomerID: some(ada), Currency: some("JPY"), FxRate: some(dec("0.03")),
			Amount: dec("2000"), Allocations: graphql.OmittableOf(parts)})
		must(t, err)
		w.wantPosted("Payment", payment, "1000 6000 (2000 JPY), 1100 -3000 (-2000 JPY), 4900 -3000 (0 JPY)")

		take := func(tx pgx.Tx, i int) error {
			_, err := tx.Exec(ctx, `DELETE FROM canonical.payment_allocations WHERE document_id = $1`, parts[i].InvoiceID.Value().Key)
			if err == nil {
				_, err = tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`)
			}
			return err
		}
		first, second := w.begin(level), w.begin(level)
		must(t, take(first, 0))
		done := make(chan error)
		go func() {
			err := take(second, 1)
			if err == nil {
				err = second.Commit(ctx)
			} else {
				_ = second.Rollback(ctx)
			}
			done <- err
		}()
		time.Sleep(50 * time.Millisecond) // the second one waits, or has posted in error by now
		must(t, first.Commit(ctx))
		err = <-done
		if lost := lostRace(err); lost != (level == pgx.RepeatableRead) || err != nil && !lost {
			t.Errorf("%s: %v", level, err)
		}
		if err == nil {
			w.wantPosted("Payment", payment, "1000 6000 (2000 JPY), 1100 -6000 (-2000 JPY)")
		}
		w.wantBooks(ctx)
	}
}
