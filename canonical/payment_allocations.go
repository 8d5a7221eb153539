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

// PaymentAllocate makes in the whole set of what a live payment settles, by the rules of PaymentRecord; nothing in it
// makes all of the payment a credit. What the payment settled so far is free for it to settle again. The payment gets a
// new version, also where the set is the same. Where a document is in another currency and at another rate than the
// payment, the payment is posted anew on its own day, which a period lock may refuse.
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
			if _, err := u.change(ctx, id, statement); err != nil {
				return 0, err
			}
		}
		who := side{role: p.PartyRole, direction: model.PaymentDirection(strings.ToUpper(p.Direction))}.settling()
		list, err := u.allocations(ctx, u.claims(who, in), who.settles, who.settledType, p.PartyID, p.Currency, p.Amount)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.allocate(ctx, id, list, insertAllocations)
	})
}

// allocate saves, by the statement, what a payment or a credit note settles.
func (u *unitOfWork) allocate(ctx context.Context, id int64, list []allocation, statement string) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := u.Exec(ctx, statement, u.actor.OrganizationID, id, list); err != nil {
		return fmt.Errorf("allocate what %d settles: %w", id, err)
	}
	return nil
}
