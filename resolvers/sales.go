package resolvers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	sales = projection.Define[model.Sale](projection.Definition{
		Name:    "sale_annotations",
		Within:  []string{"store_id"},
		Stores:  ofStores,
		Key:     []string{"sale_id"},
		Node:    "Sale",
		Columns: map[string]string{"ID": "sale_id", "RefundOfID": "refunded_sale_id"},
		Orders: map[string]projection.Order{
			"OCCURRED_AT": {Column: "occurred_at", Type: "timestamptz"},
			"AMOUNT":      {Column: "amount", Type: "numeric"},
			"CREATED_AT":  {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "OCCURRED_AT",
		DefaultDescending: true,
	})

	saleLines = projection.Define[model.SaleLine](projection.Definition{
		Name:    "sale_lines",
		Within:  []string{"sale_id"},
		Stores:  ofStoresBy("sale_id", "sales"),
		Key:     []string{"line_id"},
		Node:    "SaleLine",
		Columns: map[string]string{"ID": "line_id"},
	})

	saleByKey     = byKey(sales)
	saleLineByKey = byKey(saleLines)
	storeOfSale   = relate("store", storeByKey, func(s *model.Sale) int64 { return s.StoreID })
	sessionOfSale = relate("tillSession", tillSessionByKey, func(s *model.Sale) int64 { return optional(s.TillSessionID) })
	personOfSale  = relate("person", personByKey, func(s *model.Sale) int64 { return optional(s.PersonID) })
	linesOfSale   = relate("lines", byParent(saleLines, "sale_id", "line"), func(s *model.Sale) int64 { return s.ID.Key })
	refundedSale  = relate("refundOf", saleByKey, func(s *model.Sale) int64 { return optional(s.RefundOfID) })
	refundsOfSale = relate("refunds", byParent(sales, "refunded_sale_id", "occurred_at, sale_id"), func(s *model.Sale) int64 { return s.ID.Key })

	productOfSaleLine  = relate("product", productByKey, func(l *model.SaleLine) int64 { return optional(l.ProductID) })
	refundedLineOfSale = relate("refundedLine", saleLineByKey, func(l *model.SaleLine) int64 { return optional(l.RefundedLineID) })
)

// paidWith has the conditions that a sale has a tender; each has an index.
var paidWith = map[model.Tender]string{
	model.TenderCash:    `tenders @> '[{"tender": "CASH"}]'`,
	model.TenderCard:    `tenders @> '[{"tender": "CARD"}]'`,
	model.TenderVoucher: `tenders @> '[{"tender": "VOUCHER"}]'`,
	model.TenderOther:   `tenders @> '[{"tender": "OTHER"}]'`,
}

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
	f.reference(in.TillSessionID, "till_session_id", "TillSession")
	f.reference(in.RefundOfID, "refunded_sale_id", "Sale")
	switch id := in.ProductID.Value(); {
	case id == nil:
	case id.Type == "Product":
		f.where("product_ids @> ARRAY[?::bigint]", id.Key)
	default:
		f.where("FALSE")
	}
	if tender := in.Tender.Value(); tender != nil {
		f.where(paidWith[*tender])
	}
	given(&f, in.AmountGte, "amount >= ?")
	given(&f, in.AmountLte, "amount <= ?")
	return f
}

func (r *queryResolver) Sale(ctx context.Context, id model.ID) (*model.Sale, error) {
	return lookup(ctx, saleByKey, id)
}

func (r *queryResolver) Sales(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.SaleFilter, where map[string]any, orderBy *model.SaleOrder) (*model.SaleConnection, error) {
	q := page(first, after, last, before)
	q.Where = saleFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, sales, q, storeOfSale, personOfSale, sessionOfSale, linesOfSale, refundedSale, refundsOfSale)
}

func (r *mutationResolver) SalesRecord(ctx context.Context, input model.SalesRecordInput, idempotencyKey *string) (*model.SalesRecordPayload, error) {
	who := actor(ctx)
	var err error
	if who.Once, err = once(ctx); err != nil {
		return nil, err
	}
	recorded, err := r.store.SalesRecord(ctx, who, input)
	if invalid, wrong := errors.AsType[*canonical.Invalid](err); wrong {
		return &model.SalesRecordPayload{Refused: len(input.Sales), Ids: []*model.ID{}, UserErrors: mistakesByRow(invalid.Errors)}, nil
	}
	if err != nil {
		return nil, err
	}
	payload := &model.SalesRecordPayload{
		Recorded: recorded.Recorded, Known: recorded.Known, Refused: recorded.Refused,
		Ids: make([]*model.ID, len(recorded.IDs)), UserErrors: mistakesByRow(recorded.Mistakes),
	}
	if recorded.Recorded+recorded.Known == 0 {
		payload.Ids = payload.Ids[:0]
	}
	for i, key := range recorded.IDs {
		if key != 0 {
			payload.Ids[i] = &model.ID{Type: "Sale", Key: key}
		}
	}
	return payload, nil
}

// mistakesByRow returns the user errors of a bulk that are listed: the first of each row, and of the others as many as of any other input.
func mistakesByRow(mistakes []model.UserError) []model.UserError {
	list, rows, others, left := []model.UserError{}, map[string]bool{}, 0, 0
	for _, mistake := range mistakes {
		row := mistake.Path
		if _, below, found := strings.Cut(row, "."); found {
			place, _, _ := strings.Cut(below, ".")
			row = place
		}
		if rows[row] {
			if others++; others > maxErrors {
				left++
				continue
			}
		}
		rows[row] = true
		list = append(list, mistake)
	}
	if left > 0 {
		list = append(list, model.UserError{Code: model.UserErrorCodeInvalid, Message: fmt.Sprintf("and %d more mistakes", left)})
	}
	return list
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

func (r *saleResolver) Lines(ctx context.Context, obj *model.Sale) ([]model.SaleLine, error) {
	return linesOfSale.load(ctx, obj)
}

func (r *saleResolver) RefundOf(ctx context.Context, obj *model.Sale) (*model.Sale, error) {
	return refundedSale.load(ctx, obj)
}

func (r *saleResolver) Refunds(ctx context.Context, obj *model.Sale) ([]model.Sale, error) {
	return refundsOfSale.load(ctx, obj)
}

func (r *saleLineResolver) Product(ctx context.Context, obj *model.SaleLine) (*model.Product, error) {
	return productOfSaleLine.load(ctx, obj)
}

func (r *saleLineResolver) RefundedLine(ctx context.Context, obj *model.SaleLine) (*model.SaleLine, error) {
	return refundedLineOfSale.load(ctx, obj)
}

func (r *saleResolver) TillSession(ctx context.Context, obj *model.Sale) (*model.TillSession, error) {
	return sessionOfSale.load(ctx, obj)
}

// Sale returns the resolvers of sales.
func (r *Resolver) Sale() generated.SaleResolver { return &saleResolver{} }

// SaleLine returns the resolvers of lines of sales.
func (r *Resolver) SaleLine() generated.SaleLineResolver { return &saleLineResolver{r} }

type (
	saleResolver     struct{ history[model.Sale] }
	saleLineResolver struct{ *Resolver }
)
