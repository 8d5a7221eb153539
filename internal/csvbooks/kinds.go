package csvbooks

import (
	"context"

	"daybook/canonical"
	"daybook/graph/model"
)

// kind is how the documents of one kind are written. Inputs are an invoice's, in which the customer is the party.
type kind struct {
	create        func(s *canonical.Store, ctx context.Context, actor canonical.Actor, in model.InvoiceCreateInput) (int64, error)
	update        func(s *canonical.Store, ctx context.Context, actor canonical.Actor, id int64, expected *int, in model.InvoiceUpdateInput) (int64, error)
	approve, void func(s *canonical.Store, ctx context.Context, actor canonical.Actor, id int64, expected *int) (int64, error)
}

var kinds = map[string]kind{
	"invoice": {
		func(s *canonical.Store, ctx context.Context, actor canonical.Actor, in model.InvoiceCreateInput) (int64, error) {
			return s.InvoiceCreate(ctx, actor, in, nil)
		},
		(*canonical.Store).InvoiceUpdate, (*canonical.Store).InvoiceApprove, (*canonical.Store).InvoiceVoid,
	},
	"bill": {
		func(s *canonical.Store, ctx context.Context, actor canonical.Actor, in model.InvoiceCreateInput) (int64, error) {
			return s.BillCreate(ctx, actor, model.BillCreateInput{
				VendorID: in.CustomerID, IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
				FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
			}, nil)
		},
		func(s *canonical.Store, ctx context.Context, actor canonical.Actor, id int64, expected *int, in model.InvoiceUpdateInput) (int64, error) {
			return s.BillUpdate(ctx, actor, id, expected, model.BillUpdateInput{
				VendorID: in.CustomerID, IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
				FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
			})
		},
		(*canonical.Store).BillApprove, (*canonical.Store).BillVoid,
	},
	"credit_note": {
		func(s *canonical.Store, ctx context.Context, actor canonical.Actor, in model.InvoiceCreateInput) (int64, error) {
			return s.CreditNoteCreate(ctx, actor, model.CreditNoteCreateInput{
				CustomerID: in.CustomerID, IssuedOn: in.IssuedOn, Currency: in.Currency,
				FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
			}, nil)
		},
		func(s *canonical.Store, ctx context.Context, actor canonical.Actor, id int64, expected *int, in model.InvoiceUpdateInput) (int64, error) {
			return s.CreditNoteUpdate(ctx, actor, id, expected, model.CreditNoteUpdateInput{
				CustomerID: in.CustomerID, IssuedOn: in.IssuedOn, Currency: in.Currency,
				FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
			})
		},
		(*canonical.Store).CreditNoteApprove, (*canonical.Store).CreditNoteVoid,
	},
}

// forward is the order of the states. None is that of a document whose row names none: it ends up approved.
var forward = map[string]int{"draft": 0, "": 1, "approved": 1, "void": 2}
