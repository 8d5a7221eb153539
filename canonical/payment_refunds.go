package canonical

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// refund is the part of a payment that another one gives back; the JSON form is what the SQL reads.
type refund struct {
	PaymentID int64 `json:"payment_id"`
	Amount    int64 `json:"amount"` // minor units
	// AllocatedOn is the day from which it counts; nil leaves it to the database, as in allocation.
	AllocatedOn *model.Date `json:"allocated_on"`
}

// refundablePayment is a payment with what of it is left to be given back.
type refundablePayment struct {
	ID   int64
	Left int64 // minor units
}

const (
	selectRefundable = `
		SELECT id, amount - canonical.payment_used(organization_id, id) AS left FROM canonical.payments
		WHERE organization_id = $1 AND party_id = $2 AND party_role = $3 AND direction <> $4 AND currency = $5 AND voided_at IS NULL
			AND ($6::bigint IS NULL AND amount > canonical.payment_used(organization_id, id) OR id = $6)
		ORDER BY id = ANY ($7) DESC, paid_on, id FOR NO KEY UPDATE`
	insertRefunds = `INSERT INTO canonical.payment_refunds (organization_id, refund_id, payment_id, amount, allocated_on)
		SELECT $1, $2, new.payment_id, new.amount, new.allocated_on
		FROM jsonb_to_recordset($3) AS new (payment_id bigint, amount bigint, allocated_on date)`
	takeRefunds = `DELETE FROM canonical.payment_refunds WHERE organization_id = $1 AND refund_id = $2
		RETURNING payment_id, amount, allocated_on`
)

// refundsOf returns which payments of the other direction a payment gives back with what of its amount settles no document.
// If the input names one, that one must have as much left; otherwise those that it gave back before come first, then the
// oldest. What no payment covers is a credit.
func (u *unitOfWork) refundsOf(ctx context.Context, named *model.ID, before []refund, who counterparty, currency string, amount int64) ([]refund, error) {
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
	days, keys := map[refund]*model.Date{}, []int64{}
	for _, r := range before {
		days[refund{PaymentID: r.PaymentID, Amount: r.Amount}] = r.AllocatedOn
		keys = append(keys, r.PaymentID)
	}
	rows, _ := u.Query(ctx, selectRefundable, u.actor.OrganizationID, who.party.Key, who.role,
		strings.ToLower(string(who.direction)), currency, key, keys)
	payments, err := pgx.CollectRows(rows, pgx.RowToStructByName[refundablePayment])
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up payments to give back: %w", err)
	case named != nil && len(payments) == 0:
		u.addError("refundOf", notFound, "is no live payment of the other direction with the same party in %s", currency)
	case named != nil && payments[0].Left < amount:
		u.addError("amount", exceeds, "only %s of the payment is left", model.FromMinor(max(payments[0].Left, 0), currency).Amount)
	}
	var list []refund
	for _, p := range payments {
		if part := min(p.Left, amount); part > 0 {
			r := refund{PaymentID: p.ID, Amount: part}
			r.AllocatedOn = days[r]
			list = append(list, r)
			amount -= part
		}
	}
	return list, nil
}

// takeRefunds deletes what the payment id gives back and returns it.
func (u *unitOfWork) takeRefunds(ctx context.Context, id int64) ([]refund, error) {
	rows, _ := u.Query(ctx, takeRefunds, u.actor.OrganizationID, id)
	taken, err := pgx.CollectRows(rows, pgx.RowToStructByName[refund])
	if err != nil {
		return nil, fmt.Errorf("take back what payment %d gives back: %w", id, err)
	}
	return taken, nil
}

// saveRefunds saves what the payment id gives back.
func (u *unitOfWork) saveRefunds(ctx context.Context, id int64, list []refund) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := u.Exec(ctx, insertRefunds, u.actor.OrganizationID, id, list); err != nil {
		return fmt.Errorf("save what payment %d gives back: %w", id, err)
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"payment_refunds_refund_fkey":         {Path: "id", Code: notFound, Message: "does not exist"},
		"payment_refunds_payment_fkey":        {Path: "refundOf", Code: notFound, Message: "does not exist"},
		"payment_refunds_pair_key":            {Path: "refundOf", Code: invalid, Message: "is named twice"},
		"payment_refunds_amount_range":        {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"payment_refunds_allocated_on_finite": {Path: "refundOf", Code: invalid, Message: "is not a day"},
		"payment_refunds_payment_live":        {Path: "id", Code: state, Message: "the payment was given back: void the refund first"},
		"payment_refunds_same_currency":       {Path: "refundOf", Code: invalid, Message: "has another currency"},
		"payment_refunds_same_party":          {Path: "refundOf", Code: invalid, Message: "is with another party"},
		"payment_refunds_other_direction":     {Path: "refundOf", Code: invalid, Message: "goes in the same direction"},
	})
}
