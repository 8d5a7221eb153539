package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
)

var storeOfAmount = relate("store", storeByKey, func(a *model.StoreAmount) int64 { return keyOf(a.StoreID) })

// books returns the books of the caller's organization, as the request reads them.
func (r *request) books() reports.Books {
	organization := r.principal.Viewer.Organization
	return reports.Books{
		Reader:               r.pages,
		Currency:             organization.BaseCurrency,
		Today:                organization.Today,
		FiscalYearStartMonth: organization.FiscalYearStartMonth,
		Accounts:             accountByKey.rows,
		Stores:               reports.Stores{}.Within(r.principal.Actor.StoreKeys()),
	}
}

// booksOf returns the books of some stores, as the request reads them: nil is all of them, a nil among the ids the office. Of a
// member bound to stores they are the books of those among them.
func (r *request) booksOf(storeIDs []*model.ID) reports.Books {
	books := r.books()
	books.Stores = reports.StoresOf(storeIDs).Within(r.principal.Actor.StoreKeys())
	return books
}

func (r *queryResolver) TrialBalance(ctx context.Context, day *model.Date, compareTo *model.Date, storeIds []*model.ID) (*model.TrialBalance, error) {
	report, err := requestFrom(ctx).booksOf(storeIds).TrialBalance(ctx, day, compareTo)
	return answered(ctx, report, ofRead(err))
}

func (r *queryResolver) ProfitAndLoss(ctx context.Context, from model.Date, to model.Date, compareFrom *model.Date, compareTo *model.Date, storeIds []*model.ID) (*model.ProfitAndLoss, error) {
	report, err := requestFrom(ctx).booksOf(storeIds).ProfitAndLoss(ctx, from, to, compareFrom, compareTo)
	return answered(ctx, report, ofRead(err))
}

func (r *queryResolver) BalanceSheet(ctx context.Context, day *model.Date, compareTo *model.Date, storeIds []*model.ID) (*model.BalanceSheet, error) {
	report, err := requestFrom(ctx).booksOf(storeIds).BalanceSheet(ctx, day, compareTo)
	return answered(ctx, report, ofRead(err))
}

func (r *storeAmountResolver) Store(ctx context.Context, obj *model.StoreAmount) (*model.Store, error) {
	return storeOfAmount.load(ctx, obj)
}

// StoreAmount returns the resolvers of what of an amount is of one store.
func (r *Resolver) StoreAmount() generated.StoreAmountResolver { return &storeAmountResolver{r} }

type storeAmountResolver struct{ *Resolver }
