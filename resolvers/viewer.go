package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

// Viewer returns what authentication has read.
func (r *queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	return &requestFrom(ctx).principal.Viewer, nil
}

// Organization returns the resolvers of what an organization has beside its own fields.
func (r *Resolver) Organization() generated.OrganizationResolver { return &organizationResolver{r} }

type organizationResolver struct{ *Resolver }
