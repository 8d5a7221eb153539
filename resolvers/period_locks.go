package resolvers

import (
	"context"

	"daybook/graph/model"
)

// PeriodLock answers the organization that authentication has read, with the new locks.
func (r *mutationResolver) PeriodLock(ctx context.Context, input model.PeriodLockInput) (*model.PeriodLockPayload, error) {
	return mutateInto(ctx, r, target{}, func(w write) (int64, error) {
		return w.PeriodLock(ctx, w.actor, input)
	}, func(ctx context.Context, _ int64) (_ *model.Organization, err error) {
		organization := requestFrom(ctx).principal.Viewer.Organization
		organization.SoftLockedUntil, organization.HardLockedUntil, err = r.store.PeriodLocks(ctx, actor(ctx))
		return &organization, err
	})
}
