package canonical

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// refundablePayment is a payment with what of it is left to be given back.
type refundablePayment struct {
	ID   int64
	Left int64 // minor units
}

// Two statements with the same parameters: the second one sees what the transactions that the first one waited for have given back.
const (
	fromRefundable = ` FROM canonical.payments
		WHERE organization_id = $1 AND party_id = $2 AND party_role = $3 AND direction <> $4 AND currency = $5 AND voided_at IS NULL
			AND ($6::bigint IS NULL AND (amount > canonical.payment_used(organization_id, id) OR id = ANY ($7)) OR id = $6)
		ORDER BY id = ANY ($7) DESC, paid_on, id`
	lockRefundable   = `SELECT` + fromRefundable + ` FOR NO KEY UPDATE`
	selectRefundable = `SELECT id, amount - canonical.payment_used(organization_id, id) AS left` + fromRefundable
)

// refundsOf returns which payments of the other direction a payment gives back with what of its amount settles no document.
// If the input names one, that one must have as much left; otherwise those that it gave back before come first, with what they
// have left without it, then the oldest. What no payment covers is a credit.
func (u *unitOfWork) refundsOf(ctx context.Context, named *model.ID, before []liveAllocation, who counterparty, currency string, amount int64) ([]allocation, error) {
	var key *int64
	if named != nil {
		if named.Type != "Payment" {
			u.addError("refundOf", notFound, "does not exist")
			return nil, nil
		}
		key = &named.Key
	}
	if amount <= 0 {
		if named != nil && u.err() == nil {
			u.addError("refundOf", invalid, "all of the amount settles documents: nothing is left to give back")
		}
		return nil, nil
	}
	keys := make([]int64, len(before))
	for i, part := range before {
		keys[i] = part.SettledID
	}
	of := []any{u.actor.OrganizationID, who.party.Key, who.role, strings.ToLower(string(who.direction)), currency, key, keys}
	u.queue(lockRefundable, of...)
	rows, _ := u.Query(ctx, selectRefundable, of...)
	payments, err := pgx.CollectRows(rows, pgx.RowToStructByName[refundablePayment])
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up payments to give back: %w", err)
	case named != nil && len(payments) == 0:
		u.addError("refundOf", notFound, "is no live payment of the other direction with the same party in %s", currency)
	case named != nil && payments[0].Left < amount:
		u.addError("amount", exceeds, "only %s of the payment is left", model.FromMinor(max(payments[0].Left, 0), currency).Amount)
	}
	var list []allocation
	own := bySettled(amountsOf(before))
	for _, p := range payments {
		if part := min(p.Left+own[p.ID], amount); part > 0 {
			list = append(list, allocation{SettledID: p.ID, Amount: part})
			amount -= part
		}
	}
	return list, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"payment_refunds_refund_fkey":         {Path: "id", Code: notFound, Message: "does not exist"},
		"payment_refunds_payment_fkey":        {Path: "refundOf", Code: notFound, Message: "does not exist"},
		"payment_refunds_amount_range":        {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"payment_refunds_allocated_on_finite": {Path: "refundOf", Code: invalid, Message: "is not a day"},
		"payment_refunds_payment_live":        {Path: "id", Code: state, Message: "the payment was given back: void the refund first"},
		"payment_refunds_same_currency":       {Path: "refundOf", Code: invalid, Message: "has another currency"},
		"payment_refunds_same_party":          {Path: "refundOf", Code: invalid, Message: "is with another party"},
		"payment_refunds_other_direction":     {Path: "refundOf", Code: invalid, Message: "goes in the same direction"},
	})
}
