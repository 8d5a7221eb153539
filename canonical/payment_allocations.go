package canonical

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
)

const (
	insertAllocations = `INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount)
		SELECT $1, $2, new.document_id, new.amount FROM jsonb_to_recordset($3) AS new (document_id bigint, amount bigint)`
	deleteAllocations = `DELETE FROM canonical.payment_allocations WHERE organization_id = $1 AND payment_id = $2`
	nextPayment       = `UPDATE canonical.payments SET version = version + 1 WHERE organization_id = $1 AND id = $2`
)

// PaymentAllocate replaces the whole set of a live payment's allocations with in, by the rules of PaymentRecord; an empty
// set makes all of the payment a credit. What the payment settled so far can be allocated again. The payment gets a new
// version even if the set stays the same. If a document has another currency or another rate than the payment, the
// payment is posted anew on its own day, which a period lock may reject.
func (s *Store) PaymentAllocate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in []model.PaymentAllocationInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion, selectPayment)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, reject("id", state, "a void payment settles nothing")
		}
		for _, statement := range []string{deleteAllocations, nextPayment} {
			if _, err := u.changeRecord(ctx, id, statement); err != nil {
				return 0, err
			}
		}
		settles := settlementOf(p.PartyRole, model.PaymentDirection(strings.ToUpper(p.Direction)))
		list, err := u.checkAllocations(ctx, u.allocationRequests(settles, in), settles, p.PartyID, p.Currency, p.Amount)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.saveAllocations(ctx, id, list, insertAllocations)
	})
}

// settlement is which documents a payment or a credit note settles; the zero value settles none.
type settlement struct {
	kind  kind
	typ   string // GraphQL type of the documents
	field string // input field of a document's id
}

// settlementOf returns what a payment from or to a party of this role settles.
func settlementOf(role string, direction model.PaymentDirection) settlement {
	switch {
	case role == "customer" && direction == model.PaymentDirectionIn:
		return settlement{invoices, "Invoice", "invoiceId"}
	case role == "customer":
		return settlement{creditNotes, "CreditNote", "creditNoteId"}
	case direction == model.PaymentDirectionOut:
		return settlement{bills, "Bill", "billId"}
	}
	return settlement{}
}

// allocationRequests reads the allocations of an input. Each must name one document, of the kind that the payment
// settles.
func (u *unitOfWork) allocationRequests(settles settlement, inputs []model.PaymentAllocationInput) []allocationRequest {
	if len(inputs) > 0 && settles == (settlement{}) {
		u.addError("allocations", invalid, "what a vendor pays back settles no document")
		return nil
	}
	requests := make([]allocationRequest, len(inputs))
	for i, in := range inputs {
		requests[i].amount = in.Amount
		given := map[string]*model.ID{"invoiceId": in.InvoiceID.Value(), "billId": in.BillID.Value(), "creditNoteId": in.CreditNoteID.Value()}
		if id := given[settles.field]; id != nil {
			requests[i].id = *id
		} else {
			u.addError(fmt.Sprintf("allocations.%d.%s", i, settles.field), required, "must be given")
		}
		for _, field := range []string{"billId", "creditNoteId", "invoiceId"} {
			if field != settles.field && given[field] != nil {
				u.addError(fmt.Sprintf("allocations.%d.%s", i, field), invalid, "is not settled by such a payment")
			}
		}
	}
	return requests
}
