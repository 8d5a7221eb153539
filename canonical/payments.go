package canonical

import (
	"context"
	"fmt"
	"strings"

	"daybook/graph/model"
)

type payment struct {
	record
	Voided               bool
	Direction, PartyRole string // as in the database: in or out, customer or vendor
	PartyID              int64
	Currency             string
	Amount               int64 // minor units
}

const selectPayment = `SELECT id, version, voided_at IS NOT NULL AS voided, direction, party_role, party_id, currency, amount
	FROM canonical.payments`

// PaymentRecord records money received or paid, allocates it to approved documents of the same party and currency, and
// returns the payment's key. A customer's payment settles invoices, a refund to a customer credit notes, and a payment to
// a vendor bills. What is not allocated gives back payments of the other direction: the one that the input names, or else
// those of which something is left, the oldest first. The rest is a credit: the customer's, or ours with the vendor.
func (s *Store) PaymentRecord(ctx context.Context, actor Actor, in model.PaymentRecordInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "paymentRecord", in, func(u *unitOfWork) (int64, error) {
		return u.savePayment(ctx, in)
	}))
}

// PaymentVoid voids a payment: its posting is reversed, and its allocations, and what it gave back, no longer count. A
// payment that was given back stays until its refund is void.
func (s *Store) PaymentVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion, selectPayment)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, reject("id", state, "the payment is void already")
		}
		return u.changeRecord(ctx, id, `UPDATE canonical.payments SET voided_at = now() WHERE organization_id = $1 AND id = $2`)
	})
}

// counterparty is the other party of a payment and the direction of the money.
type counterparty struct {
	party      model.ID
	path, role string // the input field that names the party; customer or vendor, as in the database
	direction  model.PaymentDirection
}

// counterpartyOf returns the customer or the vendor that an input names. If the input gives no direction, a customer
// pays and a vendor is paid.
func (u *unitOfWork) counterpartyOf(in model.PaymentRecordInput) counterparty {
	customer, vendor := in.CustomerID.Value(), in.VendorID.Value()
	c := counterparty{path: "customerId", role: "customer", direction: model.PaymentDirectionIn}
	switch {
	case customer != nil && vendor != nil:
		u.addError("vendorId", invalid, "must not be given together with a customer")
		fallthrough
	case customer != nil:
		c.party = *customer
	case vendor != nil:
		c = counterparty{path: "vendorId", role: "vendor", direction: model.PaymentDirectionOut, party: *vendor}
	default:
		u.addError("customerId", required, "a customer or a vendor must be given")
	}
	setGiven(&c.direction, in.Direction)
	return c
}

func (u *unitOfWork) savePayment(ctx context.Context, in model.PaymentRecordInput) (int64, error) {
	who := u.counterpartyOf(in)
	if who.direction == model.PaymentDirectionOut && !u.actor.canApprove() {
		u.addError("direction", forbidden, "your role does not allow paying out")
	}
	if who.party != (model.ID{}) { // a party may pay after it was archived
		if _, err := u.checkExists(ctx, who.path, who.party, "Person", "people"); err != nil {
			return 0, err
		}
	}
	org, err := u.defaults(ctx)
	if err != nil {
		return 0, err
	}
	paidOn, method, reference, currency := org.Today, model.PaymentMethodBank, "", org.BaseCurrency
	setGiven(&paidOn, in.PaidOn)
	setGiven(&method, in.Method)
	setGiven(&reference, in.Reference)
	setGiven(&currency, in.Currency)
	externalRef := in.ExternalRef.Value()
	var rate model.Decimal

	u.checkUnlocked("paidOn", org, paidOn)
	u.checkText("reference", &reference, maxLine)
	if err := u.setCurrencyAndRate(ctx, org, &currency, "", &rate, in.FxRate, paidOn, paidOn); err != nil {
		return 0, err
	}
	amount := u.toPositiveMinor("amount", in.Amount, currency)
	if err := u.checkExternalRef(ctx, "payments", 0, &externalRef); err != nil {
		return 0, err
	}
	account, err := u.checkMoneyAccount(ctx, "accountId", in.AccountID)
	if err != nil {
		return 0, err
	}
	settles := settledBy(who.role, who.direction)
	requests := u.allocationRequests(settles, in.Allocations.Value())
	allocations, err := u.checkAllocations(ctx, requests, settles, who.party.Key, currency, amount)
	if err != nil {
		return 0, err
	}
	left := amount
	for _, a := range allocations {
		left -= a.Amount
	}
	refunds, err := u.refundsOf(ctx, in.RefundOf.Value(), nil, who, currency, left)
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
	if err := u.saveAllocations(ctx, id, allocations, insertAllocations); err != nil {
		return 0, err
	}
	return id, u.saveRefunds(ctx, id, refunds)
}

func init() {
	registerConstraints(map[string]model.UserError{
		"payments_party_fkey":         {Path: "customerId", Code: notFound, Message: "does not exist"},
		"payments_paid_on_range":      {Path: "paidOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"payments_method":             {Path: "method", Code: invalid, Message: "is not a method"},
		"payments_currency_fkey":      {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"payments_amount_range":       {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"payments_external_ref_given": {Path: "externalRef", Code: required, Message: "must not be blank"},
		"payments_external_ref_key":   {Path: "externalRef", Code: taken, Message: "is in use"},
		"payments_fx_rate_range":      {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"payments_account_fkey":       {Path: "accountId", Code: notFound, Message: "does not exist"},
	})
}
