package canonical

import (
	"context"

	"daybook/graph/model"
)

// InvoiceMarkSent notes that an approved invoice went out; the first time counts.
func (s *Store) InvoiceMarkSent(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		_, err := u.loadDocumentIn(ctx, model.DocumentKindInvoice, id, expectedVersion, "approved", "only approved invoices are sent")
		if err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.documents SET sent_at = coalesce(sent_at, now())
			WHERE organization_id = $1 AND id = $2`), nil
	})
}
