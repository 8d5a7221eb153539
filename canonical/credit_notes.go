package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

var creditNotes = kind{name: "credit_note", title: "credit note", party: "customerId"}

const (
	insertCredits = `INSERT INTO canonical.credit_allocations (organization_id, credit_note_id, document_id, amount)
		SELECT $1, $2, new.document_id, new.amount FROM jsonb_to_recordset($3) AS new (document_id bigint, amount bigint)`
	deleteCredits = `DELETE FROM canonical.credit_allocations WHERE organization_id = $1 AND credit_note_id = $2`
	nextDocument  = `UPDATE canonical.documents SET version = version + 1 WHERE organization_id = $1 AND id = $2`
)

// CreditNoteCreate saves a draft and its items as one unit and returns the credit note's key.
func (s *Store) CreditNoteCreate(ctx context.Context, actor Actor, in model.CreditNoteCreateInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "creditNoteCreate", in, func(u *unitOfWork) (int64, error) {
		return u.saveDocument(ctx, creditNotes, document{}, model.InvoiceUpdateInput{
			CustomerID: graphql.OmittableOf(&in.CustomerID), IssuedOn: in.IssuedOn, Currency: in.Currency,
			FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: graphql.OmittableOf(in.Items),
		})
	}))
}

// CreditNoteUpdate changes a credit note as InvoiceUpdate does an invoice.
func (s *Store) CreditNoteUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.CreditNoteUpdateInput) (int64, error) {
	return s.updateDocument(ctx, actor, creditNotes, id, expectedVersion, model.InvoiceUpdateInput{
		CustomerID: in.CustomerID, IssuedOn: in.IssuedOn, Currency: in.Currency,
		FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
	})
}

// CreditNoteDelete deletes a draft with its items.
func (s *Store) CreditNoteDelete(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.deleteDocument(ctx, actor, creditNotes, id, expectedVersion)
}

// CreditNoteApprove takes the next number of the series: the customer has the credit. It needs an item and a total of
// at least zero.
func (s *Store) CreditNoteApprove(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.approveDocument(ctx, actor, creditNotes, id, expectedVersion)
}

// CreditNoteVoid cancels an approved credit note of which no live payment refunds anything. Invoices that it reduced are
// due again. Its number stays taken.
func (s *Store) CreditNoteVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.voidDocument(ctx, actor, creditNotes, id, expectedVersion)
}

// CreditNoteAllocate makes in the whole set of the invoices that an approved credit note reduces. What was refunded is
// not allocated again. The credit note gets a new version, also where the set is the same.
func (s *Store) CreditNoteAllocate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in []model.CreditAllocationInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		d, err := u.loadDocument(ctx, creditNotes, id, expectedVersion, "approved", "only approved credit notes are allocated")
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
		list, err := u.checkAllocations(ctx, requests, settlement{invoices, "Invoice", "invoiceId"}, d.PartyID, d.Currency, left)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.saveAllocations(ctx, id, list, insertCredits)
	})
}
