package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	dayCloses = projection.Define[model.DayClose](projection.Definition{
		Name:              "day_close_summaries",
		Stores:            ofStores,
		Key:               []string{"day_close_id"},
		Node:              "DayClose",
		Columns:           map[string]string{"ID": "day_close_id"},
		Orders:            map[string]projection.Order{"BUSINESS_DATE": {Column: "business_date", Type: "date"}},
		DefaultOrder:      "BUSINESS_DATE",
		DefaultDescending: true,
	})

	dayCloseByKey  = byKey(dayCloses)
	storeOfClose   = relate("store", storeByKey, func(c *model.DayClose) int64 { return c.StoreID })
	sessionOfClose = relate("tillSession", tillSessionByKey, func(c *model.DayClose) int64 { return optional(c.TillSessionID) })
)

func dayCloseFilter(in *model.DayCloseFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "day_close_id", "DayClose")
	f.reference(in.StoreID, "store_id", "Store")
	f.reference(in.TillSessionID, "till_session_id", "TillSession")
	given(&f, in.BusinessDateFrom, "business_date >= ?")
	given(&f, in.BusinessDateTo, "business_date <= ?")
	f.either(in.Reversed, "reversed", "NOT reversed")
	return f
}

func (r *queryResolver) DayClose(ctx context.Context, id model.ID) (*model.DayClose, error) {
	return lookup(ctx, dayCloseByKey, id)
}

func (r *queryResolver) DayCloses(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DayCloseFilter, orderBy *model.DayCloseOrder) (*model.DayCloseConnection, error) {
	q := page(first, after, last, before)
	q.Where = dayCloseFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, dayCloses, q, storeOfClose, sessionOfClose)
}

func (r *mutationResolver) SalesPost(ctx context.Context, input model.SalesPostInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.DayClosePayload, error) {
	return mutate(ctx, r, dayCloseByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.SalesPost(ctx, w.actor, input)
	})
}

func (r *mutationResolver) DayCloseReverse(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.DayClosePayload, error) {
	return mutate(ctx, r, dayCloseByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DayCloseReverse(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) LateSalesSet(ctx context.Context, expectedVersion *int, input model.LateSalesSetInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.LateSalesSet(ctx, w.actor, expectedVersion, input)
	})
}

func (r *dayCloseResolver) Store(ctx context.Context, obj *model.DayClose) (*model.Store, error) {
	return loadRequired(ctx, storeOfClose, obj)
}

func (r *dayCloseResolver) TillSession(ctx context.Context, obj *model.DayClose) (*model.TillSession, error) {
	return sessionOfClose.load(ctx, obj)
}

// DayClose returns the resolvers of day closes.
func (r *Resolver) DayClose() generated.DayCloseResolver { return &dayCloseResolver{} }

type dayCloseResolver struct{ history[model.DayClose] }
