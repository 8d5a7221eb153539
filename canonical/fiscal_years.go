package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

// FiscalYearSet sets the month in which the organization's fiscal year begins and returns the organization's key. No
// closing entry is booked at the end of a year: reports compute the years from the journal.
func (s *Store) FiscalYearSet(ctx context.Context, actor Actor, expectedVersion *int, in model.FiscalYearSetInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		if in.StartMonth < 1 || in.StartMonth > 12 {
			return 0, reject("startMonth", invalid, "must be from 1 to 12")
		}
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		_, err := u.Exec(ctx, `UPDATE canonical.organizations SET fiscal_year_start_month = $2
			WHERE id = $1 AND fiscal_year_start_month <> $2`,
			u.actor.OrganizationID, in.StartMonth)
		if err != nil {
			return 0, fmt.Errorf("set the fiscal year: %w", err)
		}
		return u.actor.OrganizationID, nil
	})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"organizations_fiscal_year_start_month": {Path: "startMonth", Code: invalid, Message: "must be from 1 to 12"},
	})
}
