package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

func (r *queryResolver) Node(ctx context.Context, id model.ID) (model.Node, error) {
	if answer, ok := answerNode[id.Type]; ok && !hiddenType(ctx, id.Type) {
		if done, err := answer(ctx, id.Key); done || err != nil {
			return nil, err
		}
	}
	return findNode(ctx, id)
}

// maxNodes is how many ids nodes takes.
const maxNodes = 200

func (r *queryResolver) Nodes(ctx context.Context, ids []model.ID) ([]model.Node, error) {
	if len(ids) > maxNodes {
		return nil, badInput("ids must not be more than %d", maxNodes)
	}
	return findNodes(ctx, ids)
}

// Mutation returns the resolvers of all mutations.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

// Query returns the resolvers of all queries.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type (
	mutationResolver struct{ *Resolver }
	queryResolver    struct{ *Resolver }
)
