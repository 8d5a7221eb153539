package resolvers

import (
	"cmp"
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

var storeOfAgeing = relate("store", storeByKey, func(a *model.StoreAgeing) int64 { return keyOf(a.StoreID) })

func (r *queryResolver) ReceivablesAgeing(ctx context.Context, day *model.Date, storeIds []*model.ID, first *int) (*model.Ageing, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	ageing, err := requestFrom(ctx).booksOf(storeIds).ReceivablesAgeing(ctx, day, *cmp.Or(first, new(defaultPageSize)))
	return ageing, ofRead(err)
}

func (r *queryResolver) PayablesAgeing(ctx context.Context, day *model.Date, storeIds []*model.ID, first *int) (*model.Ageing, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	ageing, err := requestFrom(ctx).booksOf(storeIds).PayablesAgeing(ctx, day, *cmp.Or(first, new(defaultPageSize)))
	return ageing, ofRead(err)
}

func (r *storeAgeingResolver) Store(ctx context.Context, obj *model.StoreAgeing) (*model.Store, error) {
	return storeOfAgeing.load(ctx, obj)
}

// StoreAgeing returns the resolvers of what is due of one store.
func (r *Resolver) StoreAgeing() generated.StoreAgeingResolver { return &storeAgeingResolver{r} }

type storeAgeingResolver struct{ *Resolver }
