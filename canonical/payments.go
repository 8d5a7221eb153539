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
	Voided bool
}

// allocation is the part of a payment that pays one invoice; the JSON form is what the SQL reads.
type allocation struct {
	DocumentID int64 `json:"document_id"`
	Amount     int64 `json:"amount"` // minor units
}

// payable is an invoice as a payment finds it.
type payable struct {
	ID       int64
	State    string
	PartyID  int64
	Currency string
	Due      int64
}

// PaymentRecord records money received and allocates it to approved invoices of the same customer and currency. What
// is not allocated stays the customer's credit. It returns the payment's key.
func (s *Store) PaymentRecord(ctx context.Context, actor Actor, in model.PaymentRecordInput, idempotencyKey *string) (int64, error) {
	return s.create(ctx, actor, "paymentRecord", in, idempotencyKey, func(u *unit) (int64, error) {
		return u.savePayment(ctx, in)
	})
}

// PaymentVoid takes a payment back: its allocations no longer count.
func (s *Store) PaymentVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.decide(ctx, actor, func(u *unit) (int64, error) {
		p, err := load[payment](ctx, u, id, expectedVersion,
			`SELECT id, version, voided_at IS NOT NULL AS voided FROM canonical.payments`)
		switch {
		case err != nil:
			return 0, err
		case p.Voided:
			return 0, refuse("id", state, "the payment is void already")
		}
		return u.change(ctx, id, `UPDATE canonical.payments SET voided_at = now() WHERE organization_id = $1 AND id = $2`)
	})
}

func (u *unit) savePayment(ctx context.Context, in model.PaymentRecordInput) (int64, error) {
	customerID := in.CustomerID.Key
	if _, err := u.refer(ctx, "customerId", in.CustomerID, "Person", "people"); err != nil { // who is archived may pay
		return 0, err
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

	u.text("reference", &reference, maxLine)
	if err := u.currency(ctx, &currency); err != nil {
		return 0, err
	}
	amount := u.minor("amount", in.Amount, currency)
	if !in.Amount.IsPositive() {
		u.wrong("amount", invalid, "must be more than zero")
	}
	if err := u.externalRef(ctx, "payments", 0, &externalRef); err != nil {
		return 0, err
	}
	allocations, err := u.allocations(ctx, in.Allocations.Value(), customerID, currency, amount)
	if err != nil {
		return 0, err
	}
	if err := u.check(); err != nil {
		return 0, err
	}

	var id int64
	err = u.QueryRow(ctx, `
		INSERT INTO canonical.payments (organization_id, party_id, paid_on, method, reference, currency, amount, external_ref)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		u.actor.OrganizationID, customerID, paidOn, strings.ToLower(string(method)), reference, currency, amount,
		externalRef).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("save payment: %w", err)
	}
	if len(allocations) == 0 {
		return id, nil
	}
	_, err = u.Exec(ctx, `
		INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount)
		SELECT $1, $2, new.document_id, new.amount FROM jsonb_to_recordset($3) AS new (document_id bigint, amount bigint)`,
		u.actor.OrganizationID, id, allocations)
	if err != nil {
		return 0, fmt.Errorf("allocate payment %d: %w", id, err)
	}
	return id, nil
}

// allocations checks what a payment is to pay, and holds the invoices until the transaction ends.
func (u *unit) allocations(ctx context.Context, inputs []model.PaymentAllocationInput, customerID int64, currency string, paid int64) ([]allocation, error) {
	if len(inputs) > maxRows {
		u.wrong("allocations", invalid, "must not be more than %d", maxRows)
		return nil, nil
	}
	invoices, err := u.payables(ctx, inputs)
	if err != nil {
		return nil, err
	}
	var sum int64
	list := make([]allocation, len(inputs))
	for i, in := range inputs {
		at := func(field string) string { return fmt.Sprintf("allocations.%d.%s", i, field) }
		amount := u.minor(at("amount"), in.Amount, currency)
		if !in.Amount.IsPositive() {
			u.wrong(at("amount"), invalid, "must be more than zero")
		}
		invoice, found := invoices[in.InvoiceID.Key]
		switch {
		case !found || in.InvoiceID.Type != "Invoice":
			u.wrong(at("invoiceId"), notFound, "does not exist, or is named twice")
		case invoice.State != "approved":
			u.wrong(at("invoiceId"), state, "only approved invoices are paid")
		case invoice.PartyID != customerID:
			u.wrong(at("invoiceId"), invalid, "is another customer's invoice")
		case invoice.Currency != currency:
			u.wrong(at("invoiceId"), invalid, "is an invoice in %s", invoice.Currency)
		case amount > invoice.Due:
			u.wrong(at("amount"), exceeds, "only %s is due", model.FromMinor(invoice.Due, currency).Amount)
		}
		delete(invoices, in.InvoiceID.Key)
		sum += amount
		list[i] = allocation{DocumentID: in.InvoiceID.Key, Amount: amount}
	}
	if sum > paid {
		u.wrong("allocations", exceeds, "more is allocated than was paid")
	}
	return list, nil
}

// payables locks the invoices that the inputs name and returns those that exist. Locked first and read by a second
// statement: that one sees what the transactions waited for have paid.
func (u *unit) payables(ctx context.Context, inputs []model.PaymentAllocationInput) (map[int64]payable, error) {
	ids := make([]int64, len(inputs))
	for i, in := range inputs {
		ids[i] = in.InvoiceID.Key
	}
	_, err := u.Exec(ctx, `SELECT FROM canonical.documents WHERE organization_id = $1 AND id = ANY ($2)
		ORDER BY id FOR NO KEY UPDATE`, u.actor.OrganizationID, ids)
	if err != nil {
		return nil, fmt.Errorf("lock invoices: %w", err)
	}
	rows, _ := u.Query(ctx, `
		SELECT document.id, document.state, document.party_id, document.currency,
			canonical.document_total(document.organization_id, document.id) - coalesce((
				SELECT sum(allocation.amount) FROM canonical.payment_allocations AS allocation
				JOIN canonical.payments AS payment
					ON (payment.organization_id, payment.id) = (allocation.organization_id, allocation.payment_id)
				WHERE (allocation.organization_id, allocation.document_id) = (document.organization_id, document.id)
					AND payment.voided_at IS NULL), 0)::bigint AS due
		FROM canonical.documents AS document WHERE document.organization_id = $1 AND document.id = ANY ($2)`,
		u.actor.OrganizationID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[payable])
	if err != nil {
		return nil, fmt.Errorf("look up invoices: %w", err)
	}
	return byID(list, func(p payable) int64 { return p.ID }), nil
}
