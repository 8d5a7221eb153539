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
		Key:     []string{"allocation_id"},
		Node:    "CreditAllocation",
		Columns: map[string]string{"ID": "allocation_id"},
	})

	creditsOfInvoice        = relate("credits", byParent(creditAllocations, "invoice_id", "allocation_id"), func(i *model.Invoice) int64 { return i.ID.Key })
	allocationsOfCreditNote = relate("allocations", byParent(creditAllocations, "credit_note_id", "allocation_id"), func(c *model.CreditNote) int64 { return c.ID.Key })
	creditNoteOfAllocation  = relate("creditNote", creditNoteByKey, func(a *model.CreditAllocation) int64 { return a.CreditNoteID })
	invoiceOfAllocation     = relate("invoice", invoiceByKey, func(a *model.CreditAllocation) int64 { return a.InvoiceID })
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

// CreditAllocation returns the resolvers of what credit notes reduce.
func (r *Resolver) CreditAllocation() generated.CreditAllocationResolver {
	return &creditAllocationResolver{r}
}

type creditAllocationResolver struct{ *Resolver }
