package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// credit writes a credit note about one of the latest open invoices, if there is one: half of it reduces the invoice,
// the rest the customer may still use.
func (w *writer) credit(ctx context.Context, b *business) error {
	var invoice, amount int64
	err := w.tx.QueryRow(ctx, `
		SELECT latest.id, (amount.due / 5)::bigint
		FROM (SELECT id FROM canonical.documents WHERE organization_id = $1 AND kind = 'invoice' AND state = 'approved' ORDER BY id DESC LIMIT 200) AS latest
		JOIN canonical.document_amounts AS amount ON (amount.organization_id, amount.document_id) = ($1, latest.id)
		WHERE amount.due >= 10 ORDER BY latest.id DESC LIMIT 1`, b.id).Scan(&invoice, &amount)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for an open invoice: %w", err)
	}
	_, err = w.tx.Exec(ctx, `
		WITH note AS (
			INSERT INTO canonical.documents (organization_id, kind, party_id, state, number, number_value, issued_on, due_on,
				currency, fx_rate, memo, approved_at, created_at, updated_at)
			SELECT $1, 'credit_note', party_id, 'approved', next.number, next.value, issued_on, issued_on,
				currency, fx_rate, 'About invoice ' || documents.number, documents.created_at, documents.created_at, documents.created_at
			FROM canonical.documents, canonical.take_number($1, 'credit_note') AS next WHERE (organization_id, id) = ($1, $2)
			RETURNING id, created_at)
		INSERT INTO canonical.document_items (organization_id, document_id, line, description, quantity, unit_price, created_at, updated_at)
		SELECT $1, id, 1, 'Returned goods', 1, $3, created_at, created_at FROM note`, b.id, invoice, amount)
	if err != nil {
		return fmt.Errorf("write credit note: %w", err)
	}
	_, err = w.tx.Exec(ctx, `INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount, created_at, updated_at)
		SELECT $1, id, $2, $3, created_at, created_at FROM canonical.documents WHERE organization_id = $1 AND kind = 'credit_note'`, b.id, invoice, amount/2)
	if err != nil {
		return fmt.Errorf("allocate credit note: %w", err)
	}
	return nil
}
