package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

var (
	monthlyInvoicing = projection.Define[model.MonthlyInvoicing](projection.Definition{
		Name:              "monthly_invoicing",
		Key:               []string{"party_id", "month date", "currency text", "store_id"},
		Columns:           map[string]string{"CustomerID": "party_id", "CustomerName": "party_name"},
		Orders:            map[string]projection.Order{"MONTH": {Column: "month", Type: "date"}},
		DefaultOrder:      "MONTH",
		DefaultDescending: true,
	})

	customerOfMonth = relate("customer", personByKey, func(m *model.MonthlyInvoicing) int64 { return m.CustomerID })
	storeOfMonth    = relate("store", storeByKey, func(m *model.MonthlyInvoicing) int64 { return m.StoreID })
)

func monthlyInvoicingFilter(in *model.MonthlyInvoicingFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.reference(in.CustomerID, "party_id", "Person")
	if ids := in.StoreIds.Value(); ids != nil {
		condition, keys := reports.StoresOf(ids).InSum("store_id")
		f.where(condition, keys...)
	}
	given(&f, in.MonthFrom, "month >= ?")
	given(&f, in.MonthTo, "month <= ?")
	return f
}

func (r *queryResolver) MonthlyInvoicing(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.MonthlyInvoicingFilter, where map[string]any, orderBy *model.MonthlyInvoicingOrder) (*model.MonthlyInvoicingConnection, error) {
	q := page(first, after, last, before)
	q.Where = monthlyInvoicingFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, monthlyInvoicing, q, customerOfMonth, storeOfMonth)
}

func (r *monthlyInvoicingResolver) Customer(ctx context.Context, obj *model.MonthlyInvoicing) (*model.Person, error) {
	return loadRequired(ctx, customerOfMonth, obj)
}

func (r *monthlyInvoicingResolver) Store(ctx context.Context, obj *model.MonthlyInvoicing) (*model.Store, error) {
	return storeOfMonth.load(ctx, obj)
}

// MonthlyInvoicing returns the resolvers of monthly invoicing.
func (r *Resolver) MonthlyInvoicing() generated.MonthlyInvoicingResolver {
	return &monthlyInvoicingResolver{r}
}

type monthlyInvoicingResolver struct{ *Resolver }
