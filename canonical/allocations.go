package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// allocation is the part of a payment or a credit note that settles a document, or gives back a payment; SQL reads its
// JSON form.
type allocation struct {
	SettledID int64 `json:"settled_id"` // the document's, or the payment's that is given back
	Amount    int64 `json:"amount"`     // minor units
	// AllocatedOn is the day from which it counts; nil leaves it to the database: the later of both records' days, or
	// today where the books are closed for that day.
	AllocatedOn *model.Date `json:"allocated_on"`
}

// allocations names a table of allocations with its columns of what settles and of what is settled.
type allocations struct{ table, settling, settled string }

var (
	paymentAllocations = allocations{"payment_allocations", "payment_id", "document_id"}
	creditAllocations  = allocations{"credit_allocations", "credit_note_id", "document_id"}
	paymentRefunds     = allocations{"payment_refunds", "refund_id", "payment_id"}
)

// takeAllocations deletes the allocations of the payment or credit note id and returns them, to be saved anew by
// saveAllocations.
func (u *unitOfWork) takeAllocations(ctx context.Context, of allocations, id int64) ([]allocation, error) {
	rows, _ := u.Query(ctx, fmt.Sprintf(`DELETE FROM canonical.%s WHERE organization_id = $1 AND %s = $2
		RETURNING %s AS settled_id, amount, allocated_on`, of.table, of.settling, of.settled), u.actor.OrganizationID, id)
	taken, err := pgx.CollectRows(rows, pgx.RowToStructByName[allocation])
	if err != nil {
		return nil, fmt.Errorf("take back what %d settles: %w", id, err)
	}
	return taken, nil
}

// saveAllocations queues the statement that saves the allocations of the payment or credit note id. Those that are the same as before keep their
// day: only what changes counts from another day on.
func (u *unitOfWork) saveAllocations(of allocations, id int64, list, before []allocation) {
	if len(list) == 0 {
		return
	}
	for i := range list {
		for _, old := range before {
			if list[i].SettledID == old.SettledID && list[i].Amount == old.Amount {
				list[i].AllocatedOn = old.AllocatedOn
			}
		}
	}
	u.queue(fmt.Sprintf(`INSERT INTO canonical.%s (organization_id, %s, %s, amount, allocated_on)
		SELECT $1, $2, new.settled_id, new.amount, new.allocated_on
		FROM jsonb_to_recordset($3) AS new (settled_id bigint, amount bigint, allocated_on date)`, of.table, of.settling, of.settled),
		u.actor.OrganizationID, id, list)
}

// total returns the sum of the allocations, in minor units.
func total(list []allocation) (sum int64) {
	for _, a := range list {
		sum += a.Amount
	}
	return sum
}

// allocationRequest is one allocation that an input asks for. The zero id is that of an entry that names no document.
type allocationRequest struct {
	id     model.ID
	amount model.Decimal
}

// openDocument is a document that an allocation may settle, with what is due of it.
type openDocument struct {
	ID       int64
	Kind     model.DocumentKind
	State    string
	PartyID  int64
	Currency string
	Due      int64 // minor units
}

// checkAllocations checks the allocations of a payment or a credit note that settles documents of one kind, of which an
// amount is available: they settle approved documents of one party and currency. The documents stay locked until the
// transaction ends.
func (u *unitOfWork) checkAllocations(ctx context.Context, requests []allocationRequest, settles model.DocumentKind, partyID int64, currency string, available int64) ([]allocation, error) {
	if len(requests) > maxRows {
		u.addError("allocations", invalid, "must not be more than %d", maxRows)
		return nil, nil
	}
	documents, err := u.lockOpenDocuments(ctx, requests)
	if err != nil {
		return nil, err
	}
	list := make([]allocation, len(requests))
	for i, request := range requests {
		at := func(field string) string { return fmt.Sprintf("allocations.%d.%s", i, field) }
		amount := u.toPositiveMinor(at("amount"), request.amount, currency)
		d, found := documents[request.id.Key]
		switch {
		case request.id == (model.ID{}):
		case !found || request.id.Type != settles.Node() || d.Kind != settles:
			u.addError(at(settles.IDField()), notFound, "does not exist, or is named twice")
		case d.State != "approved":
			u.addError(at(settles.IDField()), state, "is not approved")
		case d.PartyID != partyID:
			u.addError(at(settles.IDField()), invalid, "is another party's %s", settles.Title())
		case d.Currency != currency:
			u.addError(at(settles.IDField()), invalid, "is in %s", d.Currency)
		case amount > d.Due:
			u.addError(at("amount"), exceeds, "only %s is due", model.FromMinor(d.Due, currency).Amount)
		}
		delete(documents, request.id.Key)
		list[i] = allocation{SettledID: request.id.Key, Amount: amount}
	}
	if total(list) > available {
		u.addError("allocations", exceeds, "more is allocated than there is")
	}
	return list, nil
}

// lockOpenDocuments locks the documents that the requests name and returns those that exist. It reads them by a second
// statement, which sees what the transactions that it waited for have paid.
func (u *unitOfWork) lockOpenDocuments(ctx context.Context, requests []allocationRequest) (map[int64]openDocument, error) {
	ids := make([]int64, len(requests))
	for i, request := range requests {
		ids[i] = request.id.Key
	}
	if len(ids) == 0 {
		return nil, nil
	}
	u.queue(`SELECT FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2)
		ORDER BY id FOR NO KEY UPDATE`, u.actor.OrganizationID, ids)
	rows, _ := u.Query(ctx, `
		SELECT id, kind, state, party_id, currency,
			canonical.document_total(organization_id, id) - canonical.document_paid(organization_id, id) AS due
		FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[openDocument])
	if err != nil {
		return nil, fmt.Errorf("look up documents: %w", err)
	}
	return byID(list, func(d openDocument) int64 { return d.ID }), nil
}
