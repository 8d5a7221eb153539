package resolvers

import (
	"context"
	"fmt"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	payments = projection.Define[model.Payment](projection.Definition{
		Name:    "payment_summaries",
		Stores:  ofStores,
		Within:  []string{"party_id"},
		Key:     []string{"payment_id"},
		Node:    "Payment",
		Columns: map[string]string{"ID": "payment_id"},
		Orders: map[string]projection.Order{
			"PAID_ON":    {Column: "paid_on", Type: "date"},
			"UPDATED_AT": {Column: "updated_at", Type: "timestamptz"},
		},
		DefaultOrder:      "PAID_ON",
		DefaultDescending: true,
	})

	paymentAllocations = projection.Define[model.PaymentAllocation](projection.Definition{
		Name:    "document_payments",
		Within:  []string{"document_id", "payment_id"},
		Stores:  ofStoresBy("payment_id", "payments") + " AND " + ofStoresBy("document_id", "documents"),
		Key:     []string{"allocation_id"},
		Node:    "PaymentAllocation",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	paymentByKey      = byKey(payments)
	partyOfPayment    = relate("party", personByKey, func(p *model.Payment) int64 { return p.PartyID })
	customerOfPayment = relate("customer", personByKey, partyAs("CUSTOMER"))
	vendorOfPayment   = relate("vendor", personByKey, partyAs("VENDOR"))
	accountOfPayment  = relate("account", accountByKey, func(p *model.Payment) int64 { return optional(p.AccountID) })
	storeOfPayment    = relate("store", storeByKey, func(p *model.Payment) int64 { return optional(p.StoreID) })
	paymentRefunds    = projection.Define[model.PaymentRefund](projection.Definition{
		Name:    "payment_refunds",
		Within:  []string{"payment_id", "refund_id"},
		Stores:  ofStoresBy("refund_id", "payments") + " AND " + ofStoresBy("payment_id", "payments"),
		Key:     []string{"allocation_id"},
		Node:    "PaymentRefund",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	refundsOfPayment  = relate("refunds", byParent(paymentRefunds, "payment_id", "allocation_id"), func(p *model.Payment) int64 { return p.ID.Key })
	refundedByPayment = relate("refundOf", byParent(paymentRefunds, "refund_id", "allocation_id"), func(p *model.Payment) int64 { return p.ID.Key })
	paymentOfRefund   = relate("payment", paymentByKey, func(r *model.PaymentRefund) int64 { return r.PaymentID })
	refundOfRefund    = relate("refund", paymentByKey, func(r *model.PaymentRefund) int64 { return r.RefundID })
	_                 = []prefetcher[model.PaymentAllocation]{
		relate("document", invoiceByKey, allocatedKey("Invoice")), relate("document", billByKey, allocatedKey("Bill")),
		relate("document", creditNoteByKey, allocatedKey("CreditNote")), relate("document", vendorCreditNoteByKey, allocatedKey("VendorCreditNote")),
	}
	allocationsOfPayment = relate("allocations", byParent(paymentAllocations, "payment_id", "allocation_id"), func(p *model.Payment) int64 { return p.ID.Key })
)

// allocatedKey returns a function for the key of an allocation's document; 0 if it is of another type than typ.
func allocatedKey(typ string) func(*model.PaymentAllocation) int64 {
	return func(a *model.PaymentAllocation) int64 {
		return keyIf(model.ID{Type: a.DocumentType, Key: a.DocumentID}, typ)
	}
}

// partyAs returns a function for the key of a payment's party; 0 if the party has another role in the payment.
func partyAs(role string) func(*model.Payment) int64 {
	return func(p *model.Payment) int64 {
		if p.PartyRole != role {
			return 0
		}
		return p.PartyID
	}
}

func paymentFilter(in *model.PaymentFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "payment_id", "Payment")
	f.externalRef(in.ExternalRef, "payment_id", "payments", "")
	f.reference(in.CustomerID, "party_role = 'CUSTOMER' AND party_id", "Person")
	f.reference(in.VendorID, "party_role = 'VENDOR' AND party_id", "Person")
	f.stores(in.StoreIds, "store_id")
	given(&f, in.Direction, "direction = ?")
	f.either(in.Voided, "voided", "NOT voided")
	return f
}

func (r *queryResolver) Payment(ctx context.Context, id model.ID) (*model.Payment, error) {
	return lookup(ctx, paymentByKey, id)
}

func (r *queryResolver) Payments(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.PaymentFilter, where map[string]any, orderBy *model.PaymentOrder) (*model.PaymentConnection, error) {
	q := page(first, after, last, before)
	q.Where = paymentFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, payments, q, partyOfPayment, customerOfPayment, vendorOfPayment, accountOfPayment, storeOfPayment, allocationsOfPayment, refundsOfPayment, refundedByPayment)
}

func (r *mutationResolver) PaymentRecord(ctx context.Context, input model.PaymentRecordInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.PaymentPayload, error) {
	return mutate(ctx, r, paymentByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.PaymentRecord(ctx, w.actor, input)
	})
}

func (r *mutationResolver) PaymentAllocate(ctx context.Context, id model.ID, expectedVersion *int, allocations []model.PaymentAllocationInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.PaymentPayload, error) {
	return mutate(ctx, r, paymentByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.PaymentAllocate(ctx, w.actor, w.key, expectedVersion, allocations)
	})
}

