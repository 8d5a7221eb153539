package resolvers

import (
	"context"

	"daybook/graph/model"
)

func (r *queryResolver) TaxReport(ctx context.Context, from model.Date, to model.Date) (*model.TaxReport, error) {
	report, err := requestFrom(ctx).books().TaxReport(ctx, from, to)
	return report, ofRead(err)
}
