package resolvers

import (
	"context"
	"time"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	shifts = projection.Define[model.Shift](projection.Definition{
		Name:    "shift_annotations",
		Stores:  ofStores,
		Within:  []string{"store_id", "person_id"},
		Key:     []string{"shift_id"},
		Node:    "Shift",
		Columns: map[string]string{"ID": "shift_id"},
		Orders: map[string]projection.Order{
			"STARTS_AT":  {Column: "starts_at", Type: "timestamptz"},
			"CREATED_AT": {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "STARTS_AT",
		DefaultDescending: true,
	})

	shiftByKey    = byKey(shifts)
	storeOfShift  = relate("store", storeByKey, func(s *model.Shift) int64 { return s.StoreID })
	personOfShift = relate("person", personByKey, func(s *model.Shift) int64 { return optional(s.PersonID) })
)

func shiftFilter(in *model.ShiftFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "shift_id", "Shift")
	f.externalRef(in.ExternalRef, "shift_id", "shifts", "")
	f.reference(in.StoreID, "store_id", "Store")
	f.reference(in.PersonID, "person_id", "Person")
	f.either(in.Open, "person_id IS NULL", "person_id IS NOT NULL")
	given(&f, in.State, "state = ?")
	// The lists are indexed by the start of a shift, so each condition below comes with the bounds that it implies for the
	// start. Clocks are up to 12 hours behind UTC and 14 ahead; a business date is the start's local date or the one
	// before; and a shift lasts for a day at most.
	if from := in.BusinessDateFrom.Value(); from != nil {
		f.where("business_date >= ?", *from)
		f.where("starts_at >= ?", from.Add(-14*time.Hour))
	}
	if to := in.BusinessDateTo.Value(); to != nil {
		f.where("business_date <= ?", *to)
		f.where("starts_at < ?", to.AddDays(2).Add(12*time.Hour))
	}
	if r := in.Overlapping.Value(); r != nil {
		f.where("starts_at < ?", r.To)
		f.where("ends_at > ?", r.From)
		f.where("starts_at > ?", r.From.Add(-24*time.Hour))
	}
	return f
}

// listShifts returns a page of the shifts that meet the filter and the conditions in also.
func listShifts(ctx context.Context, q projection.PageQuery, in *model.ShiftFilter, orderBy *model.ShiftOrder, also ...projection.Condition) (*model.ShiftConnection, error) {
	q.Where = append(shiftFilter(in), also...)
	ordered(&q, orderBy)
	return connect(ctx, shifts, q, storeOfShift, personOfShift)
}

func (r *queryResolver) Shift(ctx context.Context, id model.ID) (*model.Shift, error) {
	return lookup(ctx, shiftByKey, id)
}

func (r *queryResolver) Shifts(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.ShiftFilter, where map[string]any, orderBy *model.ShiftOrder) (*model.ShiftConnection, error) {
	return listShifts(ctx, page(first, after, last, before), filter, orderBy)
}

func (r *mutationResolver) ShiftCreate(ctx context.Context, input model.ShiftCreateInput, idempotencyKey *string) (*model.ShiftPayload, error) {
	return mutate(ctx, r, shiftByKey, target{}, func(w write) (int64, error) {
		return w.ShiftCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) ShiftUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.ShiftUpdateInput, idempotencyKey *string) (*model.ShiftPayload, error) {
	return mutate(ctx, r, shiftByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ShiftUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) ShiftPublish(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ShiftPayload, error) {
	return mutate(ctx, r, shiftByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ShiftPublish(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) ShiftCancel(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ShiftPayload, error) {
	return mutate(ctx, r, shiftByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ShiftCancel(ctx, w.actor, w.key, expectedVersion)
	})
}

// ShiftDelete loads the draft first, so that the payload shows it as it last was.
func (r *mutationResolver) ShiftDelete(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ShiftPayload, error) {
	if _, err := lookup(ctx, shiftByKey, id); err != nil {
		return nil, err
	}
	return mutate(ctx, r, shiftByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ShiftDelete(ctx, w.actor, w.key, expectedVersion)
	})
}

// Shifts makes a statement for each person.
func (r *personResolver) Shifts(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string, filter *model.ShiftFilter, where map[string]any, orderBy *model.ShiftOrder) (*model.ShiftConnection, error) {
	return listShifts(ctx, page(first, after, last, before), filter, orderBy, only("person_id = ?", obj.ID.Key)...)
}

func (r *shiftResolver) Store(ctx context.Context, obj *model.Shift) (*model.Store, error) {
	return loadRequired(ctx, storeOfShift, obj)
}

func (r *shiftResolver) Person(ctx context.Context, obj *model.Shift) (*model.Person, error) {
	return personOfShift.load(ctx, obj)
}

// Shift returns the resolvers of shifts.
func (r *Resolver) Shift() generated.ShiftResolver { return &shiftResolver{} }

type shiftResolver struct{ history[model.Shift] }
