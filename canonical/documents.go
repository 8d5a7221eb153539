package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type document struct {
	record
	State           string
	PartyID         int64
	IssuedOn, DueOn model.Date
	Currency, Memo  string
	ExternalRef     *string
}

const selectDocument = `SELECT id, version, state, party_id, issued_on, due_on, currency, memo, external_ref
	FROM canonical.documents`

// termDays is how long after its issue an invoice falls due where the input does not say.
const termDays = 30

// InvoiceCreate saves a draft and its items as one unit and returns the invoice's key.
func (s *Store) InvoiceCreate(ctx context.Context, actor Actor, in model.InvoiceCreateInput, idempotencyKey *string) (int64, error) {
	return s.create(ctx, actor, "invoiceCreate", in, idempotencyKey, func(u *unit) (int64, error) {
		return u.saveDocument(ctx, document{}, model.InvoiceUpdateInput{
			CustomerID: graphql.OmittableOf(&in.CustomerID), IssuedOn: in.IssuedOn, DueOn: in.DueOn,
			Currency: in.Currency, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: graphql.OmittableOf(in.Items),
		})
	})
}

// InvoiceUpdate changes the given fields of a draft. Items, when given, are the whole new set in its order. A change of
// the currency alone keeps the prices' numbers: 12.50 AUD becomes 12.50 USD.
func (s *Store) InvoiceUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.InvoiceUpdateInput) (int64, error) {
	return s.edit(ctx, actor, func(u *unit) (int64, error) {
		d, err := u.loadDocument(ctx, id, expectedVersion, "draft", "only drafts are changed")
		if err != nil {
			return 0, err
		}
		return u.saveDocument(ctx, d, in)
	})
}

// InvoiceDelete deletes a draft with its items.
func (s *Store) InvoiceDelete(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.edit(ctx, actor, func(u *unit) (int64, error) {
		if _, err := u.loadDocument(ctx, id, expectedVersion, "draft", "only drafts are deleted"); err != nil {
			return 0, err
		}
		return u.change(ctx, id, `DELETE FROM canonical.documents WHERE organization_id = $1 AND id = $2`)
	})
}

