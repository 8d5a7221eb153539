package resolvers

import (
	"context"

	"daybook/graph/model"
)

// FiscalYearSet answers the organization that authentication has read, with the new month.
func (r *mutationResolver) FiscalYearSet(ctx context.Context, input model.FiscalYearSetInput) (*model.FiscalYearPayload, error) {
	return mutateInto(ctx, r, target{}, func(w write) (int64, error) {
		return w.FiscalYearSet(ctx, w.actor, input)
	}, func(ctx context.Context, _ int64) (*model.Organization, error) {
		organization := requestFrom(ctx).principal.Viewer.Organization
		organization.FiscalYearStartMonth = input.StartMonth
		return &organization, nil
	})
}
