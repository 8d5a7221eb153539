package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	products = projection.Define[model.Product](projection.Definition{
		Name:         "product_summaries",
		Stores:       projection.Shared,
		Key:          []string{"product_id"},
		Node:         "Product",
		Columns:      map[string]string{"ID": "product_id"},
		Orders:       map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
		DefaultOrder: "NAME",
	})

	productByKey     = byKey(products)
	taxRateOfProduct = relate("taxRate", taxRateByKey, func(p *model.Product) int64 { return optional(p.TaxRateID) })
)

func productFilter(in *model.ProductFilter) (f filter) {
	if in == nil {
		in = &model.ProductFilter{}
	}
	f.named(in.Ids, "product_id", "Product")
	f.exactly(in.Sku, "sku")
	f.search(in.Search)
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) Product(ctx context.Context, id model.ID) (*model.Product, error) {
	return lookup(ctx, productByKey, id)
}

func (r *queryResolver) Products(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.ProductFilter, where map[string]any, orderBy *model.ProductOrder) (*model.ProductConnection, error) {
	q := page(first, after, last, before)
	q.Where = productFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, products, q, taxRateOfProduct)
}

func (r *mutationResolver) ProductCreate(ctx context.Context, input model.ProductCreateInput, idempotencyKey *string) (*model.ProductPayload, error) {
	return mutate(ctx, r, productByKey, target{}, func(w write) (int64, error) {
		return w.ProductCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) ProductUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.ProductUpdateInput, idempotencyKey *string) (*model.ProductPayload, error) {
	return mutate(ctx, r, productByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ProductUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) ProductArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ProductPayload, error) {
	return mutate(ctx, r, productByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ProductArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) ProductRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ProductPayload, error) {
	return mutate(ctx, r, productByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ProductRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *productResolver) TaxRate(ctx context.Context, obj *model.Product) (*model.TaxRate, error) {
	return taxRateOfProduct.load(ctx, obj)
}

// Product returns the resolvers of products.
func (r *Resolver) Product() generated.ProductResolver { return &productResolver{} }

type productResolver struct{ history[model.Product] }
