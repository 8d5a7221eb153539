package resolvers

import (
	"context"
	"errors"

	"daybook/canonical"
	"daybook/graph/model"
)

// PeriodLock answers the organization as authentication read it, with the locks as they are
// now.
func (r *mutationResolver) PeriodLock(ctx context.Context, input model.PeriodLockInput) (*model.PeriodLockPayload, error) {
	_, err := r.store.PeriodLock(ctx, actor(ctx), input)
	var invalid *canonical.Invalid
	if errors.As(err, &invalid) {
		return &model.PeriodLockPayload{UserErrors: invalid.Errors}, nil
	}
	if err != nil {
		return nil, err
	}
	organization := requestFrom(ctx).principal.Viewer.Organization
	organization.SoftLockedUntil, organization.HardLockedUntil, err = r.store.PeriodLocks(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return &model.PeriodLockPayload{Record: &organization, UserErrors: []model.UserError{}}, nil
}
