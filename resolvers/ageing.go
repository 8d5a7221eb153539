package resolvers

import (
	"cmp"
	"context"

	"daybook/graph/model"
)

func (r *queryResolver) ReceivablesAgeing(ctx context.Context, day *model.Date, first *int) (*model.Ageing, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	ageing, err := requestFrom(ctx).books().ReceivablesAgeing(ctx, day, *cmp.Or(first, new(defaultPageSize)))
	return ageing, ofRead(err)
}

func (r *queryResolver) PayablesAgeing(ctx context.Context, day *model.Date, first *int) (*model.Ageing, error) {
	if err := checkSize("first", first); err != nil {
		return nil, err
	}
	ageing, err := requestFrom(ctx).books().PayablesAgeing(ctx, day, *cmp.Or(first, new(defaultPageSize)))
	return ageing, ofRead(err)
}
