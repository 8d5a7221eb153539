package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	vendorCreditNotes = defineDocuments[model.VendorCreditNote](model.DocumentKindVendorCreditNote, map[string]projection.Order{
		"REMAINING":   {Column: "due", Type: "numeric"},
		"VENDOR_NAME": {Column: "party_name", Type: "text"},
	}, map[string]string{"Used": "paid", "Remaining": "due"})

	vendorCreditNoteByKey      = byKey(vendorCreditNotes)
	vendorOfVendorCreditNote   = relate("vendor", personByKey, func(c *model.VendorCreditNote) int64 { return c.VendorID })
	itemsOfVendorCreditNote    = relate("items", itemsByDocument, func(c *model.VendorCreditNote) int64 { return c.ID.Key })
	storeOfVendorCreditNote    = relate("store", storeByKey, func(d *model.VendorCreditNote) int64 { return optional(d.StoreID) })
	paymentsOfVendorCreditNote = relate("payments", paymentsByDocument, func(c *model.VendorCreditNote) int64 { return c.ID.Key })
)

func (r *queryResolver) VendorCreditNote(ctx context.Context, id model.ID) (*model.VendorCreditNote, error) {
	return lookup(ctx, vendorCreditNoteByKey, id)
}

func (r *queryResolver) VendorCreditNotes(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.VendorCreditNoteOrder) (*model.VendorCreditNoteConnection, error) {
	return listVendorCreditNotes(ctx, page(first, after, last, before), filter, orderBy, nil)
}

// listVendorCreditNotes returns a page of the vendor credit notes that meet the filter and the conditions in also.
func listVendorCreditNotes(ctx context.Context, q projection.PageQuery, given *model.DocumentFilter, orderBy *model.VendorCreditNoteOrder, also filter) (*model.VendorCreditNoteConnection, error) {
	q.Where = append(also, documentFilter(model.DocumentKindVendorCreditNote, given, requestFrom(ctx).today())...)
	ordered(&q, orderBy)
	return connect(ctx, vendorCreditNotes, q, vendorOfVendorCreditNote, itemsOfVendorCreditNote, storeOfVendorCreditNote, paymentsOfVendorCreditNote, allocationsOfVendorCreditNote)
}

func (r *mutationResolver) VendorCreditNoteCreate(ctx context.Context, input model.DocumentCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.VendorCreditNotePayload, error) {
	return mutate(ctx, r, vendorCreditNoteByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentCreate(ctx, w.actor, model.DocumentKindVendorCreditNote, input)
	})
}

func (r *mutationResolver) VendorCreditNoteUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.DocumentUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.VendorCreditNotePayload, error) {
	return mutate(ctx, r, vendorCreditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentUpdate(ctx, w.actor, model.DocumentKindVendorCreditNote, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) VendorCreditNoteApprove(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.VendorCreditNotePayload, error) {
	return mutate(ctx, r, vendorCreditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentApprove(ctx, w.actor, model.DocumentKindVendorCreditNote, w.key, expectedVersion)
	})
}

func (r *mutationResolver) VendorCreditNoteVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.VendorCreditNotePayload, error) {
	return mutate(ctx, r, vendorCreditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentVoid(ctx, w.actor, model.DocumentKindVendorCreditNote, w.key, expectedVersion)
	})
}

func (r *mutationResolver) VendorCreditNoteAllocate(ctx context.Context, id model.ID, expectedVersion *int, allocations []model.CreditAllocationInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.VendorCreditNotePayload, error) {
	return mutate(ctx, r, vendorCreditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.CreditNoteAllocate(ctx, w.actor, model.DocumentKindVendorCreditNote, w.key, expectedVersion, allocations)
	})
}

func (r *mutationResolver) VendorCreditNoteDelete(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.VendorCreditNotePayload, error) {
	if err := loadDraft(ctx, vendorCreditNoteByKey, itemsOfVendorCreditNote, id); err != nil {
		return nil, err
	}
	return mutate(ctx, r, vendorCreditNoteByKey, target{id: &id}, func(w write) (int64, error) {
		return w.DocumentDelete(ctx, w.actor, model.DocumentKindVendorCreditNote, w.key, expectedVersion)
	})
}

func (r *vendorCreditNoteResolver) Vendor(ctx context.Context, obj *model.VendorCreditNote) (*model.Person, error) {
	return loadRequired(ctx, vendorOfVendorCreditNote, obj)
}

func (r *vendorCreditNoteResolver) Items(ctx context.Context, obj *model.VendorCreditNote) ([]model.DocumentItem, error) {
	return itemsOfVendorCreditNote.load(ctx, obj)
}

func (r *vendorCreditNoteResolver) Payments(ctx context.Context, obj *model.VendorCreditNote) ([]model.InvoicePayment, error) {
	return paymentsOfVendorCreditNote.load(ctx, obj)
}

func (r *vendorCreditNoteResolver) Store(ctx context.Context, obj *model.VendorCreditNote) (*model.Store, error) {
	return storeOfVendorCreditNote.load(ctx, obj)
}

// VendorCreditNote returns the resolvers of vendor credit notes.
func (r *Resolver) VendorCreditNote() generated.VendorCreditNoteResolver {
	return &vendorCreditNoteResolver{}
}

type vendorCreditNoteResolver struct {
	history[model.VendorCreditNote]
}
