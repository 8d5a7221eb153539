package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
)

var (
	storeOfComparison   = relate("store", storeByKey, func(c *model.StoreComparison) int64 { return c.StoreID })
	productOfComparison = relate("product", productByKey, func(c *model.ProductComparison) int64 { return optional(c.ProductID) })
	taxRateOfComparison = relate("taxRate", taxRateByKey, func(c *model.TaxRateComparison) int64 { return c.TaxRateID })
)

func (r *queryResolver) DayPartReport(ctx context.Context, storeID *model.ID, storeIds []model.ID, from, to model.Date, compareFrom, compareTo *model.Date) (*model.DayPartReport, error) {
	report := &model.DayPartReport{From: from, To: to, CompareFrom: compareFrom, CompareTo: compareTo}
	switch {
	case storeID != nil && storeIds != nil:
		return nil, badInput("storeId and storeIds are not given together")
	case storeID != nil:
		var err error
		if report.Store, err = lookup(ctx, storeByKey, *storeID); err != nil {
			return nil, err
		}
		if report.Store == nil {
			return nil, badInput("storeId names no store")
		}
		report.StoreKeys = []int64{storeID.Key}
	case storeIds != nil:
		report.StoreKeys = []int64{}
		for _, id := range storeIds {
			if id.Type == "Store" {
				report.StoreKeys = append(report.StoreKeys, id.Key)
			}
		}
	}
	if err := reports.DayPartReport(ctx, requestFrom(ctx).pages, report); err != nil {
		return nil, ofRead(err)
	}
	return report, nil
}

func (r *dayPartReportResolver) Products(ctx context.Context, obj *model.DayPartReport) ([]model.ProductComparison, error) {
	list, err := reports.SalesByProduct(ctx, requestFrom(ctx).pages, obj)
	return list, ofRead(err)
}

func (r *dayPartReportResolver) Tenders(ctx context.Context, obj *model.DayPartReport) ([]model.TenderComparison, error) {
	list, err := reports.SalesByTender(ctx, requestFrom(ctx).pages, obj)
	return list, ofRead(err)
}

func (r *dayPartReportResolver) TaxRates(ctx context.Context, obj *model.DayPartReport) ([]model.TaxRateComparison, error) {
	list, err := reports.TaxesOfSales(ctx, requestFrom(ctx).pages, obj)
	return list, ofRead(err)
}

func (r *dayPartReportResolver) Hours(ctx context.Context, obj *model.DayPartReport) ([]model.HourComparison, error) {
	list, err := reports.SalesByHour(ctx, requestFrom(ctx).pages, obj)
	return list, ofRead(err)
}

func (r *storeComparisonResolver) Store(ctx context.Context, obj *model.StoreComparison) (*model.Store, error) {
	return loadRequired(ctx, storeOfComparison, obj)
}

func (r *productComparisonResolver) Product(ctx context.Context, obj *model.ProductComparison) (*model.Product, error) {
	return productOfComparison.load(ctx, obj)
}

func (r *taxRateComparisonResolver) TaxRate(ctx context.Context, obj *model.TaxRateComparison) (*model.TaxRate, error) {
	return loadRequired(ctx, taxRateOfComparison, obj)
}

// DayPartReport returns the resolvers of day-part reports.
func (r *Resolver) DayPartReport() generated.DayPartReportResolver { return &dayPartReportResolver{r} }

// StoreComparison returns the resolvers of what stores have sold.
func (r *Resolver) StoreComparison() generated.StoreComparisonResolver {
	return &storeComparisonResolver{r}
}

// ProductComparison returns the resolvers of what was sold of products.
func (r *Resolver) ProductComparison() generated.ProductComparisonResolver {
	return &productComparisonResolver{r}
}

// TaxRateComparison returns the resolvers of what was taxed at rates.
func (r *Resolver) TaxRateComparison() generated.TaxRateComparisonResolver {
	return &taxRateComparisonResolver{r}
}

type (
	dayPartReportResolver     struct{ *Resolver }
	storeComparisonResolver   struct{ *Resolver }
	productComparisonResolver struct{ *Resolver }
	taxRateComparisonResolver struct{ *Resolver }
)
