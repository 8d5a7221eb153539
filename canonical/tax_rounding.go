package canonical

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
)

// TaxRoundingSet sets where the taxes of the organization's documents are rounded and returns the organization's key.
// Drafts take the new rounding; approved documents keep theirs, and are not posted anew.
func (s *Store) TaxRoundingSet(ctx context.Context, actor Actor, expectedVersion *int, in model.TaxRoundingSetInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		if err := u.loadOrganization(ctx, expectedVersion); err != nil {
			return 0, err
		}
		_, err := u.Exec(ctx, `UPDATE canonical.organizations SET tax_rounding = $2 WHERE id = $1 AND tax_rounding <> $2`,
			u.actor.OrganizationID, strings.ToLower(string(in.Rounding)))
		if err != nil {
			return 0, fmt.Errorf("set the rounding of taxes: %w", err)
		}
		return u.actor.OrganizationID, nil
	})
}
