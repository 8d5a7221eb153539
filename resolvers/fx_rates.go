package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	fxRates = projection.Define[model.FxRate](projection.Definition{
		Name:              "fx_rate_summaries",
		Stores:            projection.Shared,
		Key:               []string{"fx_rate_id"},
		Node:              "FxRate",
		Columns:           map[string]string{"ID": "fx_rate_id"},
		Orders:            map[string]projection.Order{"VALID_FROM": {Column: "valid_from", Type: "date"}},
		DefaultOrder:      "VALID_FROM",
		DefaultDescending: true,
	})

	fxRateByKey = byKey(fxRates)
)

func fxRateFilter(in *model.FxRateFilter) (f filter) {
	if in == nil {
		return nil
	}
	given(&f, in.Currency, "currency = ?")
	given(&f, in.ValidTo, "valid_from <= ?")
	return f
}

func (r *queryResolver) FxRate(ctx context.Context, id model.ID) (*model.FxRate, error) {
	return lookup(ctx, fxRateByKey, id)
}

func (r *queryResolver) FxRates(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.FxRateFilter, where map[string]any, orderBy *model.FxRateOrder) (*model.FxRateConnection, error) {
	q := page(first, after, last, before)
	q.Where = fxRateFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, fxRates, q)
}

func (r *mutationResolver) FxRateSet(ctx context.Context, expectedVersion *int, input model.FxRateSetInput, idempotencyKey *string) (*model.FxRatePayload, error) {
	return mutate(ctx, r, fxRateByKey, target{}, func(w write) (int64, error) {
		return w.FxRateSet(ctx, w.actor, expectedVersion, input)
	})
}

// FxRate returns the resolvers of rates of exchange.
func (r *Resolver) FxRate() generated.FxRateResolver { return history[model.FxRate]{} }
