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
		Stores:       projection.Shared,
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
	f.named(in.Ids, "tax_rate_id", "TaxRate")
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) TaxRate(ctx context.Context, id model.ID) (*model.TaxRate, error) {
	return lookup(ctx, taxRateByKey, id)
}

func (r *queryResolver) TaxRates(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.TaxRateFilter, where map[string]any, orderBy *model.TaxRateOrder) (*model.TaxRateConnection, error) {
	q := page(first, after, last, before)
	q.Where = taxRateFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, taxRates, q)
}

func (r *mutationResolver) TaxRateCreate(ctx context.Context, input model.TaxRateCreateInput, idempotencyKey *string) (*model.TaxRatePayload, error) {
	return mutate(ctx, r, taxRateByKey, target{}, func(w write) (int64, error) {
		return w.TaxRateCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) TaxRateUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.TaxRateUpdateInput, idempotencyKey *string) (*model.TaxRatePayload, error) {
	return mutate(ctx, r, taxRateByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TaxRateUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) TaxRateArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.TaxRatePayload, error) {
	return mutate(ctx, r, taxRateByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TaxRateArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) TaxRateRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.TaxRatePayload, error) {
	return mutate(ctx, r, taxRateByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TaxRateRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

// TaxRate returns the resolvers of tax rates.
func (r *Resolver) TaxRate() generated.TaxRateResolver { return history[model.TaxRate]{} }
