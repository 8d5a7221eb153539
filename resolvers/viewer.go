package resolvers

import (
	"context"

	"daybook/graph/model"
)

// Viewer answers from what authentication has read already.
func (r *queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	return &requestFrom(ctx).principal.Viewer, nil
}
