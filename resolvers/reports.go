package resolvers

import (
	"context"

	"daybook/graph/model"
	"daybook/internal/reports"
)

// books returns the books of the caller's organization, as the request reads them.
func (r *request) books() reports.Books {
	organization := r.principal.Viewer.Organization
	return reports.Books{
		Reader:               r.pages,
		Currency:             organization.BaseCurrency,
		Today:                organization.Today,
		FiscalYearStartMonth: organization.FiscalYearStartMonth,
		Accounts:             accountByKey.rows,
	}
}

func (r *queryResolver) TrialBalance(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.TrialBalance, error) {
	report, err := requestFrom(ctx).books().TrialBalance(ctx, day, compareTo)
	return answered(ctx, report, ofRead(err))
}

func (r *queryResolver) ProfitAndLoss(ctx context.Context, from model.Date, to model.Date, compareFrom *model.Date, compareTo *model.Date) (*model.ProfitAndLoss, error) {
	report, err := requestFrom(ctx).books().ProfitAndLoss(ctx, from, to, compareFrom, compareTo)
	return answered(ctx, report, ofRead(err))
}

func (r *queryResolver) BalanceSheet(ctx context.Context, day *model.Date, compareTo *model.Date) (*model.BalanceSheet, error) {
	report, err := requestFrom(ctx).books().BalanceSheet(ctx, day, compareTo)
	return answered(ctx, report, ofRead(err))
}
