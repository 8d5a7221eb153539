package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	payments = projection.Define[model.Payment](projection.Definition{
		Name:              "payment_summaries",
		Key:               []string{"payment_id"},
		Node:              "Payment",
		Columns:           map[string]string{"ID": "payment_id", "CustomerID": "party_id", "CustomerName": "party_name"},
		Orders:            map[string]projection.Order{"PAID_ON": {Column: "paid_on", Type: "date"}},
		DefaultOrder:      "PAID_ON",
		DefaultDescending: true,
	})

	paymentByKey      = byKey(payments)
	customerOfPayment = relate("customer", personByKey, func(p *model.Payment) int64 { return p.CustomerID })
)

func paymentFilter(in *model.PaymentFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.reference(in.CustomerID, "party_id", "Person")
	f.either(in.Voided, "voided", "NOT voided")
	return f
}

func (r *queryResolver) Payment(ctx context.Context, id model.ID) (*model.Payment, error) {
	return lookup(ctx, paymentByKey, id, "Payment")
}

func (r *queryResolver) Payments(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PaymentFilter) (*model.PaymentConnection, error) {
	q := page(first, after, last, before)
	q.Where = paymentFilter(filter)
	return connect(ctx, payments, q, customerOfPayment)
}

func (r *mutationResolver) PaymentRecord(ctx context.Context, input model.PaymentRecordInput, idempotencyKey *string) (*model.PaymentPayload, error) {
	key, err := r.store.PaymentRecord(ctx, actor(ctx), input, idempotencyKey)
	return saved(ctx, paymentByKey, key, err)
}

func (r *mutationResolver) PaymentVoid(ctx context.Context, id model.ID, expectedVersion *int) (*model.PaymentPayload, error) {
	return change(ctx, paymentByKey, id, "Payment", func(key int64) (int64, error) {
		return r.store.PaymentVoid(ctx, actor(ctx), key, expectedVersion)
	})
}

func (r *paymentResolver) Customer(ctx context.Context, obj *model.Payment) (*model.Person, error) {
	return must(ctx, customerOfPayment, obj)
}

// Payment returns the resolvers of payments.
func (r *Resolver) Payment() generated.PaymentResolver { return &paymentResolver{r} }

type paymentResolver struct{ *Resolver }