func (r *mutationResolver) PaymentVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.PaymentPayload, error) {
	return mutate(ctx, r, paymentByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.PaymentVoid(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *paymentResolver) Party(ctx context.Context, obj *model.Payment) (*model.Person, error) {
	return loadRequired(ctx, partyOfPayment, obj)
}

func (r *paymentResolver) Customer(ctx context.Context, obj *model.Payment) (*model.Person, error) {
	return customerOfPayment.load(ctx, obj)
}

func (r *paymentResolver) Vendor(ctx context.Context, obj *model.Payment) (*model.Person, error) {
	return vendorOfPayment.load(ctx, obj)
}

func (r *paymentResolver) Account(ctx context.Context, obj *model.Payment) (*model.Account, error) {
	return loadRequired(ctx, accountOfPayment, obj)
}

func (r *paymentResolver) Allocations(ctx context.Context, obj *model.Payment) ([]model.PaymentAllocation, error) {
	return allocationsOfPayment.load(ctx, obj)
}

func (r *paymentAllocationResolver) Document(ctx context.Context, obj *model.PaymentAllocation) (model.Document, error) {
	id := model.ID{Type: obj.DocumentType, Key: obj.DocumentID}
	found, err := findNode(ctx, id)
	if err != nil {
		return nil, err
	}
	document, ok := found.(model.Document)
	if !ok {
		return nil, fmt.Errorf("%s is missing", id)
	}
	return document, nil
}

func (r *paymentResolver) Refunds(ctx context.Context, obj *model.Payment) ([]model.PaymentRefund, error) {
	return refundsOfPayment.load(ctx, obj)
}

func (r *paymentResolver) RefundOf(ctx context.Context, obj *model.Payment) ([]model.PaymentRefund, error) {
	return refundedByPayment.load(ctx, obj)
}

func (r *paymentRefundResolver) Payment(ctx context.Context, obj *model.PaymentRefund) (*model.Payment, error) {
	return loadRequired(ctx, paymentOfRefund, obj)
}

func (r *paymentRefundResolver) Refund(ctx context.Context, obj *model.PaymentRefund) (*model.Payment, error) {
	return loadRequired(ctx, refundOfRefund, obj)
}

// PaymentRefund returns the resolvers of what payments give back.
func (r *Resolver) PaymentRefund() generated.PaymentRefundResolver { return &paymentRefundResolver{r} }

func (r *paymentResolver) Store(ctx context.Context, obj *model.Payment) (*model.Store, error) {
	return storeOfPayment.load(ctx, obj)
}

// Payment returns the resolvers of payments.
func (r *Resolver) Payment() generated.PaymentResolver { return &paymentResolver{} }

// PaymentAllocation returns the resolvers of what payments settle.
func (r *Resolver) PaymentAllocation() generated.PaymentAllocationResolver {
	return &paymentAllocationResolver{r}
}

type (
	paymentResolver           struct{ history[model.Payment] }
	paymentAllocationResolver struct{ *Resolver }
	paymentRefundResolver     struct{ *Resolver }
)
