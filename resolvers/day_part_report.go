package resolvers

import (
	"context"

	"daybook/graph/model"
	"daybook/internal/reports"
)

func (r *queryResolver) DayPartReport(ctx context.Context, storeID model.ID, from, to model.Date, compareFrom, compareTo *model.Date) (*model.DayPartReport, error) {
	store, err := lookup(ctx, storeByKey, storeID)
	if err != nil {
		return nil, err
	}
	if store == nil {
		return nil, badInput("storeId names no store")
	}
	report, err := reports.DayPartReport(ctx, requestFrom(ctx).pages, *store, from, to, compareFrom, compareTo)
	return report, ofRead(err)
}
