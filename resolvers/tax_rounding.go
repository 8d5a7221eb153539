package resolvers

import (
	"context"

	"daybook/graph/model"
)

func (r *mutationResolver) TaxRoundingSet(ctx context.Context, expectedVersion *int, input model.TaxRoundingSetInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.TaxRoundingSet(ctx, w.actor, expectedVersion, input)
	})
}
