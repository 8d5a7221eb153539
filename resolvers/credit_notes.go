package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	creditNotes = defineDocuments[model.CreditNote](model.DocumentKindCreditNote, map[string]projection.Order{
		"REMAINING":     {Column: "due", Type: "numeric"},
		"CUSTOMER_NAME": {Column: "party_name", Type: "text"},
	}, map[string]string{"Used": "paid", "Remaining": "due"})

	creditNoteByKey      = byKey(creditNotes)
	customerOfCreditNote = relate("customer", personByKey, func(c *model.CreditNote) int64 { return c.CustomerID })
	itemsOfCreditNote    = relate("items", itemsByDocument, func(c *model.CreditNote) int64 { return c.ID.Key })
	storeOfCreditNote    = relate("store", storeByKey, func(d *model.CreditNote) int64 { return optional(d.StoreID) })
	paymentsOfCreditNote = relate("payments", paymentsByDocument, func(c *model.CreditNote) int64 { return c.ID.Key })
)

func (r *queryResolver) CreditNote(ctx context.Context, id model.ID) (*model.CreditNote, error) {
	return lookup(ctx, creditNoteByKey, id)
}

func (r *queryResolver) CreditNotes(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.CreditNoteOrder) (*model.CreditNoteConnection, error) {
	return listCreditNotes(ctx, page(first, after, last, before), filter, orderBy, nil)
}

// listCreditNotes returns a page of the credit notes that meet the filter and the conditions in also.
func listCreditNotes(ctx context.Context, q projection.PageQuery, given *model.DocumentFilter, orderBy *model.CreditNoteOrder, also filter) (*model.CreditNoteConnection, error) {
	q.Where = append(also, documentFilter(model.DocumentKindCreditNote, given, requestFrom(ctx).today())...)
	ordered(&q, orderBy)
	return connect(ctx, creditNotes, q, customerOfCreditNote, itemsOfCreditNote, storeOfCreditNote, paymentsOfCreditNote, allocationsOfCreditNote)
}

func (r *mutationResolver) CreditNoteCreate(ctx context.Context, input model.DocumentCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return mutate(ctx, r, creditNoteByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentCreate(ctx, w.actor, model.DocumentKindCreditNote, input)
	})
}

func (r *mutationResolver) CreditNoteUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.DocumentUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return mutate(ctx, r, creditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentUpdate(ctx, w.actor, model.DocumentKindCreditNote, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) CreditNoteApprove(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return mutate(ctx, r, creditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentApprove(ctx, w.actor, model.DocumentKindCreditNote, w.key, expectedVersion)
	})
}

func (r *mutationResolver) CreditNoteVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return mutate(ctx, r, creditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentVoid(ctx, w.actor, model.DocumentKindCreditNote, w.key, expectedVersion)
	})
}

func (r *mutationResolver) CreditNoteAllocate(ctx context.Context, id model.ID, expectedVersion *int, allocations []model.CreditAllocationInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return mutate(ctx, r, creditNoteByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.CreditNoteAllocate(ctx, w.actor, model.DocumentKindCreditNote, w.key, expectedVersion, allocations)
	})
}

func (r *mutationResolver) CreditNoteDelete(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.CreditNotePayload, error) {
	if err := loadDraft(ctx, creditNoteByKey, itemsOfCreditNote, id); err != nil {
		return nil, err
	}
	return mutate(ctx, r, creditNoteByKey, target{id: &id}, func(w write) (int64, error) {
		return w.DocumentDelete(ctx, w.actor, model.DocumentKindCreditNote, w.key, expectedVersion)
	})
}

func (r *creditNoteResolver) Customer(ctx context.Context, obj *model.CreditNote) (*model.Person, error) {
	return loadRequired(ctx, customerOfCreditNote, obj)
}

func (r *creditNoteResolver) Items(ctx context.Context, obj *model.CreditNote) ([]model.DocumentItem, error) {
	return itemsOfCreditNote.load(ctx, obj)
}

func (r *creditNoteResolver) Payments(ctx context.Context, obj *model.CreditNote) ([]model.InvoicePayment, error) {
	return paymentsOfCreditNote.load(ctx, obj)
}

func (r *creditNoteResolver) Store(ctx context.Context, obj *model.CreditNote) (*model.Store, error) {
	return storeOfCreditNote.load(ctx, obj)
}

// CreditNote returns the resolvers of credit notes.
func (r *Resolver) CreditNote() generated.CreditNoteResolver { return &creditNoteResolver{} }

type creditNoteResolver struct{ history[model.CreditNote] }
