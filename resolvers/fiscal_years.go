package resolvers

import (
	"context"

	"daybook/graph/model"
)

func (r *mutationResolver) FiscalYearSet(ctx context.Context, expectedVersion *int, input model.FiscalYearSetInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.FiscalYearSet(ctx, w.actor, expectedVersion, input)
	})
}
