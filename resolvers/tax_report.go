package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
)

var storeOfTaxes = relate("store", storeByKey, func(t *model.StoreTaxes) int64 { return keyOf(t.StoreID) })

func (r *queryResolver) TaxReport(ctx context.Context, from model.Date, to model.Date, storeIds []*model.ID) (*model.TaxReport, error) {
	report, err := requestFrom(ctx).booksOf(storeIds).TaxReport(ctx, from, to)
	return answered(ctx, report, ofRead(err))
}

func (r *storeTaxesResolver) Store(ctx context.Context, obj *model.StoreTaxes) (*model.Store, error) {
	return storeOfTaxes.load(ctx, obj)
}

// StoreTaxes returns the resolvers of what of a tax report is of one store.
func (r *Resolver) StoreTaxes() generated.StoreTaxesResolver { return &storeTaxesResolver{r} }

type storeTaxesResolver struct{ *Resolver }
