package resolvers

import (
	"context"

	"daybook/canonical"
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
	paymentsOfInvoice = relate("payments", paymentsByDocument, func(i *model.Invoice) int64 { return i.ID.Key })
)

// listInvoices answers a page of the invoices that match the filter and the conditions.
func listInvoices(ctx context.Context, q projection.PageQuery, given *model.DocumentFilter, orderBy *model.InvoiceOrder, also filter) (*model.InvoiceConnection, error) {
	q.Where = append(also, documentFilter(given, requestFrom(ctx).today())...)
	if orderBy != nil {
		q.Order, q.Descending = string(orderBy.Field), orderBy.Direction == model.OrderDirectionDesc
	}
	return connect(ctx, invoices, q, customerOfInvoice, itemsOfInvoice, paymentsOfInvoice, creditsOfInvoice)
}

func (r *queryResolver) Invoice(ctx context.Context, id model.ID) (*model.Invoice, error) {
	return lookup(ctx, invoiceByKey, id, "Invoice")
}

func (r *queryResolver) Invoices(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.DocumentFilter, orderBy *model.InvoiceOrder) (*model.InvoiceConnection, error) {
	return listInvoices(ctx, page(first, after, last, before), filter, orderBy, nil)
}

func (r *mutationResolver) InvoiceCreate(ctx context.Context, input model.DocumentCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnable(ctx, r.store, invoiceByKey, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor) (int64, error) {
		return store.DocumentCreate(ctx, who, model.DocumentKindInvoice, input, idempotencyKey)
	})
}

func (r *mutationResolver) InvoiceUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.DocumentUpdateInput, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableChange(ctx, r.store, invoiceByKey, id, "Invoice", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.DocumentUpdate(ctx, who, model.DocumentKindInvoice, key, expectedVersion, input)
	})
}

func (r *mutationResolver) InvoiceApprove(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableChange(ctx, r.store, invoiceByKey, id, "Invoice", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.DocumentApprove(ctx, who, model.DocumentKindInvoice, key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceMarkSent(ctx context.Context, id model.ID, expectedVersion *int) (*model.InvoicePayload, error) {
	return change(ctx, invoiceByKey, id, "Invoice", func(key int64) (int64, error) {
		return r.store.InvoiceMarkSent(ctx, actor(ctx), key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceVoid(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableChange(ctx, r.store, invoiceByKey, id, "Invoice", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.DocumentVoid(ctx, who, model.DocumentKindInvoice, key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceDelete(ctx context.Context, id model.ID, expectedVersion *int) (*model.InvoicePayload, error) {
	return remove(ctx, invoiceByKey, itemsOfInvoice, id, "Invoice", func(key int64) (int64, error) {
		return r.store.DocumentDelete(ctx, actor(ctx), model.DocumentKindInvoice, key, expectedVersion)
	})
}

func (r *invoiceResolver) Customer(ctx context.Context, obj *model.Invoice) (*model.Person, error) {
	return loadRequired(ctx, customerOfInvoice, obj)
}

func (r *invoiceResolver) Overdue(ctx context.Context, obj *model.Invoice) (bool, error) {
	return overdue(ctx, obj.State, obj.Due, obj.DueOn), nil
}

func (r *invoiceResolver) Items(ctx context.Context, obj *model.Invoice) ([]model.DocumentItem, error) {
	return itemsOfInvoice.load(ctx, obj)
}

func (r *invoiceResolver) Payments(ctx context.Context, obj *model.Invoice) ([]model.InvoicePayment, error) {
	return paymentsOfInvoice.load(ctx, obj)
}

// Invoice returns the resolvers of invoices.
func (r *Resolver) Invoice() generated.InvoiceResolver { return &invoiceResolver{} }

type invoiceResolver struct{ history[model.Invoice] }
