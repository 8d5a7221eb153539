package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

const (
	nextDocument = `UPDATE canonical.documents SET version = version + 1 WHERE organization_id = $1 AND id = $2`
	// Where the void of the credit note is booked on a later day than its own, its allocations end on that day; otherwise
	// there have been none. Those that have ended stay.
	endAllocationsOfNote = `
		WITH void AS (
			SELECT nullif(canonical.void_day(organization_id, 'documents', id, issued_on), issued_on) AS day
			FROM canonical.documents WHERE organization_id = $1 AND id = $2),
		gone AS (
			DELETE FROM canonical.credit_allocations AS credit USING void
			WHERE organization_id = $1 AND credit_note_id = $2 AND credit.ended_on IS NULL AND credit.allocated_on < void.day IS NOT TRUE)
		UPDATE canonical.credit_allocations AS credit SET ended_on = void.day FROM void
		WHERE organization_id = $1 AND credit_note_id = $2 AND credit.ended_on IS NULL AND credit.allocated_on < void.day`
)

// CreditNoteAllocate replaces the whole set of the invoices that an approved credit note reduces, or of the bills that a
// vendor's does, with in. What was refunded is not available for it. The credit note gets a new version even if the set
// stays the same. Days, and what of a closed one stays, are those of PaymentAllocate.
func (s *Store) CreditNoteAllocate(ctx context.Context, actor Actor, kind model.DocumentKind, id int64, expectedVersion *int, in []model.CreditAllocationInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		d, err := u.loadDocumentIn(ctx, kind, id, expectedVersion, "approved", "only approved credit notes are allocated")
		if err != nil {
			return 0, err
		}
		before, err := u.liveAllocations(ctx, creditAllocations, id)
		if err != nil {
			return 0, err
		}
		u.changeRecord(id, nextDocument)
		var left int64
		err = u.QueryRow(ctx, `SELECT canonical.document_total($1, $2) - canonical.document_paid($1, $2)`,
			u.actor.OrganizationID, id).Scan(&left)
		if err != nil {
			return 0, fmt.Errorf("add up credit note %d: %w", id, err)
		}
		requests := make([]allocationRequest, len(in))
		for i, part := range in {
			requests[i] = allocationRequest{id: part.DocumentID, amount: part.Amount}
		}
		list, err := u.checkAllocations(ctx, requests, kind.Credits(), d.PartyID, d.Currency, left+total(amountsOf(before)), before)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		change := changeOf(list, before)
		u.endAllocations(creditAllocations, change)
		u.makeAllocations(creditAllocations, id, change)
		return id, nil
	})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"credit_allocations_credit_note_fkey":    {Path: "id", Code: notFound, Message: "does not exist"},
		"credit_allocations_document_fkey":       {Path: "allocations", Code: notFound, Message: "a document does not exist"},
		"credit_allocations_allocated_on_finite": {Path: "allocations", Code: invalid, Message: "is not a day"},
		"credit_allocations_amount_range":        {Path: "allocations", Code: invalid, Message: "an amount is not positive or too large"},
		"credit_allocations_document_approved":   {Path: "allocations", Code: state, Message: "a credit needs an approved credit note and an approved document"},
		"credit_allocations_same_direction":      {Path: "allocations", Code: invalid, Message: "a credit note reduces invoices, and a vendor's bills"},
		"credit_allocations_same_currency":       {Path: "allocations", Code: invalid, Message: "the document has another currency than the credit note"},
		"credit_allocations_same_party":          {Path: "allocations", Code: invalid, Message: "the document has another party than the credit note"},
	})
}