// InvoiceApprove takes the next number of the series and makes the invoice due. It needs an item and a total of at
// least zero. Numbers have no gaps: approvals of one organization wait for each other.
func (s *Store) InvoiceApprove(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.decide(ctx, actor, func(u *unit) (int64, error) {
		if _, err := u.loadDocument(ctx, id, expectedVersion, "draft", "only drafts are approved"); err != nil {
			return 0, err
		}
		var empty bool
		var total int64
		err := u.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM canonical.document_items
				WHERE organization_id = $1 AND document_id = $2), canonical.document_total($1, $2)`,
			u.actor.OrganizationID, id).Scan(&empty, &total)
		switch {
		case err != nil:
			return 0, fmt.Errorf("add up invoice %d: %w", id, err)
		case empty:
			return 0, refuse("id", state, "an invoice without items is not approved")
		case total < 0:
			return 0, refuse("id", state, "an invoice with a negative total is not approved")
		}
		return u.change(ctx, id, `UPDATE canonical.documents
			SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
			FROM canonical.take_number($1, 'invoice') AS next WHERE organization_id = $1 AND id = $2`)
	})
}

// InvoiceMarkSent notes that an approved invoice went out; the first time counts.
func (s *Store) InvoiceMarkSent(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.edit(ctx, actor, func(u *unit) (int64, error) {
		if _, err := u.loadDocument(ctx, id, expectedVersion, "approved", "only approved invoices are sent"); err != nil {
			return 0, err
		}
		return u.change(ctx, id, `UPDATE canonical.documents SET sent_at = coalesce(sent_at, now())
			WHERE organization_id = $1 AND id = $2`)
	})
}

// InvoiceVoid cancels an approved invoice to which no live payment is allocated. Its number stays taken.
func (s *Store) InvoiceVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.decide(ctx, actor, func(u *unit) (int64, error) {
		if _, err := u.loadDocument(ctx, id, expectedVersion, "approved", "only approved invoices are voided"); err != nil {
			return 0, err
		}
		var paid bool
		err := u.QueryRow(ctx, `SELECT EXISTS (
			SELECT FROM canonical.payment_allocations AS allocation
			JOIN canonical.payments AS payment
				ON (payment.organization_id, payment.id) = (allocation.organization_id, allocation.payment_id)
			WHERE allocation.organization_id = $1 AND allocation.document_id = $2 AND payment.voided_at IS NULL)`,
			u.actor.OrganizationID, id).Scan(&paid)
		switch {
		case err != nil:
			return 0, fmt.Errorf("look for payments of invoice %d: %w", id, err)
		case paid:
			return 0, refuse("id", state, "payments are allocated to this invoice: void them first")
		}
		return u.change(ctx, id, `UPDATE canonical.documents SET state = 'void', voided_at = now()
			WHERE organization_id = $1 AND id = $2`)
	})
}

// loadDocument is load for an invoice that must be in one state.
func (u *unit) loadDocument(ctx context.Context, id int64, expected *int, in, otherwise string) (document, error) {
	d, err := load[document](ctx, u, id, expected, selectDocument)
	if err == nil && d.State != in {
		err = refuse("id", state, otherwise)
	}
	return d, err
}

// change runs a statement about one record, with the parameters organization and id.
func (u *unit) change(ctx context.Context, id int64, statement string) (int64, error) {
	if _, err := u.Exec(ctx, statement, u.actor.OrganizationID, id); err != nil {
		return 0, fmt.Errorf("change record %d: %w", id, err)
	}
	return id, nil
}

func (u *unit) saveDocument(ctx context.Context, d document, in model.InvoiceUpdateInput) (int64, error) {
	before := d.Currency
	set(&d.IssuedOn, in.IssuedOn)
	set(&d.DueOn, in.DueOn)
	set(&d.Currency, in.Currency)
	set(&d.Memo, in.Memo)
	setOptional(&d.ExternalRef, in.ExternalRef)

	if err := u.customer(ctx, &d.PartyID, in.CustomerID); err != nil {
		return 0, err
	}
	home, err := u.home(ctx)
	if err != nil {
		return 0, err
	}
	if d.IssuedOn.IsZero() {
		d.IssuedOn = home.Today
	}
	if d.DueOn.IsZero() {
		d.DueOn = d.IssuedOn.AddDays(termDays)
	}
	switch {
	case d.DueOn.Before(d.IssuedOn.Time):
		u.wrong("dueOn", invalid, "must not be before the day of issue")
	case d.DueOn.Year() > 9999: // a Date has four digits for the year
		u.wrong("dueOn", invalid, "must not be after the year 9999")
	}
	if d.Currency == "" {
		d.Currency = home.BaseCurrency
	}
	if err := u.currency(ctx, &d.Currency); err != nil {
		return 0, err
	}
	u.text("memo", &d.Memo, maxText)
	if err := u.externalRef(ctx, "documents", d.ID, &d.ExternalRef); err != nil {
		return 0, err
	}
	items, err := u.items(ctx, d, before, in.Items)
	if err != nil {
		return 0, err
	}
	if err := u.check(); err != nil {
		return 0, err
	}

	values := []any{u.actor.OrganizationID, d.PartyID, d.IssuedOn, d.DueOn, d.Currency, d.Memo, d.ExternalRef}
	if d.ID == 0 {
		err = u.QueryRow(ctx, `
			INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency, memo, external_ref)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, values...).Scan(&d.ID)
	} else {
		// updated_at, so that a change of the items alone is a new version of the invoice too.
		_, err = u.Exec(ctx, `
			UPDATE canonical.documents SET party_id = $2, issued_on = $3, due_on = $4, currency = $5, memo = $6,
				external_ref = $7, updated_at = clock_timestamp() WHERE organization_id = $1 AND id = $8`, append(values, d.ID)...)
	}
	if err != nil {
		return 0, fmt.Errorf("save invoice %d: %w", d.ID, err)
	}
	if items == nil {
		return d.ID, nil
	}
	return d.ID, items.save(ctx, u, d.ID)
}

// customer gives *key the customer that an input names. A customer who is kept may be archived meanwhile.
func (u *unit) customer(ctx context.Context, key *int64, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		u.wrong("customerId", required, "must be given")
		return nil
	case id.Type == "Person" && id.Key == *key:
		return nil
	}
	*key = id.Key
	return u.referLive(ctx, "customerId", *id, "Person", "people")
}
