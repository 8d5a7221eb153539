package resolvers

import (
	"context"

	"daybook/graph/model"
)

// TaxRoundingSet answers the organization that authentication has read, with the new rounding.
func (r *mutationResolver) TaxRoundingSet(ctx context.Context, input model.TaxRoundingSetInput) (*model.TaxRoundingPayload, error) {
	return mutateInto(ctx, r, target{}, func(w write) (int64, error) {
		return w.TaxRoundingSet(ctx, w.actor, input)
	}, func(ctx context.Context, _ int64) (*model.Organization, error) {
		organization := requestFrom(ctx).principal.Viewer.Organization
		organization.TaxRounding = input.Rounding
		return &organization, nil
	})
}
