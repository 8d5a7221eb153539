package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
)

var storeOfComparison = relate("store", storeByKey, func(c *model.StoreComparison) int64 { return c.StoreID })

func (r *queryResolver) DayPartReport(ctx context.Context, storeID *model.ID, from, to model.Date, compareFrom, compareTo *model.Date) (*model.DayPartReport, error) {
	var store *model.Store
	if storeID != nil {
		var err error
		if store, err = lookup(ctx, storeByKey, *storeID); err != nil {
			return nil, err
		}
		if store == nil {
			return nil, badInput("storeId names no store")
		}
	}
	report, err := reports.DayPartReport(ctx, requestFrom(ctx).pages, store, from, to, compareFrom, compareTo)
	return report, ofRead(err)
}

func (r *storeComparisonResolver) Store(ctx context.Context, obj *model.StoreComparison) (*model.Store, error) {
	return loadRequired(ctx, storeOfComparison, obj)
}

// StoreComparison returns the resolvers of what stores have sold.
func (r *Resolver) StoreComparison() generated.StoreComparisonResolver {
	return &storeComparisonResolver{r}
}

type storeComparisonResolver struct{ *Resolver }
