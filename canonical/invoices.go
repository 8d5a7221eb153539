package canonical

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

var invoices = kind{name: "invoice", title: "invoice", party: "customerId"}

// InvoiceCreate saves a draft and its items as one unit and returns the invoice's key.
func (s *Store) InvoiceCreate(ctx context.Context, actor Actor, in model.InvoiceCreateInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "invoiceCreate", in, func(u *unitOfWork) (int64, error) {
		return u.saveDocument(ctx, invoices, document{}, model.InvoiceUpdateInput{
			CustomerID: graphql.OmittableOf(&in.CustomerID), IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
			FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: graphql.OmittableOf(in.Items),
		})
	}))
}

// InvoiceUpdate changes the given fields of a draft. Items, when given, are the whole new set in its order. A change of
// the currency alone keeps the prices' numbers: 12.50 AUD becomes 12.50 USD. Those who may approve also change an
// approved invoice, but for its currency and rate: its posting is reversed and posted anew.
func (s *Store) InvoiceUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.InvoiceUpdateInput) (int64, error) {
	return s.updateDocument(ctx, actor, invoices, id, expectedVersion, in)
}

// InvoiceDelete deletes a draft with its items.
func (s *Store) InvoiceDelete(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.deleteDocument(ctx, actor, invoices, id, expectedVersion)
}

// InvoiceApprove takes the next number of the series and makes the invoice due. It needs an item and a total of at
// least zero.
func (s *Store) InvoiceApprove(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.approveDocument(ctx, actor, invoices, id, expectedVersion)
}

// InvoiceMarkSent notes that an approved invoice went out; the first time counts.
func (s *Store) InvoiceMarkSent(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocument(ctx, invoices, id, expectedVersion, "approved", "only approved invoices are sent"); err != nil {
			return 0, err
		}
		return u.changeRecord(ctx, id, `UPDATE canonical.documents SET sent_at = coalesce(sent_at, now())
			WHERE organization_id = $1 AND id = $2`)
	})
}

// InvoiceVoid cancels an approved invoice to which no live payment and no credit is allocated. Its number stays taken.
func (s *Store) InvoiceVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.voidDocument(ctx, actor, invoices, id, expectedVersion)
}
