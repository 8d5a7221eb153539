package canonical

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

type payment struct {
	record
	Voided               bool
	Direction, PartyRole string // in the database
	PartyID              int64
	Currency             string
	Amount               int64 // minor units
}

const selectPayment = `SELECT id, version, voided_at IS NOT NULL AS voided, direction, party_role, party_id, currency, amount
	FROM canonical.payments`

// allocation is the part of a payment or a credit that settles one document; the JSON form is what the SQL reads.
type allocation struct {
	DocumentID int64 `json:"document_id"`
	Amount     int64 `json:"amount"` // minor units
}

// claim is one allocation as an input asks for it: field names the input field of the document's id.
type claim struct {
	field  string
	id     model.ID
	amount model.Decimal
}

// payable is a document as a payment finds it.
type payable struct {
	ID       int64
	Kind     string
	State    string
	PartyID  int64
	Currency string
	Due      int64
}

// PaymentRecord records money received or paid and allocates it to approved documents of the same party and currency:
// to invoices what a customer pays, to credit notes what a customer is refunded, to bills what a vendor is paid. What is
// not allocated stays the customer's credit, or one with the vendor. It returns the payment's key.
func (s *Store) PaymentRecord(ctx context.Context, actor Actor, in model.PaymentRecordInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "paymentRecord", in, func(u *unitOfWork) (int64, error) {
		return u.savePayment(ctx, in)
	}))
}

// PaymentVoid takes a payment back: its allocations no longer count.
func (s *Store) PaymentVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion, selectPayment)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, reject("id", state, "the payment is void already")
		}
		return u.change(ctx, id, `UPDATE canonical.payments SET voided_at = now() WHERE organization_id = $1 AND id = $2`)
	})
}

// side is who a payment is exchanged with, which way, and what it may settle.
type side struct {
	party        model.ID
	path, role   string
	direction    model.PaymentDirection
	settles      kind
	settledType  string // GraphQL type of what it settles; empty: nothing
	settledField string // input field of its id
}

// side reads an input's; a customer pays and a vendor is paid where it does not say.
func (u *unitOfWork) side(in model.PaymentRecordInput) side {
	customer, vendor := in.CustomerID.Value(), in.VendorID.Value()
	s := side{path: "customerId", role: "customer", direction: model.PaymentDirectionIn}
	switch {
	case customer != nil && vendor != nil:
		u.addError("vendorId", invalid, "must not be given together with a customer")
		fallthrough
	case customer != nil:
		s.party = *customer
	case vendor != nil:
		s = side{path: "vendorId", role: "vendor", direction: model.PaymentDirectionOut, party: *vendor}
	default:
		u.addError("customerId", required, "a customer or a vendor must be given")
	}
	setGiven(&s.direction, in.Direction)
	return s.settling()
}

// settling adds what money of this side may settle.
func (s side) settling() side {
	switch {
	case s.role == "customer" && s.direction == model.PaymentDirectionIn:
		s.settles, s.settledType, s.settledField = invoices, "Invoice", "invoiceId"
	case s.role == "customer":
		s.settles, s.settledType, s.settledField = creditNotes, "CreditNote", "creditNoteId"
	case s.direction == model.PaymentDirectionOut:
		s.settles, s.settledType, s.settledField = bills, "Bill", "billId"
	}
	return s
}

// claims reads what the payment is to settle.
func (u *unitOfWork) claims(s side, inputs []model.PaymentAllocationInput) []claim {
	if len(inputs) > 0 && s.settledType == "" {
		u.addError("allocations", invalid, "what a vendor pays back settles no document")
		return nil
	}
	claims := make([]claim, len(inputs))
	for i, in := range inputs {
		claims[i] = claim{field: s.settledField, amount: in.Amount}
		given := map[string]*model.ID{"invoiceId": in.InvoiceID.Value(), "billId": in.BillID.Value(), "creditNoteId": in.CreditNoteID.Value()}
		if id := given[s.settledField]; id != nil {
			claims[i].id = *id
		} else {
			u.addError(fmt.Sprintf("allocations.%d.%s", i, s.settledField), required, "must be given")
		}
		for _, field := range []string{"billId", "creditNoteId", "invoiceId"} {
			if field != s.settledField && given[field] != nil {
				u.addError(fmt.Sprintf("allocations.%d.%s", i, field), invalid, "is not settled by such a payment")
			}
		}
	}
	return claims
}

