package resolvers

import (
	"context"

	"daybook/graph/model"
	"daybook/internal/audit"
	"daybook/projection"
)

// history reads a page of what was changed of a record and of what belongs to it. Whoever may read the record may read
// its history; it costs a statement for each record.
func history(ctx context.Context, id model.ID, q projection.PageQuery) (*model.AuditEventConnection, error) {
	return listEvents(ctx, audit.Filter{CanonicalType: &id.Type, CanonicalID: &id.Key}, q)
}

func (r *personResolver) History(ctx context.Context, obj *model.Person, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *productResolver) History(ctx context.Context, obj *model.Product, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *fxRateResolver) History(ctx context.Context, obj *model.FxRate, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *storeResolver) History(ctx context.Context, obj *model.Store, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *taxRateResolver) History(ctx context.Context, obj *model.TaxRate, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *invoiceResolver) History(ctx context.Context, obj *model.Invoice, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *billResolver) History(ctx context.Context, obj *model.Bill, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *creditNoteResolver) History(ctx context.Context, obj *model.CreditNote, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *paymentResolver) History(ctx context.Context, obj *model.Payment, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *incomeResolver) History(ctx context.Context, obj *model.Income, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *expenseResolver) History(ctx context.Context, obj *model.Expense, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *transferResolver) History(ctx context.Context, obj *model.Transfer, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *saleResolver) History(ctx context.Context, obj *model.Sale, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *accountResolver) History(ctx context.Context, obj *model.Account, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *journalEntryResolver) History(ctx context.Context, obj *model.JournalEntry, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *shiftResolver) History(ctx context.Context, obj *model.Shift, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}

func (r *channelResolver) History(ctx context.Context, obj *model.Channel, first *int, after *string, last *int, before *string) (*model.AuditEventConnection, error) {
	return history(ctx, obj.ID, page(first, after, last, before))
}
