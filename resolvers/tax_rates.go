package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	taxRates = projection.Define[model.TaxRate](projection.Definition{
		Name:         "tax_rate_summaries",
		Key:          []string{"tax_rate_id"},
		Node:         "TaxRate",
		Columns:      map[string]string{"ID": "tax_rate_id"},
		Orders:       map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
		DefaultOrder: "NAME",
	})

	taxRateByKey = byKey(taxRates)
)

func taxRateFilter(in *model.TaxRateFilter) (f filter) {
	if in == nil {
		in = &model.TaxRateFilter{}
	}
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) TaxRates(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.TaxRateFilter) (*model.TaxRateConnection, error) {
	q := page(first, after, last, before)
	q.Where = taxRateFilter(filter)
	return connect(ctx, taxRates, q)
}

func (r *mutationResolver) TaxRateCreate(ctx context.Context, input model.TaxRateCreateInput, idempotencyKey *string) (*model.TaxRatePayload, error) {
	key, err := r.store.TaxRateCreate(ctx, actor(ctx), input, idempotencyKey)
	return saved(ctx, taxRateByKey, key, err)
}

func (r *mutationResolver) TaxRateUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.TaxRateUpdateInput) (*model.TaxRatePayload, error) {
	return change(ctx, taxRateByKey, id, "TaxRate", func(key int64) (int64, error) {
		return r.store.TaxRateUpdate(ctx, actor(ctx), key, expectedVersion, input)
	})
}

// TaxRate returns the resolvers of tax rates.
func (r *Resolver) TaxRate() generated.TaxRateResolver { return history[model.TaxRate]{} }
