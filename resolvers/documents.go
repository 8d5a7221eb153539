package resolvers

import (
	"context"
	"maps"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	invoices = defineDocuments[model.Invoice]("Invoice", "invoice", "Customer", map[string]projection.Order{
		"DUE_ON":        {Column: "due_on", Type: "date"},
		"DUE":           {Column: "due", Type: "numeric"},
		"CUSTOMER_NAME": {Column: "party_name", Type: "text"},
	}, nil)
	invoiceItems = projection.Define[model.InvoiceItem](projection.Definition{
		Name:    "document_items",
		Key:     []string{"item_id"},
		Node:    "InvoiceItem",
		Columns: map[string]string{"ID": "item_id"},
	})
	invoicePayments = projection.Define[model.InvoicePayment](projection.Definition{
		Name:    "document_payments",
		Key:     []string{"allocation_id"},
		Node:    "InvoicePayment",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	itemsByDocument    = byParent(invoiceItems, "document_id", "line")
	paymentsByDocument = byParent(invoicePayments, "document_id", "paid_on, allocation_id")

	invoiceByKey      = byKey(invoices)
	customerOfInvoice = relate("customer", personByKey, func(i *model.Invoice) int64 { return i.CustomerID })
	itemsOfInvoice    = relate("items", itemsByDocument, func(i *model.Invoice) int64 { return i.ID.Key })
	paymentsOfInvoice = relate("payments", paymentsByDocument, func(i *model.Invoice) int64 { return i.ID.Key })
	productOfItem     = relate("product", productByKey, func(i *model.InvoiceItem) int64 { return optional(i.ProductID) })
	paymentOfInvoice  = relate("payment", paymentByKey, func(p *model.InvoicePayment) int64 { return p.PaymentID })
)

// defineDocuments declares the documents of one kind. party is how they call the other
// side, orders and columns are what they have beyond what all kinds have.
func defineDocuments[T any](node, kind, party string, orders map[string]projection.Order, columns map[string]string) *projection.Model[T] {
	d := projection.Definition{
		Name:    "document_summaries",
		Key:     []string{"document_id"},
		Node:    node,
		Columns: map[string]string{"ID": "document_id", party + "ID": "party_id", party + "Name": "party_name"},
		Orders: map[string]projection.Order{
			"ISSUED_ON":  {Column: "issued_on", Type: "date"},
			"NUMBER":     {Column: "number_value", Type: "bigint"},
			"TOTAL":      {Column: "total", Type: "numeric"},
			"CREATED_AT": {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "ISSUED_ON",
		DefaultDescending: true,
		Where:             "kind = '" + kind + "'",
	}
	maps.Copy(d.Orders, orders)
	maps.Copy(d.Columns, columns)
	return projection.Define[T](d)
}

// listInvoices answers a page of the invoices that match the filter and the conditions.
func listInvoices(ctx context.Context, q projection.PageQuery, given *model.InvoiceFilter, orderBy *model.InvoiceOrder, also filter) (*model.InvoiceConnection, error) {
	q.Where = append(also, invoiceFilter(given, requestFrom(ctx).today())...)
	if orderBy != nil {
		q.Order, q.Descending = string(orderBy.Field), orderBy.Direction == model.OrderDirectionDesc
	}
	return connect(ctx, invoices, q, customerOfInvoice, itemsOfInvoice, paymentsOfInvoice, creditsOfInvoice)
}

// invoiceFilter is the filter of all kinds of documents: the others' become this one.
func invoiceFilter(in *model.InvoiceFilter, today model.Date) (f filter) {
	if in == nil {
		return nil
	}
	given(&f, in.TotalGte, "total >= ?")
	given(&f, in.TotalLte, "total <= ?")
	given(&f, in.DueGte, "due >= ?")
	given(&f, in.State, "state = ?")
	given(&f, in.PaymentState, "payment_state = ?")
	f.reference(in.CustomerID, "party_id", "Person")
	given(&f, in.IssuedFrom, "issued_on >= ?")
	given(&f, in.IssuedTo, "issued_on <= ?")
	f.either(in.Overdue,
		"state = 'APPROVED' AND due > 0 AND due_on < ?",
		"NOT (state = 'APPROVED' AND due > 0 AND due_on < ?)", today)
	f.search(in.Search)
	return f
}

func (r *queryResolver) Invoice(ctx context.Context, id model.ID) (*model.Invoice, error) {
	return lookup(ctx, invoiceByKey, id, "Invoice")
}

func (r *queryResolver) Invoices(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.InvoiceFilter, orderBy *model.InvoiceOrder) (*model.InvoiceConnection, error) {
	return listInvoices(ctx, page(first, after, last, before), filter, orderBy, nil)
}

func (r *mutationResolver) InvoiceCreate(ctx context.Context, input model.InvoiceCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnable(ctx, r.store, invoiceByKey, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor) (int64, error) {
		return store.InvoiceCreate(ctx, who, input, idempotencyKey)
	})
}

func (r *mutationResolver) InvoiceUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.InvoiceUpdateInput, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableChange(ctx, r.store, invoiceByKey, id, "Invoice", dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return store.InvoiceUpdate(ctx, who, key, expectedVersion, input)
	})
}

func (r *mutationResolver) InvoiceApprove(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableStep(ctx, r.store, invoiceByKey, id, "Invoice", expectedVersion, dryRun, passSoftLock, (*canonical.Store).InvoiceApprove)
}

func (r *mutationResolver) InvoiceMarkSent(ctx context.Context, id model.ID, expectedVersion *int) (*model.InvoicePayload, error) {
	return change(ctx, invoiceByKey, id, "Invoice", func(key int64) (int64, error) {
		return r.store.InvoiceMarkSent(ctx, actor(ctx), key, expectedVersion)
	})
}

func (r *mutationResolver) InvoiceVoid(ctx context.Context, id model.ID, expectedVersion *int, dryRun *bool, passSoftLock *bool) (*model.InvoicePayload, error) {
	return dryRunnableStep(ctx, r.store, invoiceByKey, id, "Invoice", expectedVersion, dryRun, passSoftLock, (*canonical.Store).InvoiceVoid)
}

func (r *mutationResolver) InvoiceDelete(ctx context.Context, id model.ID, expectedVersion *int) (*model.InvoicePayload, error) {
	return remove(ctx, invoiceByKey, itemsOfInvoice, id, "Invoice", func(key int64) (int64, error) {
		return r.store.InvoiceDelete(ctx, actor(ctx), key, expectedVersion)
	})
}

// remove is change for the deletion of a draft: it reads the draft and its items first, and
// the loaders keep them for the payload.
func remove[T any](ctx context.Context, b *batch[*T], items *relation[T, []model.InvoiceItem], id model.ID, typ string, write func(key int64) (int64, error)) (*model.Payload[T], error) {
	draft, err := lookup(ctx, b, id, typ)
	if err != nil {
		return nil, err
	}
	if draft != nil {
		if _, err := items.of(ctx, draft); err != nil {
			return nil, err
		}
	}
	return change(ctx, b, id, typ, write)
}

func (r *invoiceResolver) Customer(ctx context.Context, obj *model.Invoice) (*model.Person, error) {
	return must(ctx, customerOfInvoice, obj)
}

func (r *invoiceResolver) Overdue(ctx context.Context, obj *model.Invoice) (bool, error) {
	return overdue(ctx, obj.State, obj.Due, obj.DueOn), nil
}

// overdue depends on the organization's day, so no read model holds it.
func overdue(ctx context.Context, state model.DocumentState, due model.Money, on model.Date) bool {
	return state == model.DocumentStateApproved && due.Amount.IsPositive() && on.Before(requestFrom(ctx).today().Time)
}

func (r *invoiceResolver) Items(ctx context.Context, obj *model.Invoice) ([]model.InvoiceItem, error) {
	return itemsOfInvoice.of(ctx, obj)
}

func (r *invoiceResolver) Payments(ctx context.Context, obj *model.Invoice) ([]model.InvoicePayment, error) {
	return paymentsOfInvoice.of(ctx, obj)
}

func (r *invoiceItemResolver) Product(ctx context.Context, obj *model.InvoiceItem) (*model.Product, error) {
	return productOfItem.of(ctx, obj)
}

func (r *invoicePaymentResolver) Payment(ctx context.Context, obj *model.InvoicePayment) (*model.Payment, error) {
	return must(ctx, paymentOfInvoice, obj)
}

// Invoice returns the resolvers of invoices.
func (r *Resolver) Invoice() generated.InvoiceResolver { return &invoiceResolver{r} }

// InvoiceItem returns the resolvers of invoice items.
func (r *Resolver) InvoiceItem() generated.InvoiceItemResolver { return &invoiceItemResolver{r} }

// InvoicePayment returns the resolvers of invoice payments.
func (r *Resolver) InvoicePayment() generated.InvoicePaymentResolver {
	return &invoicePaymentResolver{r}
}

type (
	invoiceResolver        struct{ *Resolver }
	invoiceItemResolver    struct{ *Resolver }
	invoicePaymentResolver struct{ *Resolver }
)
