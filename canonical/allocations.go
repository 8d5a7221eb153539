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
}

// liveAllocation is the row of an allocation that has not ended.
type liveAllocation struct {
	allocation
	ID int64
	// Closed says that the books are closed for the day from which it counts: it can end today, but not have never been.
	Closed bool
}

// allocations names a table of allocations with its columns of what settles and of what is settled.
type allocations struct{ table, settling, settled string }

var (
	paymentAllocations = allocations{"payment_allocations", "payment_id", "document_id"}
	creditAllocations  = allocations{"credit_allocations", "credit_note_id", "document_id"}
	paymentRefunds     = allocations{"payment_refunds", "refund_id", "payment_id"}
)

// liveAllocations returns the rows of what the payment or credit note id settles, in the order in which they began to count.
func (u *unitOfWork) liveAllocations(ctx context.Context, of allocations, id int64) ([]liveAllocation, error) {
	rows, _ := u.Query(ctx, fmt.Sprintf(`SELECT id, %s AS settled_id, amount, canonical.open_day(organization_id, allocated_on) > allocated_on AS closed
		FROM canonical.%s WHERE organization_id = $1 AND %s = $2 AND ended_on IS NULL ORDER BY allocated_on, id`, of.settled, of.table, of.settling),
		u.actor.OrganizationID, id)
	live, err := pgx.CollectRows(rows, pgx.RowToStructByName[liveAllocation])
	if err != nil {
		return nil, fmt.Errorf("look up what %d settles: %w", id, err)
	}
	return live, nil
}

// allocationChange is how the rows of what a payment or credit note settles change.
type allocationChange struct {
	gone, ended []int64
	made        []allocation
}

// changeOf returns the change that makes list, which names each settled record once, what is settled instead of before. What
// has counted from a closed day on stays as far as it is part of the list, and ends today where it is not: the closed period keeps
// what it said. Otherwise those that are the same as before keep their day, and only what changes counts from another day on: the
// one that canonical.allocation_day says.
func changeOf(list []allocation, before []liveAllocation) (change allocationChange) {
	missing, open := bySettled(list), map[int64]int64{}
	for _, old := range before {
		switch {
		case !old.Closed:
			open[old.SettledID] += old.Amount
		case old.Amount <= missing[old.SettledID]:
			missing[old.SettledID] -= old.Amount
		default:
			change.ended = append(change.ended, old.ID)
		}
	}
	for _, old := range before {
		if !old.Closed && open[old.SettledID] != missing[old.SettledID] {
			change.gone = append(change.gone, old.ID)
		}
	}
	for _, a := range list {
		if a.Amount = missing[a.SettledID]; a.Amount != 0 && a.Amount != open[a.SettledID] {
			change.made = append(change.made, a)
		}
	}
	return change
}

// endAllocations queues the statements that take back what no longer counts.
func (u *unitOfWork) endAllocations(of allocations, change allocationChange) {
	if len(change.gone) > 0 {
		u.queue(fmt.Sprintf(`DELETE FROM canonical.%s WHERE organization_id = $1 AND id = ANY ($2)`, of.table), u.actor.OrganizationID, change.gone)
	}
	if len(change.ended) > 0 {
		u.queue(fmt.Sprintf(`UPDATE canonical.%s SET ended_on = canonical.open_day(organization_id, allocated_on)
			WHERE organization_id = $1 AND id = ANY ($2)`, of.table), u.actor.OrganizationID, change.ended)
	}
}

// makeAllocations queues the statement that makes what the payment or credit note id newly settles. All that this change takes back
// must be taken back before, so that it is there to be used.
func (u *unitOfWork) makeAllocations(of allocations, id int64, change allocationChange) {
	if len(change.made) > 0 {
		u.queue(fmt.Sprintf(`INSERT INTO canonical.%s (organization_id, %s, %s, amount)
			SELECT $1, $2, new.settled_id, new.amount
			FROM jsonb_to_recordset($3) AS new (settled_id bigint, amount bigint)`, of.table, of.settling, of.settled),
			u.actor.OrganizationID, id, change.made)
	}
}

// bySettled returns the sum of the allocations of each settled record, in minor units.
func bySettled(list []allocation) map[int64]int64 {
	sums := map[int64]int64{}
	for _, a := range list {
		sums[a.SettledID] += a.Amount
	}
	return sums
}

// amountsOf returns the allocations of the rows.
func amountsOf(live []liveAllocation) []allocation {
	list := make([]allocation, len(live))
	for i, row := range live {
		list[i] = row.allocation
	}
	return list
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
// amount is available: they settle approved documents of one party and currency. What it settled before does not count against
// them. The documents stay locked until the transaction ends.
func (u *unitOfWork) checkAllocations(ctx context.Context, requests []allocationRequest, settles model.DocumentKind, partyID int64, currency string, available int64, before []liveAllocation) ([]allocation, error) {
	if len(requests) > maxRows {
		u.addError("allocations", invalid, "must not be more than %d", maxRows)
		return nil, nil
	}
	documents, err := u.lockOpenDocuments(ctx, requests)
	if err != nil {
		return nil, err
	}
	list, own := make([]allocation, len(requests)), bySettled(amountsOf(before))
	for i, request := range requests {
		at := func(field string) string { return fmt.Sprintf("allocations.%d.%s", i, field) }
		amount := u.toPositiveMinor(at("amount"), request.amount, currency)
		d, found := documents[request.id.Key]
		due := d.Due + own[request.id.Key]
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
		case amount > due:
			u.addError(at("amount"), exceeds, "only %s is due", model.FromMinor(due, currency).Amount)
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
