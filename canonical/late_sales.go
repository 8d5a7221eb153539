package canonical

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
)

// LateSalesSet sets what becomes of sales that arrive for a day that is closed or behind the hard lock, and returns the organization's key.
func (s *Store) LateSalesSet(ctx context.Context, actor Actor, expectedVersion *int, in model.LateSalesSetInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		_, err := u.Exec(ctx, `UPDATE canonical.organizations SET late_sales = $2 WHERE id = $1 AND late_sales <> $2`,
			u.actor.OrganizationID, strings.ToLower(string(in.Policy)))
		if err != nil {
			return 0, fmt.Errorf("set what becomes of late sales: %w", err)
		}
		return u.actor.OrganizationID, nil
	})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"sales_day_open":          {Path: "id", Code: state, Message: "its day is closed: refund the sale, or reverse the close"},
		"sales_hard_locked":       {Path: "sales", Code: state, Message: "the books are closed for the day of a sale"},
		"sales_till_session_fkey": {Path: "sales", Code: state, Message: "a till is not open"},
		"sales_till_whole":        {Path: "sales", Code: state, Message: "a till is not open"},
	})
}
