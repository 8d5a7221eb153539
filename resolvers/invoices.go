package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	invoices = defineDocuments[model.Invoice](model.DocumentKindInvoice, map[string]projection.Order{
		"DUE_ON":        {Column: "due_on", Type: "date"},
		"DUE":           {Column: "due", Type: "numeric"},
		"CUSTOMER_NAME": {Column: "party_name", Type: "text"},
	}, nil)

	invoiceByKey      = byKey(invoices)
	customerOfInvoice = relate("customer", personByKey, func(i *model.Invoice) int64 { return i.CustomerID })
	itemsOfInvoice    = relate("items", itemsByDocument, func(i *model.Invoice) int64 { return i.ID.Key })
	storeOfInvoice    = relate("store", storeByKey, func(d *model.Invoice) int64 { return optional(d.StoreID) })
	overdueInvoice    = computed("overdue", func(ctx context.Context, i *model.Invoice) bool {
		return overdue(ctx, i.State, i.Due, i.DueOn)
	}, "State", "Due", "DueOn")
	paymentsOfInvoice = relate("payments", paymentsByDocument, func(i *model.Invoice) int64 { return i.ID.Key })
)

// listInvoices returns a page of the invoices that meet the filter and the conditions in also.
func listInvoices(ctx context.Context, q projection.PageQuery, given *model.DocumentFilter, orderBy *model.InvoiceOrder, also filter) (*model.InvoiceConnection, error) {
	q.Where = append(also, documentFilter(model.DocumentKindInvoice, given, requestFrom(ctx).today())...)
	ordered(&q, orderBy)
	return connect(ctx, invoices, q, customerOfInvoice, itemsOfInvoice, storeOfInvoice, paymentsOfInvoice, creditsOfInvoice)
}

func (r *queryResolver) Invoice(ctx context.Context, id model.ID) (*model.Invoice, error) {
	return lookup(ctx, invoiceByKey, id)
}

func (r *queryResolver) Invoices(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, where map[string]any, orderBy *model.InvoiceOrder) (*model.InvoiceConnection, error) {
	return listInvoices(ctx, page(first, after, last, before), filter, orderBy, nil)
}

func (r *mutationResolver) InvoiceCreate(ctx context.Context, input model.DocumentCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return mutate(ctx, r, invoiceByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentCreate(ctx, w.actor, model.DocumentKindInvoice, input)
	})
}

func (r *mutationResolver) InvoicesCreate(ctx context.Context, input model.InvoicesCreateInput, idempotencyKey *string) (*model.InvoicesCreatePayload, error) {
	saved, err := createDocuments(ctx, r, model.DocumentKindInvoice, "invoices", input.Invoices, input.OnError)
	if err != nil {
		return nil, err
	}
	return &model.InvoicesCreatePayload{Created: saved.saved, Refused: saved.refused, Ids: saved.ids, UserErrors: saved.mistakes}, nil
}

func (r *mutationResolver) InvoiceUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.DocumentUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return mutate(ctx, r, invoiceByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentUpdate(ctx, w.actor, model.DocumentKindInvoice, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) InvoiceApprove(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return mutate(ctx, r, invoiceByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentApprove(ctx, w.actor, model.DocumentKindInvoice, w.key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceMarkSent(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.InvoicePayload, error) {
	return mutate(ctx, r, invoiceByKey, target{id: &id}, func(w write) (int64, error) {
		return w.InvoiceMarkSent(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return mutate(ctx, r, invoiceByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.DocumentVoid(ctx, w.actor, model.DocumentKindInvoice, w.key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceDelete(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.InvoicePayload, error) {
	if err := loadDraft(ctx, invoiceByKey, itemsOfInvoice, id); err != nil {
		return nil, err
	}
	return mutate(ctx, r, invoiceByKey, target{id: &id}, func(w write) (int64, error) {
		return w.DocumentDelete(ctx, w.actor, model.DocumentKindInvoice, w.key, expectedVersion)
	})
}

func (r *invoiceResolver) Customer(ctx context.Context, obj *model.Invoice) (*model.Person, error) {
	return loadRequired(ctx, customerOfInvoice, obj)
}

func (r *invoiceResolver) Overdue(ctx context.Context, obj *model.Invoice) (bool, error) {
	return overdueInvoice(ctx, obj), nil
}

func (r *invoiceResolver) Items(ctx context.Context, obj *model.Invoice) ([]model.DocumentItem, error) {
	return itemsOfInvoice.load(ctx, obj)
}

func (r *invoiceResolver) Payments(ctx context.Context, obj *model.Invoice) ([]model.InvoicePayment, error) {
	return paymentsOfInvoice.load(ctx, obj)
}

func (r *invoiceResolver) Store(ctx context.Context, obj *model.Invoice) (*model.Store, error) {
	return storeOfInvoice.load(ctx, obj)
}

// Invoice returns the resolvers of invoices.
func (r *Resolver) Invoice() generated.InvoiceResolver { return &invoiceResolver{} }

type invoiceResolver struct{ history[model.Invoice] }
