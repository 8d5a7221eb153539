package resolvers

import (
	"context"
	"maps"
	"regexp"
	"strconv"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	documentItems = projection.Define[model.DocumentItem](projection.Definition{
		Name:    "document_items",
		Within:  []string{"document_id"},
		Stores:  ofStores,
		Key:     []string{"item_id"},
		Node:    "DocumentItem",
		Columns: map[string]string{"ID": "item_id"},
	})
	invoicePayments = projection.Define[model.InvoicePayment](projection.Definition{
		Name:    "document_payments",
		Within:  []string{"document_id", "payment_id"},
		Stores:  ofStoresBy("payment_id", "payments") + " AND " + ofStoresBy("document_id", "documents"),
		Key:     []string{"allocation_id"},
		Node:    "PaymentAllocation", // the same row as under the payment, so the same id
		Columns: map[string]string{"ID": "allocation_id"},
	})

	itemsByDocument    = byParent(documentItems, "document_id", "line")
	paymentsByDocument = byParent(invoicePayments, "document_id", "paid_on, allocation_id")

	productOfItem    = relate("product", productByKey, func(i *model.DocumentItem) int64 { return optional(i.ProductID) })
	storeOfItem      = relate("store", storeByKey, func(i *model.DocumentItem) int64 { return optional(i.StoreID) })
	paymentOfInvoice = relate("payment", paymentByKey, func(p *model.InvoicePayment) int64 { return p.PaymentID })
)

// defineDocuments declares the read model of the documents of one kind, with the orders and columns that not all kinds
// have.
func defineDocuments[T any](kind model.DocumentKind, orders map[string]projection.Order, columns map[string]string) *projection.Model[T] {
	party := "Customer"
	if kind.OfVendor() {
		party = "Vendor"
	}
	d := projection.Definition{
		Name:    "document_summaries",
		Stores:  ofStores,
		Within:  []string{"party_id"},
		Key:     []string{"document_id"},
		Node:    kind.Node(),
		Columns: map[string]string{"ID": "document_id", party + "ID": "party_id", party + "Name": "party_name", party + "Address": "party_address"},
		Orders: map[string]projection.Order{
			"ISSUED_ON":  {Column: "issued_on", Type: "date"},
			"NUMBER":     {Column: "number_value", Type: "bigint"},
			"TOTAL":      {Column: "total", Type: "numeric"},
			"CREATED_AT": {Column: "created_at", Type: "timestamptz"},
			"UPDATED_AT": {Column: "updated_at", Type: "timestamptz"},
		},
		DefaultOrder:      "ISSUED_ON",
		DefaultDescending: true,
		Where:             "kind = '" + string(kind) + "'",
	}
	maps.Copy(d.Orders, orders)
	maps.Copy(d.Columns, columns)
	return projection.Define[T](d)
}

// digits finds the value of a document's number in its text.
var digits = regexp.MustCompile(`[0-9]+$`)

// documentFilter returns the conditions of a filter of documents; today is the organization's current day.
func documentFilter(kind model.DocumentKind, in *model.DocumentFilter, today model.Date) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "document_id", kind.Node())
	f.externalRef(in.ExternalRef, "document_id", "documents", string(kind))
	if number := in.Number.Value(); number != nil {
		value, _ := strconv.ParseInt(digits.FindString(*number), 10, 64) // 0, of drafts, has no number
		f.where("number_value = ?", value)
		f.where("number = ?", *number)
	}
	given(&f, in.TotalGte, "total >= ?")
	given(&f, in.TotalLte, "total <= ?")
	given(&f, in.DueGte, "due >= ?")
	given(&f, in.DueLte, "due <= ?")
	given(&f, in.State, "state = ?")
	given(&f, in.PaymentState, "payment_state = ?")
	f.reference(in.PartyID, "party_id", "Person")
	f.stores(in.StoreIds, "store_id")
	given(&f, in.IssuedFrom, "issued_on >= ?")
	given(&f, in.IssuedTo, "issued_on <= ?")
	f.either(in.Overdue,
		"state = 'APPROVED' AND due > 0 AND due_on < ?",
		"NOT (state = 'APPROVED' AND due > 0 AND due_on < ?)", today)
	f.search(in.Search)
	return f
}

// loadDraft loads the draft that id names and its items, so that the payload of the mutation that deletes it shows it as
// it last was.
func loadDraft[T any](ctx context.Context, b *batch[*T], items *relation[T, []model.DocumentItem], id model.ID) error {
	draft, err := lookup(ctx, b, id)
	if err != nil || draft == nil {
		return err
	}
	_, err = items.load(ctx, draft)
	return err
}

// overdue reports whether an approved document is not fully paid and was due before the organization's current day. No
// read model holds it, because it depends on the clock.
func overdue(ctx context.Context, state model.DocumentState, due model.Money, on model.Date) bool {
	return state == model.DocumentStateApproved && due.Amount.IsPositive() && on.Before(requestFrom(ctx).today().Time)
}

func (r *documentItemResolver) Product(ctx context.Context, obj *model.DocumentItem) (*model.Product, error) {
	return productOfItem.load(ctx, obj)
}

func (r *documentItemResolver) Store(ctx context.Context, obj *model.DocumentItem) (*model.Store, error) {
	return storeOfItem.load(ctx, obj)
}

func (r *invoicePaymentResolver) Payment(ctx context.Context, obj *model.InvoicePayment) (*model.Payment, error) {
	return loadRequired(ctx, paymentOfInvoice, obj)
}

// DocumentItem returns the resolvers of document items.
func (r *Resolver) DocumentItem() generated.DocumentItemResolver { return &documentItemResolver{r} }

// InvoicePayment returns the resolvers of invoice payments.
func (r *Resolver) InvoicePayment() generated.InvoicePaymentResolver {
	return &invoicePaymentResolver{r}
}

type (
	documentItemResolver   struct{ *Resolver }
	invoicePaymentResolver struct{ *Resolver }
)
