package resolvers

import (
	"context"

	"daybook/graph/model"
)

func (r *mutationResolver) OrganizationUpdate(ctx context.Context, expectedVersion *int, input model.OrganizationUpdateInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.OrganizationUpdate(ctx, w.actor, expectedVersion, input)
	})
}
