package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	bills = defineDocuments[model.Bill](model.DocumentKindBill, map[string]projection.Order{
		"DUE_ON":      {Column: "due_on", Type: "date"},
		"DUE":         {Column: "due", Type: "numeric"},
		"VENDOR_NAME": {Column: "party_name", Type: "text"},
	}, nil)

	billByKey    = byKey(bills)
	vendorOfBill = relate("vendor", personByKey, func(b *model.Bill) int64 { return b.VendorID })
	itemsOfBill  = relate("items", itemsByDocument, func(b *model.Bill) int64 { return b.ID.Key })
	storeOfBill  = relate("store", storeByKey, func(d *model.Bill) int64 { return optional(d.StoreID) })
	overdueBill  = computed("overdue", func(ctx context.Context, b *model.Bill) bool {
		return overdue(ctx, b.State, b.Due, b.DueOn)
	}, "State", "Due", "DueOn")
	paymentsOfBill = relate("payments", paymentsByDocument, func(b *model.Bill) int64 { return b.ID.Key })
)

func (r *queryResolver) Bill(ctx context.Context, id model.ID) (*model.Bill, error) {
	return lookup(ctx, billByKey, id)
}

func (r *queryResolver) Bills(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.BillOrder) (*model.BillConnection, error) {
	return listBills(ctx, page(first, after, last, before), filter, orderBy, nil)
}

// listBills returns a page of the bills that meet the filter and the conditions in also.
func listBills(ctx context.Context, q projection.PageQuery, given *model.DocumentFilter, orderBy *model.BillOrder, also filter) (*model.BillConnection, error) {
	q.Where = append(also, documentFilter(model.DocumentKindBill, given, requestFrom(ctx).today())...)
	ordered(&q, orderBy)
	return connect(ctx, bills, q, vendorOfBill, itemsOfBill, storeOfBill, paymentsOfBill, creditsOfBill)
}

func (r *mutationResolver) BillCreate(ctx context.Context, input model.DocumentCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.BillPayload, error) {
	return mutate(ctx, r, billByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentCreate(ctx, w.actor, model.DocumentKindBill, input)
	})
}

func (r *mutationResolver) BillsCreate(ctx context.Context, input model.BillsCreateInput, idempotencyKey *string) (*model.BillsCreatePayload, error) {
	saved, err := createDocuments(ctx, r, model.DocumentKindBill, "bills", input.Bills, input.OnError)
	if err != nil {
		return nil, err
	}
	return &model.BillsCreatePayload{Created: saved.saved, Refused: saved.refused, Ids: saved.ids, UserErrors: saved.mistakes}, nil
}

func (r *mutationResolver) BillUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.DocumentUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.BillPayload, error) {
	return mutate(ctx, r, billByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentUpdate(ctx, w.actor, model.DocumentKindBill, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) BillApprove(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.BillPayload, error) {
	return mutate(ctx, r, billByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentApprove(ctx, w.actor, model.DocumentKindBill, w.key, expectedVersion)
	})
}

func (r *mutationResolver) BillVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.BillPayload, error) {
	return mutate(ctx, r, billByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentVoid(ctx, w.actor, model.DocumentKindBill, w.key, expectedVersion)
	})
}

func (r *mutationResolver) BillDelete(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.BillPayload, error) {
	if err := loadDraft(ctx, billByKey, itemsOfBill, id); err != nil {
		return nil, err
	}
	return mutate(ctx, r, billByKey, target{id: &id}, func(w write) (int64, error) {
		return w.DocumentDelete(ctx, w.actor, model.DocumentKindBill, w.key, expectedVersion)
	})
}

func (r *billResolver) Vendor(ctx context.Context, obj *model.Bill) (*model.Person, error) {
	return loadRequired(ctx, vendorOfBill, obj)
}

func (r *billResolver) Overdue(ctx context.Context, obj *model.Bill) (bool, error) {
	return overdueBill(ctx, obj), nil
}

func (r *billResolver) Items(ctx context.Context, obj *model.Bill) ([]model.DocumentItem, error) {
	return itemsOfBill.load(ctx, obj)
}

func (r *billResolver) Payments(ctx context.Context, obj *model.Bill) ([]model.InvoicePayment, error) {
	return paymentsOfBill.load(ctx, obj)
}

func (r *billResolver) Store(ctx context.Context, obj *model.Bill) (*model.Store, error) {
	return storeOfBill.load(ctx, obj)
}

// Bill returns the resolvers of bills.
func (r *Resolver) Bill() generated.BillResolver { return &billResolver{} }

type billResolver struct{ history[model.Bill] }
