package canonical

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
)

const nextPayment = `UPDATE canonical.payments SET version = version + 1 WHERE organization_id = $1 AND id = $2`

// PaymentAllocate replaces the whole set of a live payment's allocations with in, by the rules of PaymentRecord; an empty
// set makes all of the payment a credit. What the payment settled so far can be allocated again, and so can what a refund
// gave back: it gives back payments with what is then left, the same ones first. The payment gets a new
// version even if the set stays the same. Allocations that stay the same keep their day; a new one counts from the later of
// both records' days on, or from today where the books are closed for that day. Differences of exchange rates are booked on
// it. What was settled in a closed period stays there: of an allocation of a closed day that is raised, the rest counts from
// today on; one that is lowered or left out ends today, and what remains of it counts anew.
func (s *Store) PaymentAllocate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in []model.PaymentAllocationInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion, selectPayment)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, reject("id", state, "a void payment settles nothing")
		}
		before, err := u.liveAllocations(ctx, paymentAllocations, id)
		if err != nil {
			return 0, err
		}
		gaveBack, err := u.liveAllocations(ctx, paymentRefunds, id)
		if err != nil {
			return 0, err
		}
		u.changeRecord(id, nextPayment)
		var used int64
		err = u.QueryRow(ctx, `SELECT canonical.payment_used($1, $2)`, u.actor.OrganizationID, id).Scan(&used)
		if err != nil {
			return 0, fmt.Errorf("add up what payment %d was used for: %w", id, err)
		}
		available := p.Amount - used + total(amountsOf(before)) + total(amountsOf(gaveBack)) // all that other payments have not given back
		direction := model.PaymentDirection(strings.ToUpper(p.Direction))
		settles := settledBy(p.PartyRole, direction)
		list, err := u.checkAllocations(ctx, u.allocationRequests(settles, in), settles, p.PartyID, p.Currency, available, before)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		var refunds []allocation
		who := counterparty{party: model.ID{Type: "Person", Key: p.PartyID}, role: p.PartyRole, direction: direction}
		if len(gaveBack) > 0 {
			refunds, err = u.refundsOf(ctx, nil, gaveBack, who, p.Currency, available-total(list))
			if err != nil {
				return 0, err
			}
		}
		settled, givenBack := changeOf(list, before), changeOf(refunds, gaveBack)
		u.endAllocations(paymentAllocations, settled)
		u.endAllocations(paymentRefunds, givenBack)
		u.makeAllocations(paymentAllocations, id, settled)
		u.makeAllocations(paymentRefunds, id, givenBack)
		return id, nil
	})
}

// settledBy returns the kind of the documents that a payment from or to a party of this role settles.
func settledBy(role string, direction model.PaymentDirection) model.DocumentKind {
	switch {
	case role == "customer" && direction == model.PaymentDirectionIn:
		return model.DocumentKindInvoice
	case role == "customer":
		return model.DocumentKindCreditNote
	case direction == model.PaymentDirectionOut:
		return model.DocumentKindBill
	}
	return model.DocumentKindVendorCreditNote
}

// allocationRequests reads the allocations of an input. Each must name one document, of the kind that the payment
// settles.
func (u *unitOfWork) allocationRequests(settles model.DocumentKind, inputs []model.PaymentAllocationInput) []allocationRequest {
	requests := make([]allocationRequest, len(inputs))
	for i, in := range inputs {
		requests[i].amount = in.Amount
		given := map[model.DocumentKind]*model.ID{
			model.DocumentKindInvoice: in.InvoiceID.Value(), model.DocumentKindBill: in.BillID.Value(),
			model.DocumentKindCreditNote: in.CreditNoteID.Value(), model.DocumentKindVendorCreditNote: in.VendorCreditNoteID.Value(),
		}
		if id := given[settles]; id != nil {
			requests[i].id = *id
		} else {
			u.addError(fmt.Sprintf("allocations.%d.%s", i, settles.IDField()), required, "must be given")
		}
		for _, kind := range model.AllDocumentKind {
			if kind != settles && given[kind] != nil {
				u.addError(fmt.Sprintf("allocations.%d.%s", i, kind.IDField()), invalid, "is not settled by such a payment")
			}
		}
	}
	return requests
}

func init() {
	registerConstraints(map[string]model.UserError{
		"payment_allocations_payment_fkey":        {Path: "id", Code: notFound, Message: "does not exist"},
		"payment_allocations_document_fkey":       {Path: "allocations", Code: notFound, Message: "a document does not exist"},
		"payment_allocations_day":                 {Path: "allocations", Code: invalid, Message: "must not count from before the payment or the document"},
		"payment_allocations_allocated_on_finite": {Path: "allocations", Code: invalid, Message: "is not a day"},
		"payment_allocations_amount_range":        {Path: "allocations", Code: invalid, Message: "an amount is not positive or too large"},
		"payment_allocations_document_approved":   {Path: "allocations", Code: state, Message: "only an approved invoice is paid, and it stays approved while it is"},
		"payment_allocations_same_currency":       {Path: "allocations", Code: invalid, Message: "the invoice has another currency than the payment"},
		"payment_allocations_same_party":          {Path: "allocations", Code: invalid, Message: "the invoice has another customer than the payment"},
		"payment_allocations_within_payment":      {Path: "allocations", Code: exceeds, Message: "more is allocated than was paid"},
		"payment_allocations_within_document":     {Path: "allocations", Code: exceeds, Message: "more is allocated than is due"},
		"payment_allocations_same_direction":      {Path: "allocations", Code: invalid, Message: "the document is not settled by such a payment"},
	})
}
