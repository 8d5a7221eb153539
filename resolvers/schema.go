package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

func (r *queryResolver) Node(ctx context.Context, id model.ID) (model.Node, error) {
	return findNode(ctx, id)
}

// Mutation returns the resolvers of all mutations.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// Query returns the resolvers of all queries.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type (
	mutationResolver struct{ *Resolver }
	queryResolver    struct{ *Resolver }
)
