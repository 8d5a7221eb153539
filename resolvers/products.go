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
	f.search(in.Search)
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) Products(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.ProductFilter) (*model.ProductConnection, error) {
	q := page(first, after, last, before)
	q.Where = productFilter(filter)
	return connect(ctx, products, q, taxRateOfProduct)
}

func (r *mutationResolver) ProductCreate(ctx context.Context, input model.ProductCreateInput, idempotencyKey *string) (*model.ProductPayload, error) {
	key, err := r.store.ProductCreate(ctx, actor(ctx), input, idempotencyKey)
	return saved(ctx, productByKey, key, err)
}

func (r *mutationResolver) ProductUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.ProductUpdateInput) (*model.ProductPayload, error) {
	return change(ctx, productByKey, id, "Product", func(key int64) (int64, error) {
		return r.store.ProductUpdate(ctx, actor(ctx), key, expectedVersion, input)
	})
}

func (r *productResolver) TaxRate(ctx context.Context, obj *model.Product) (*model.TaxRate, error) {
	return taxRateOfProduct.load(ctx, obj)
}

// Product returns the resolvers of products.
func (r *Resolver) Product() generated.ProductResolver { return &productResolver{} }

type productResolver struct{ history[model.Product] }
