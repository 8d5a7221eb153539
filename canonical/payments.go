package canonical

import (
	"context"
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
// returns the payment's key. A customer's payment settles invoices, a refund to a customer credit notes, a payment to
// a vendor bills, and what a vendor pays back the vendor's credit notes. What is not allocated gives back payments of the other direction: the one that the input names, or else
// those of which something is left, the oldest first. The rest is a credit: the customer's, or ours with the vendor.
func (s *Store) PaymentRecord(ctx context.Context, actor Actor, in model.PaymentRecordInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		return u.savePayment(ctx, in)
	})
}

// PaymentVoid voids a payment, on the days of DocumentVoid: its allocations, and what it gave back, no longer count. A
// payment that was given back stays until its refund is void.
func (s *Store) PaymentVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion, selectPayment)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, reject("id", state, "the payment is void already")
		}
		return u.changeRecord(id, `UPDATE canonical.payments SET voided_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}

// counterparty is the other party of a payment and the direction of the money.
type counterparty struct {
	party      model.ID
	path, role string // the input field that names the party; customer or vendor, as in the database
	direction  model.PaymentDirection
}

// counterpartyOf returns the customer or the vendor that an input names. If the input gives no direction, a customer
// pays and a vendor is paid. A party may pay after it was archived.
func (u *unitOfWork) counterpartyOf(ctx context.Context, in model.PaymentRecordInput) (counterparty, error) {
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
	if setGiven(&c.direction, in.Direction); c.direction == model.PaymentDirectionOut && !u.actor.keepsBooks() {
		u.addError("direction", forbidden, "your role does not allow paying out")
	}
	if c.party == (model.ID{}) {
		return c, nil
	}
	_, err := u.checkExists(ctx, c.path, c.party, "Person", "people")
	return c, err
}

// newPayment is a payment to be recorded: its columns, and what its allocations are checked against.
type newPayment struct {
	columns  columns
	currency string
	amount   int64 // minor units
}

// paymentOf checks the fields of an input, but for its party and its allocations, with the organization's defaults.
func (u *unitOfWork) paymentOf(ctx context.Context, in model.PaymentRecordInput, who counterparty) (p newPayment, err error) {
	org := u.org
	money := rated{Currency: org.BaseCurrency}
	paidOn, method, reference, externalRef := org.Today, model.PaymentMethodBank, "", in.ExternalRef.Value()
	setGiven(&paidOn, in.PaidOn)
	setGiven(&method, in.Method)
	setGiven(&reference, in.Reference)
	setGiven(&money.Currency, in.Currency)
	u.checkUnlocked("paidOn", org, paidOn)
	u.checkText("reference", &reference, maxLine)
	if err := u.setCurrencyAndRate(ctx, org, &money, rated{}, in.FxRate, paidOn, paidOn); err != nil {
		return p, err
	}
	p.currency = money.Currency
	p.amount = u.toPositiveMinor("amount", in.Amount, p.currency)
	if err := u.checkExternalRef(ctx, "Payment", "payments", 0, &externalRef, "true"); err != nil {
		return p, err
	}
	account, err := u.checkMoneyAccount(ctx, "accountId", 0, in.AccountID)
	if err != nil {
		return p, err
	}
	var store *int64
	err = u.setStore(ctx, "storeId", &store, in.StoreID)
	p.columns = columns{
		{"direction", strings.ToLower(string(who.direction))}, {"party_id", who.party.Key}, {"party_role", who.role},
		{"paid_on", paidOn}, {"method", strings.ToLower(string(method))}, {"account_id", account}, {"reference", reference},
		{"currency", p.currency}, {"fx_rate", money.FxRate}, {"amount", p.amount}, {"external_ref", externalRef},
		{"store_id", store},
	}
	return p, err
}

// savePayment checks and saves a payment with what it settles and what it gives back.
func (u *unitOfWork) savePayment(ctx context.Context, in model.PaymentRecordInput) (int64, error) {
	who, err := u.counterpartyOf(ctx, in)
	if err != nil {
		return 0, err
	}
	p, err := u.paymentOf(ctx, in, who)
	if err != nil {
		return 0, err
	}
	settles := settledBy(who.role, who.direction)
	settled, err := u.checkAllocations(ctx, u.allocationRequests(settles, in.Allocations.Value()), settles, who.party.Key, p.currency, p.amount, nil)
	if err != nil {
		return 0, err
	}
	refunds, err := u.refundsOf(ctx, in.RefundOf.Value(), nil, who, p.currency, p.amount-total(settled))
	if err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	id, err := u.save(ctx, 0, row{table: "payments", columns: p.columns})
	if err != nil {
		return 0, err
	}
	u.makeAllocations(paymentAllocations, id, changeOf(settled, nil))
	u.makeAllocations(paymentRefunds, id, changeOf(refunds, nil))
	return id, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"payments_party_fkey":        {Path: "customerId", Code: notFound, Message: "does not exist"},
		"payments_paid_on_range":     {Path: "paidOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"payments_method":            {Path: "method", Code: invalid, Message: "is not a method"},
		"payments_currency_fkey":     {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"payments_amount_range":      {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"payments_external_ref_form": {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"payments_external_ref_key":  {Path: "externalRef", Code: taken, Message: "is in use"},
		"payments_fx_rate_range":     {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"payments_store_fkey":        {Path: "storeId", Code: notFound, Message: "does not exist"},
		"payments_account_fkey":      {Path: "accountId", Code: notFound, Message: "does not exist"},
	})
}
