package resolvers

import (
	"context"
	"errors"

	"daybook/canonical"
	"daybook/graph/model"
)

// FiscalYearSet answers the organization as authentication read it, with the month as it is
// now.
func (r *mutationResolver) FiscalYearSet(ctx context.Context, input model.FiscalYearSetInput) (*model.FiscalYearPayload, error) {
	_, err := r.store.FiscalYearSet(ctx, actor(ctx), input)
	var invalid *canonical.Invalid
	if errors.As(err, &invalid) {
		return &model.FiscalYearPayload{UserErrors: invalid.Errors}, nil
	}
	if err != nil {
		return nil, err
	}
	organization := requestFrom(ctx).principal.Viewer.Organization
	organization.FiscalYearStartMonth = input.StartMonth
	return &model.FiscalYearPayload{Record: &organization, UserErrors: []model.UserError{}}, nil
}