func (u *unitOfWork) savePayment(ctx context.Context, in model.PaymentRecordInput) (int64, error) {
	who := u.side(in)
	if who.party != (model.ID{}) { // who is archived may pay
		if _, err := u.refer(ctx, who.path, who.party, "Person", "people"); err != nil {
			return 0, err
		}
	}
	home, err := u.home(ctx)
	if err != nil {
		return 0, err
	}
	paidOn, method, reference, currency := home.Today, model.PaymentMethodBank, "", home.BaseCurrency
	setGiven(&paidOn, in.PaidOn)
	setGiven(&method, in.Method)
	setGiven(&reference, in.Reference)
	setGiven(&currency, in.Currency)
	externalRef := in.ExternalRef.Value()
	var rate model.Decimal

	u.unlocked("paidOn", home, paidOn)
	u.text("reference", &reference, maxLine)
	if err := u.money(ctx, home, &currency, "", &rate, in.FxRate, paidOn); err != nil {
		return 0, err
	}
	amount := u.positive("amount", in.Amount, currency)
	if err := u.externalRef(ctx, "payments", 0, &externalRef); err != nil {
		return 0, err
	}
	account, err := u.moneyAccount(ctx, "accountId", in.AccountID)
	if err != nil {
		return 0, err
	}
	claims := u.claims(who, in.Allocations.Value())
	allocations, err := u.allocations(ctx, claims, who.settles, who.settledType, who.party.Key, currency, amount)
	if err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	var id int64
	err = u.QueryRow(ctx, `
		INSERT INTO canonical.payments (organization_id, direction, party_id, party_role, paid_on, method, account_id,
			reference, currency, fx_rate, amount, external_ref)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
		u.actor.OrganizationID, strings.ToLower(string(who.direction)), who.party.Key, who.role, paidOn,
		strings.ToLower(string(method)), account, reference, currency, rate, amount, externalRef).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("save payment: %w", err)
	}
	return id, u.allocate(ctx, id, allocations, insertAllocations)
}

// allocations checks what a payment or a credit of the given amount is to settle: approved documents of one kind, typ in
// GraphQL, of one party and currency. It holds the documents until the transaction ends.
func (u *unitOfWork) allocations(ctx context.Context, claims []claim, k kind, typ string, partyID int64, currency string, available int64) ([]allocation, error) {
	if len(claims) > maxRows {
		u.addError("allocations", invalid, "must not be more than %d", maxRows)
		return nil, nil
	}
	documents, err := u.payables(ctx, claims)
	if err != nil {
		return nil, err
	}
	var sum int64
	list := make([]allocation, len(claims))
	for i, c := range claims {
		at := func(field string) string { return fmt.Sprintf("allocations.%d.%s", i, field) }
		amount := u.positive(at("amount"), c.amount, currency)
		d, found := documents[c.id.Key]
		switch {
		case c.id == (model.ID{}):
		case !found || c.id.Type != typ || d.Kind != k.name:
			u.addError(at(c.field), notFound, "does not exist, or is named twice")
		case d.State != "approved":
			u.addError(at(c.field), state, "is not approved")
		case d.PartyID != partyID:
			u.addError(at(c.field), invalid, "is another party's %s", k.title)
		case d.Currency != currency:
			u.addError(at(c.field), invalid, "is in %s", d.Currency)
		case amount > d.Due:
			u.addError(at("amount"), exceeds, "only %s is due", model.FromMinor(d.Due, currency).Amount)
		}
		delete(documents, c.id.Key)
		sum += amount
		list[i] = allocation{DocumentID: c.id.Key, Amount: amount}
	}
	if sum > available {
		u.addError("allocations", exceeds, "more is allocated than there is")
	}
	return list, nil
}

// payables locks the documents that are claimed and returns those that exist. Locked first and read by a second
// statement: that one sees what the transactions waited for have paid.
func (u *unitOfWork) payables(ctx context.Context, claims []claim) (map[int64]payable, error) {
	ids := make([]int64, len(claims))
	for i, c := range claims {
		ids[i] = c.id.Key
	}
	_, err := u.Exec(ctx, `SELECT FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2)
		ORDER BY id FOR NO KEY UPDATE`, u.actor.OrganizationID, ids)
	if err != nil {
		return nil, fmt.Errorf("lock documents: %w", err)
	}
	rows, _ := u.Query(ctx, `
		SELECT id, kind, state, party_id, currency,
			canonical.document_total(organization_id, id) - canonical.document_paid(organization_id, id) AS due
		FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[payable])
	if err != nil {
		return nil, fmt.Errorf("look up documents: %w", err)
	}
	return byID(list, func(p payable) int64 { return p.ID }), nil
}
