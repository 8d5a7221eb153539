package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	tills = projection.Define[model.Till](projection.Definition{
		Name:         "till_summaries",
		Stores:       ofStores,
		Key:          []string{"till_id"},
		Node:         "Till",
		Columns:      map[string]string{"ID": "till_id"},
		Orders:       map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
		DefaultOrder: "NAME",
	})
	tillSessions = projection.Define[model.TillSession](projection.Definition{
		Name:              "till_session_summaries",
		Stores:            ofStores,
		Key:               []string{"till_session_id"},
		Node:              "TillSession",
		Columns:           map[string]string{"ID": "till_session_id"},
		Orders:            map[string]projection.Order{"BUSINESS_DATE": {Column: "business_date", Type: "date"}},
		DefaultOrder:      "BUSINESS_DATE",
		DefaultDescending: true,
	})

	tillByKey        = byKey(tills)
	storeOfTill      = relate("store", storeByKey, func(t *model.Till) int64 { return t.StoreID })
	tillSessionByKey = byKey(tillSessions)
	storeOfSession   = relate("store", storeByKey, func(s *model.TillSession) int64 { return s.StoreID })
	tillOfSession    = relate("till", tillByKey, func(s *model.TillSession) int64 { return s.TillID })
	closeOfSession   = relate("dayClose", dayCloseByKey, func(s *model.TillSession) int64 { return optional(s.DayCloseID) })
)

func tillFilter(in *model.TillFilter) (f filter) {
	if in == nil {
		in = &model.TillFilter{}
	}
	f.named(in.Ids, "till_id", "Till")
	f.reference(in.StoreID, "store_id", "Store")
	f.archived(in.Archived)
	return f
}

func tillSessionFilter(in *model.TillSessionFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "till_session_id", "TillSession")
	f.reference(in.StoreID, "store_id", "Store")
	f.reference(in.TillID, "till_id", "Till")
	given(&f, in.State, "state = ?")
	given(&f, in.BusinessDateFrom, "business_date >= ?")
	given(&f, in.BusinessDateTo, "business_date <= ?")
	return f
}

func (r *queryResolver) Till(ctx context.Context, id model.ID) (*model.Till, error) {
	return lookup(ctx, tillByKey, id)
}

func (r *queryResolver) Tills(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.TillFilter, orderBy *model.TillOrder) (*model.TillConnection, error) {
	q := page(first, after, last, before)
	q.Where = tillFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, tills, q, storeOfTill)
}

func (r *queryResolver) TillSession(ctx context.Context, id model.ID) (*model.TillSession, error) {
	return lookup(ctx, tillSessionByKey, id)
}

func (r *queryResolver) TillSessions(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.TillSessionFilter, orderBy *model.TillSessionOrder) (*model.TillSessionConnection, error) {
	q := page(first, after, last, before)
	q.Where = tillSessionFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, tillSessions, q, storeOfSession, tillOfSession, closeOfSession)
}

func (r *mutationResolver) TillCreate(ctx context.Context, input model.TillCreateInput, idempotencyKey *string) (*model.TillPayload, error) {
	return mutate(ctx, r, tillByKey, target{}, func(w write) (int64, error) {
		return w.TillCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) TillUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.TillUpdateInput, idempotencyKey *string) (*model.TillPayload, error) {
	return mutate(ctx, r, tillByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TillUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) TillArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.TillPayload, error) {
	return mutate(ctx, r, tillByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TillArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) TillRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.TillPayload, error) {
	return mutate(ctx, r, tillByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TillRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) TillOpen(ctx context.Context, input model.TillOpenInput, idempotencyKey *string) (*model.TillSessionPayload, error) {
	return mutate(ctx, r, tillSessionByKey, target{}, func(w write) (int64, error) {
		return w.TillOpen(ctx, w.actor, input)
	})
}

func (r *mutationResolver) TillMove(ctx context.Context, id model.ID, expectedVersion *int, input model.TillMoveInput, idempotencyKey *string) (*model.TillSessionPayload, error) {
	return mutate(ctx, r, tillSessionByKey, target{id: &id}, func(w write) (int64, error) {
		return w.TillMove(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) TillClose(ctx context.Context, id model.ID, expectedVersion *int, input model.TillCloseInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.TillSessionPayload, error) {
	return mutate(ctx, r, tillSessionByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.TillClose(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *tillResolver) Store(ctx context.Context, obj *model.Till) (*model.Store, error) {
	return loadRequired(ctx, storeOfTill, obj)
}

func (r *tillSessionResolver) Store(ctx context.Context, obj *model.TillSession) (*model.Store, error) {
	return loadRequired(ctx, storeOfSession, obj)
}

func (r *tillSessionResolver) Till(ctx context.Context, obj *model.TillSession) (*model.Till, error) {
	return loadRequired(ctx, tillOfSession, obj)
}

func (r *tillSessionResolver) DayClose(ctx context.Context, obj *model.TillSession) (*model.DayClose, error) {
	return closeOfSession.load(ctx, obj)
}

// Till returns the resolvers of tills.
func (r *Resolver) Till() generated.TillResolver { return &tillResolver{} }

// TillSession returns the resolvers of sessions.
func (r *Resolver) TillSession() generated.TillSessionResolver { return &tillSessionResolver{} }

type (
	tillResolver        struct{ history[model.Till] }
	tillSessionResolver struct{ history[model.TillSession] }
)
