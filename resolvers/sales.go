package resolvers

import (
	"context"
	"errors"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	sales = projection.Define[model.Sale](projection.Definition{
		Name:    "sale_annotations",
		Within:  []string{"store_id"},
		Key:     []string{"sale_id"},
		Node:    "Sale",
		Columns: map[string]string{"ID": "sale_id"},
		Orders: map[string]projection.Order{
			"OCCURRED_AT": {Column: "occurred_at", Type: "timestamptz"},
			"AMOUNT":      {Column: "amount", Type: "numeric"},
			"CREATED_AT":  {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "OCCURRED_AT",
		DefaultDescending: true,
	})

	saleByKey    = byKey(sales)
	storeOfSale  = relate("store", storeByKey, func(s *model.Sale) int64 { return s.StoreID })
	personOfSale = relate("person", personByKey, func(s *model.Sale) int64 { return optional(s.PersonID) })
)

func saleFilter(in *model.SaleFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "sale_id", "Sale")
	f.reference(in.StoreID, "store_id", "Store")
	f.reference(in.PersonID, "person_id", "Person")
	given(&f, in.DayPart, "lower(day_part) = lower(?)")
	f.either(in.WithoutDayPart, "day_part IS NULL", "day_part IS NOT NULL")
	// The list is indexed by occurred_at, so each condition comes with the bounds that it implies there in any zone.
	given(&f, in.OccurredFrom, "occurred_at >= ?")
	given(&f, in.OccurredTo, "occurred_at < ?")
	if from := in.BusinessDateFrom.Value(); from != nil {
		f.where("business_date >= ? AND occurred_at >= ?::date::timestamp AT TIME ZONE 'UTC'", *from, from.AddDays(-1))
	}
	if to := in.BusinessDateTo.Value(); to != nil {
		f.where("business_date <= ? AND occurred_at < ?::date::timestamp AT TIME ZONE 'UTC'", *to, to.AddDays(3))
	}
	if ref := in.ExternalRef.Value(); ref != nil {
		f.where("lower(external_ref) = lower(?) AND external_ref = ?", canonical.Reference(*ref), canonical.Reference(*ref))
	}
	// These values are constants in the SQL, because the rare ones have partial indexes.
	f.either(in.InsideOpeningHours, "inside_opening_hours", "NOT inside_opening_hours")
	f.either(in.Voided, "voided", "NOT voided")
	if kind := in.Kind.Value(); kind != nil {
		switch *kind {
		case model.SaleKindSale:
			f.where("kind = 'SALE'")
		case model.SaleKindRefund:
			f.where("kind = 'REFUND'")
		}
	}
	given(&f, in.AmountGte, "amount >= ?")
	given(&f, in.AmountLte, "amount <= ?")
	return f
}

func (r *queryResolver) Sale(ctx context.Context, id model.ID) (*model.Sale, error) {
	return lookup(ctx, saleByKey, id)
}

func (r *queryResolver) Sales(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.SaleFilter, orderBy *model.SaleOrder) (*model.SaleConnection, error) {
	q := page(first, after, last, before)
	q.Where = saleFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, sales, q, storeOfSale, personOfSale)
}

func (r *mutationResolver) SalesRecord(ctx context.Context, input model.SalesRecordInput, idempotencyKey *string) (*model.SalesRecordPayload, error) {
	who := actor(ctx)
	var err error
	if who.Once, err = once(ctx); err != nil {
		return nil, err
	}
	recorded, err := r.store.SalesRecord(ctx, who, input)
	if invalid, wrong := errors.AsType[*canonical.Invalid](err); wrong {
		return &model.SalesRecordPayload{Refused: len(input.Sales), Ids: []*model.ID{}, UserErrors: invalid.Errors}, nil
	}
	if err != nil {
		return nil, err
	}
	payload := &model.SalesRecordPayload{
		Recorded: recorded.Recorded, Known: recorded.Known, Refused: recorded.Refused,
		Ids: make([]*model.ID, len(recorded.IDs)), UserErrors: append([]model.UserError{}, recorded.Mistakes...),
	}
	for i, key := range recorded.IDs {
		if key != 0 {
			payload.Ids[i] = &model.ID{Type: "Sale", Key: key}
		}
	}
	return payload, nil
}

func (r *mutationResolver) SaleVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.SalePayload, error) {
	return mutate(ctx, r, saleByKey, target{id: &id}, func(w write) (int64, error) {
		return w.SaleVoid(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *saleResolver) Store(ctx context.Context, obj *model.Sale) (*model.Store, error) {
	return loadRequired(ctx, storeOfSale, obj)
}

func (r *saleResolver) Person(ctx context.Context, obj *model.Sale) (*model.Person, error) {
	return personOfSale.load(ctx, obj)
}

// Sale returns the resolvers of sales.
func (r *Resolver) Sale() generated.SaleResolver { return &saleResolver{} }

type saleResolver struct{ history[model.Sale] }
