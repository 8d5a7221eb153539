package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

const (
	insertCredits = `INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount)
		SELECT $1, $2, new.document_id, new.amount FROM jsonb_to_recordset($3) AS new (document_id bigint, amount bigint)`
	deleteCredits = `DELETE FROM canonical.credit_allocations WHERE organization_id = $1 AND credit_note_id = $2`
	nextDocument  = `UPDATE canonical.documents SET version = version + 1 WHERE organization_id = $1 AND id = $2`
)

// CreditNoteAllocate replaces the whole set of the invoices that an approved credit note reduces with in. What was
// refunded is not available for it. The credit note gets a new version even if the set stays the same.
func (s *Store) CreditNoteAllocate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in []model.CreditAllocationInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		d, err := u.loadDocumentIn(ctx, model.DocumentKindCreditNote, id, expectedVersion, "approved", "only approved credit notes are allocated")
		if err != nil {
			return 0, err
		}
		for _, statement := range []string{deleteCredits, nextDocument} {
			if _, err := u.changeRecord(ctx, id, statement); err != nil {
				return 0, err
			}
		}
		var left int64
		err = u.QueryRow(ctx, `SELECT canonical.document_total($1, $2) - canonical.document_paid($1, $2)`,
			u.actor.OrganizationID, id).Scan(&left)
		if err != nil {
			return 0, fmt.Errorf("add up credit note %d: %w", id, err)
		}
		requests := make([]allocationRequest, len(in))
		for i, part := range in {
			requests[i] = allocationRequest{id: part.InvoiceID, amount: part.Amount}
		}
		list, err := u.checkAllocations(ctx, requests, model.DocumentKindInvoice, d.PartyID, d.Currency, left)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.saveAllocations(ctx, id, list, insertCredits)
	})
}
