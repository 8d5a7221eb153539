package resolvers

import (
	"context"

	"daybook/graph/model"
)

func (r *mutationResolver) PeriodLock(ctx context.Context, expectedVersion *int, input model.PeriodLockInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.PeriodLock(ctx, w.actor, expectedVersion, input)
	})
}
