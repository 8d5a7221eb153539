package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	stores = projection.Define[model.Store](projection.Definition{
		Name:    "store_summaries",
		Stores:  ofStores,
		Key:     []string{"store_id"},
		Node:    "Store",
		Columns: map[string]string{"ID": "store_id"},
		Orders: map[string]projection.Order{
			"NAME":       {Column: "name", Type: "text"},
			"CREATED_AT": {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder: "NAME",
	})

	storeByKey = byKey(stores)
)

func storeFilter(in *model.StoreFilter) (f filter) {
	if in == nil {
		in = &model.StoreFilter{}
	}
	f.named(in.Ids, "store_id", "Store")
	f.externalRef(in.ExternalRef, "store_id", "stores", "")
	f.search(in.Search)
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) Store(ctx context.Context, id model.ID) (*model.Store, error) {
	return lookup(ctx, storeByKey, id)
}

func (r *queryResolver) Stores(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.StoreFilter, where map[string]any, orderBy *model.StoreOrder) (*model.StoreConnection, error) {
	q := page(first, after, last, before)
	q.Where = storeFilter(filter)
	ordered(&q, orderBy)
	found, err := connect(ctx, stores, q)
	if err != nil || found == nil {
		return nil, err
	}
	ids := make([]model.ID, len(found.Nodes))
	for i, store := range found.Nodes {
		ids[i] = store.ID
	}
	rememberPage(ctx, ids)
	return found, nil
}

func (r *mutationResolver) StoreCreate(ctx context.Context, input model.StoreCreateInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{}, func(w write) (int64, error) {
		return w.StoreCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) StoreUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.StoreUpdateInput, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) StoreArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) StoreRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.StorePayload, error) {
	return mutate(ctx, r, storeByKey, target{id: &id}, func(w write) (int64, error) {
		return w.StoreRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

// Store returns the resolvers of stores.
func (r *Resolver) Store() generated.StoreResolver { return &storeResolver{} }

type storeResolver struct{ history[model.Store] }
