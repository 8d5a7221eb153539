package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	creditAllocations = projection.Define[model.CreditAllocation](projection.Definition{
		Name:    "credit_allocations",
		Within:  []string{"document_id", "credit_note_id"},
		Stores:  ofStoresBy("credit_note_id", "documents") + " AND " + ofStoresBy("document_id", "documents"),
		Key:     []string{"allocation_id"},
		Node:    "CreditAllocation",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	vendorCreditAllocations = projection.Define[model.VendorCreditAllocation](projection.Definition{
		Name:    "credit_allocations",
		Within:  []string{"document_id", "credit_note_id"},
		Stores:  ofStoresBy("credit_note_id", "documents") + " AND " + ofStoresBy("document_id", "documents"),
		Key:     []string{"allocation_id"},
		Node:    "VendorCreditAllocation",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	creditsOfInvoice        = relate("credits", byParent(creditAllocations, "document_id", "allocation_id"), func(i *model.Invoice) int64 { return i.ID.Key })
	allocationsOfCreditNote = relate("allocations", byParent(creditAllocations, "credit_note_id", "allocation_id"), func(c *model.CreditNote) int64 { return c.ID.Key })
	creditNoteOfAllocation  = relate("creditNote", creditNoteByKey, func(a *model.CreditAllocation) int64 { return a.CreditNoteID })
	invoiceOfAllocation     = relate("invoice", invoiceByKey, func(a *model.CreditAllocation) int64 { return a.DocumentID })

	creditsOfBill                 = relate("credits", byParent(vendorCreditAllocations, "document_id", "allocation_id"), func(b *model.Bill) int64 { return b.ID.Key })
	allocationsOfVendorCreditNote = relate("allocations", byParent(vendorCreditAllocations, "credit_note_id", "allocation_id"), func(c *model.VendorCreditNote) int64 { return c.ID.Key })
	vendorCreditNoteOfAllocation  = relate("vendorCreditNote", vendorCreditNoteByKey, func(a *model.VendorCreditAllocation) int64 { return a.CreditNoteID })
	billOfAllocation              = relate("bill", billByKey, func(a *model.VendorCreditAllocation) int64 { return a.DocumentID })
)

func (r *invoiceResolver) Credits(ctx context.Context, obj *model.Invoice) ([]model.CreditAllocation, error) {
	return creditsOfInvoice.load(ctx, obj)
}

func (r *creditNoteResolver) Allocations(ctx context.Context, obj *model.CreditNote) ([]model.CreditAllocation, error) {
	return allocationsOfCreditNote.load(ctx, obj)
}

func (r *creditAllocationResolver) CreditNote(ctx context.Context, obj *model.CreditAllocation) (*model.CreditNote, error) {
	return loadRequired(ctx, creditNoteOfAllocation, obj)
}

func (r *creditAllocationResolver) Invoice(ctx context.Context, obj *model.CreditAllocation) (*model.Invoice, error) {
	return loadRequired(ctx, invoiceOfAllocation, obj)
}

func (r *billResolver) Credits(ctx context.Context, obj *model.Bill) ([]model.VendorCreditAllocation, error) {
	return creditsOfBill.load(ctx, obj)
}

func (r *vendorCreditNoteResolver) Allocations(ctx context.Context, obj *model.VendorCreditNote) ([]model.VendorCreditAllocation, error) {
	return allocationsOfVendorCreditNote.load(ctx, obj)
}

func (r *vendorCreditAllocationResolver) VendorCreditNote(ctx context.Context, obj *model.VendorCreditAllocation) (*model.VendorCreditNote, error) {
	return loadRequired(ctx, vendorCreditNoteOfAllocation, obj)
}

func (r *vendorCreditAllocationResolver) Bill(ctx context.Context, obj *model.VendorCreditAllocation) (*model.Bill, error) {
	return loadRequired(ctx, billOfAllocation, obj)
}

// VendorCreditAllocation returns the resolvers of what credit notes of vendors reduce.
func (r *Resolver) VendorCreditAllocation() generated.VendorCreditAllocationResolver {
	return &vendorCreditAllocationResolver{r}
}

// CreditAllocation returns the resolvers of what credit notes reduce.
func (r *Resolver) CreditAllocation() generated.CreditAllocationResolver {
	return &creditAllocationResolver{r}
}

type (
	creditAllocationResolver       struct{ *Resolver }
	vendorCreditAllocationResolver struct{ *Resolver }
)
