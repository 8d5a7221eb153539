package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	creditNotes = defineDocuments[model.CreditNote]("CreditNote", "credit_note", "Customer", map[string]projection.Order{
		"REMAINING":     {Column: "due", Type: "numeric"},
		"CUSTOMER_NAME": {Column: "party_name", Type: "text"},
	}, map[string]string{"Used": "paid", "Remaining": "due"})

	creditNoteByKey      = byKey(creditNotes)
	customerOfCreditNote = relate("customer", personByKey, func(c *model.CreditNote) int64 { return c.CustomerID })
	itemsOfCreditNote    = relate("items", itemsByDocument, func(c *model.CreditNote) int64 { return c.ID.Key })
	paymentsOfCreditNote = relate("payments", paymentsByDocument, func(c *model.CreditNote) int64 { return c.ID.Key })
)

func creditNoteFilter(in *model.CreditNoteFilter, today model.Date) filter {
	if in == nil {
		return nil
	}
	return invoiceFilter(&model.InvoiceFilter{
		TotalGte: in.TotalGte, TotalLte: in.TotalLte, DueGte: in.RemainingGte, State: in.State,
		CustomerID: in.CustomerID, IssuedFrom: in.IssuedFrom, IssuedTo: in.IssuedTo, Search: in.Search,
	}, today)
}

func (r *queryResolver) CreditNote(ctx context.Context, id model.ID) (*model.CreditNote, error) {
	return lookup(ctx, creditNoteByKey, id, "CreditNote")
}

func (r *queryResolver) CreditNotes(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.CreditNoteFilter, orderBy *model.CreditNoteOrder) (*model.CreditNoteConnection, error) {
	return listCreditNotes(ctx, page(first, after, last, before), filter, orderBy, nil)
}

// listCreditNotes answers a page of the credit notes that match the filter and the conditions.
func listCreditNotes(ctx context.Context, q projection.PageQuery, given *model.CreditNoteFilter, orderBy *model.CreditNoteOrder, also filter) (*model.CreditNoteConnection, error) {
	q.Where = append(also, creditNoteFilter(given, requestFrom(ctx).today())...)
	if orderBy != nil {
		q.Order, q.Descending = string(orderBy.Field), orderBy.Direction == model.OrderDirectionDesc
	}
	return connect(ctx, creditNotes, q, customerOfCreditNote, itemsOfCreditNote, paymentsOfCreditNote, allocationsOfCreditNote)
}

func (r *mutationResolver) CreditNoteCreate(ctx context.Context, input model.CreditNoteCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return dryRunnable(ctx, r.store, creditNoteByKey, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor) (int64, error) {
		return store.CreditNoteCreate(ctx, who, input, idempotencyKey)
	})
}

func (r *mutationResolver) CreditNoteUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.CreditNoteUpdateInput, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return dryRunnableChange(ctx, r.store, creditNoteByKey, id, "CreditNote", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.CreditNoteUpdate(ctx, who, key, expectedVersion, input)
	})
}

func (r *mutationResolver) CreditNoteApprove(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return dryRunnableStep(ctx, r.store, creditNoteByKey, id, "CreditNote", expectedVersion, dryRun, passSoftLock, (*canonical.Store).CreditNoteApprove)
}

func (r *mutationResolver) CreditNoteVoid(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return dryRunnableStep(ctx, r.store, creditNoteByKey, id, "CreditNote", expectedVersion, dryRun, passSoftLock, (*canonical.Store).CreditNoteVoid)
}

func (r *mutationResolver) CreditNoteAllocate(ctx context.Context, id model.ID, expectedVersion *int, allocations []model.CreditAllocationInput, dryRun *bool, passSoftLock *bool) (*model.CreditNotePayload, error) {
	return dryRunnableChange(ctx, r.store, creditNoteByKey, id, "CreditNote", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.CreditNoteAllocate(ctx, who, key, expectedVersion, allocations)
	})
}

func (r *mutationResolver) CreditNoteDelete(ctx context.Context, id model.ID, expectedVersion *int) (*model.CreditNotePayload, error) {
	return remove(ctx, creditNoteByKey, itemsOfCreditNote, id, "CreditNote", func(key int64) (int64, error) {
		return r.store.CreditNoteDelete(ctx, actor(ctx), key, expectedVersion)
	})
}

func (r *creditNoteResolver) Customer(ctx context.Context, obj *model.CreditNote) (*model.Person, error) {
	return must(ctx, customerOfCreditNote, obj)
}

func (r *creditNoteResolver) Items(ctx context.Context, obj *model.CreditNote) ([]model.InvoiceItem, error) {
	return itemsOfCreditNote.of(ctx, obj)
}

func (r *creditNoteResolver) Payments(ctx context.Context, obj *model.CreditNote) ([]model.InvoicePayment, error) {
	return paymentsOfCreditNote.of(ctx, obj)
}

// CreditNote returns the resolvers of credit notes.
func (r *Resolver) CreditNote() generated.CreditNoteResolver { return &creditNoteResolver{r} }

type creditNoteResolver struct{ *Resolver }
