package canonical

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

var bills = kind{name: "bill", title: "bill", party: "vendorId"}

// BillCreate saves a draft and its items as one unit and returns the bill's key.
func (s *Store) BillCreate(ctx context.Context, actor Actor, in model.BillCreateInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "billCreate", in, func(u *unitOfWork) (int64, error) {
		return u.saveDocument(ctx, bills, document{}, model.InvoiceUpdateInput{
			CustomerID: graphql.OmittableOf(&in.VendorID), IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
			FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: graphql.OmittableOf(in.Items),
		})
	}))
}

// BillUpdate changes a bill as InvoiceUpdate does an invoice.
func (s *Store) BillUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.BillUpdateInput) (int64, error) {
	return s.updateDocument(ctx, actor, bills, id, expectedVersion, model.InvoiceUpdateInput{
		CustomerID: in.VendorID, IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
		FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: in.Items,
	})
}

// BillDelete deletes a draft with its items.
func (s *Store) BillDelete(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.deleteDocument(ctx, actor, bills, id, expectedVersion)
}

// BillApprove takes the next number of the series and makes the bill due. It needs an item and a total of at least zero.
func (s *Store) BillApprove(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.approveDocument(ctx, actor, bills, id, expectedVersion)
}

// BillVoid cancels an approved bill to which no live payment is allocated. Its number stays taken.
func (s *Store) BillVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.voidDocument(ctx, actor, bills, id, expectedVersion)
}
