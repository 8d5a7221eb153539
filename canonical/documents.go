package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// kind is what sets the documents of one kind apart.
type kind struct {
	name  string // in the database
	title string // in a sentence
	party string // the input field that names the other side
}

// document is one of any kind. Inputs of all kinds become an InvoiceUpdateInput, in which the customer is the party.
type document struct {
	record
	Kind, State     string
	PartyID         int64
	IssuedOn, DueOn model.Date
	Currency, Memo  string
	FxRate          model.Decimal
	ExternalRef     *string
}

const selectDocument = `SELECT id, version, kind, state, party_id, issued_on, due_on, currency, memo, fx_rate, external_ref
	FROM canonical.documents`

// termDays is how long after its issue a document falls due where the input does not say.
const termDays = 30

// updateDocument changes a draft, or, for those who may approve, an approved document.
func (s *Store) updateDocument(ctx context.Context, actor Actor, k kind, id int64, expected *int, in model.InvoiceUpdateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		d, err := load[document](ctx, u, id, expected, selectDocument)
		switch {
		case err != nil:
			return 0, err
		case d.Kind != k.name:
			return 0, reject("id", notFound, "does not exist")
		case d.State == "void":
			return 0, reject("id", state, "a void "+k.title+" is not changed")
		case d.State == "approved" && !actor.canApprove():
			return 0, reject("id", forbidden, "your role does not allow changes of an approved "+k.title)
		}
		if _, err := u.saveDocument(ctx, k, d, in); err != nil || d.State == "draft" {
			return id, err
		}
		return id, u.checkApprovable(ctx, id)
	})
}

// deleteDocument deletes a draft with its items.
func (s *Store) deleteDocument(ctx context.Context, actor Actor, k kind, id int64, expected *int) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocument(ctx, k, id, expected, "draft", "only drafts are deleted"); err != nil {
			return 0, err
		}
		return u.changeRecord(ctx, id, `DELETE FROM canonical.documents WHERE organization_id = $1 AND id = $2`)
	})
}

// approveDocument takes the next number of the kind's series. Numbers have no gaps: approvals of one organization and
// kind wait for each other.
func (s *Store) approveDocument(ctx context.Context, actor Actor, k kind, id int64, expected *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocument(ctx, k, id, expected, "draft", "only drafts are approved"); err != nil {
			return 0, err
		}
		if err := u.checkApprovable(ctx, id); err != nil {
			return 0, err
		}
		if err := u.checkReferencesLive(ctx, k, id); err != nil {
			return 0, err
		}
		return u.changeRecord(ctx, id, `UPDATE canonical.documents
			SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
			FROM canonical.take_number($1, '`+k.name+`') AS next WHERE organization_id = $1 AND id = $2`)
	})
}

// checkApprovable refuses a document without items or with a negative total.
func (u *unitOfWork) checkApprovable(ctx context.Context, id int64) error {
	var empty bool
	var total int64
	err := u.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM canonical.document_items
			WHERE organization_id = $1 AND document_id = $2), canonical.document_total($1, $2)`,
		u.actor.OrganizationID, id).Scan(&empty, &total)
	switch {
	case err != nil:
		return fmt.Errorf("add up document %d: %w", id, err)
	case empty:
		return reject("id", state, "a document without items is not approved")
	case total < 0:
		return reject("id", state, "a document with a negative total is not approved")
	}
	return nil
}

// checkReferencesLive refuses a draft whose party, or an account of whose items, no new one may name any more.
func (u *unitOfWork) checkReferencesLive(ctx context.Context, k kind, id int64) error {
	rows, _ := u.Query(ctx, `
		SELECT $3, 'is archived' FROM canonical.documents AS document
		JOIN canonical.people AS party ON (party.organization_id, party.id) = (document.organization_id, document.party_id)
		WHERE (document.organization_id, document.id) = ($1, $2) AND party.archived_at IS NOT NULL
		UNION ALL (
		SELECT format('items.%s.accountId', item.place - 1),
			CASE WHEN account.archived_at IS NULL THEN $4 ELSE 'is archived' END
		FROM (
			SELECT organization_id, account_id, row_number() OVER (ORDER BY line) AS place FROM canonical.document_items
			WHERE (organization_id, document_id) = ($1, $2)) AS item
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (item.organization_id, item.account_id)
		WHERE account.archived_at IS NOT NULL OR account.system_role = ANY ($5) ORDER BY item.place)`,
		u.actor.OrganizationID, id, k.party, keptByRecords, controlAccounts)
	var path, message string
	_, err := pgx.ForEachRow(rows, []any{&path, &message}, func() error {
		u.addError(path, state, "%s", message)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at what document %d names: %w", id, err)
	}
	return u.err()
}

// voidDocument cancels an approved document to which nothing is allocated. Its number stays taken.
func (s *Store) voidDocument(ctx context.Context, actor Actor, k kind, id int64, expected *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocument(ctx, k, id, expected, "approved", "only what is approved is voided"); err != nil {
			return 0, err
		}
		if k == creditNotes { // it no longer reduces what it was allocated to
			if _, err := u.changeRecord(ctx, id, deleteCredits); err != nil {
				return 0, err
			}
		}
		var paid int64
		err := u.QueryRow(ctx, `SELECT canonical.document_paid($1, $2)`, u.actor.OrganizationID, id).Scan(&paid)
		switch {
		case err != nil:
			return 0, fmt.Errorf("look for payments of document %d: %w", id, err)
		case paid > 0:
			return 0, reject("id", state, "payments or credits are allocated to this "+k.title+": void them first")
		}
		return u.changeRecord(ctx, id, `UPDATE canonical.documents SET state = 'void', voided_at = now()
			WHERE organization_id = $1 AND id = $2`)
	})
}

// loadDocument is load for a document that must be of one kind and in one state.
func (u *unitOfWork) loadDocument(ctx context.Context, k kind, id int64, expected *int, in, otherwise string) (document, error) {
	d, err := load[document](ctx, u, id, expected, selectDocument)
	switch {
	case err != nil:
	case d.Kind != k.name:
		err = reject("id", notFound, "does not exist")
	case d.State != in:
		err = reject("id", state, otherwise)
	}
	return d, err
}

// changeRecord runs a statement about one record, with the parameters organization and id.
func (u *unitOfWork) changeRecord(ctx context.Context, id int64, statement string) (int64, error) {
	if _, err := u.Exec(ctx, statement, u.actor.OrganizationID, id); err != nil {
		return 0, fmt.Errorf("change record %d: %w", id, err)
	}
	return id, nil
}

func (u *unitOfWork) saveDocument(ctx context.Context, k kind, d document, in model.InvoiceUpdateInput) (int64, error) {
	before := d
	set(&d.Memo, in.Memo)
	setOptional(&d.ExternalRef, in.ExternalRef)

	if err := u.setParty(ctx, k.party, &d.PartyID, in.CustomerID); err != nil {
		return 0, err
	}
	org, err := u.defaults(ctx)
	if err != nil {
		return 0, err
	}
	setDefault(u, "issuedOn", d.record, &d.IssuedOn, in.IssuedOn, org.Today)
	setDefault(u, "currency", d.record, &d.Currency, in.Currency, org.BaseCurrency)
	if k == creditNotes {
		d.DueOn = d.IssuedOn
	} else {
		setDefault(u, "dueOn", d.record, &d.DueOn, in.DueOn, d.IssuedOn.AddDays(termDays))
	}
	switch {
	case d.State == "approved" && (d.PartyID != before.PartyID || !d.IssuedOn.Equal(before.IssuedOn.Time)):
		u.checkUnlocked("issuedOn", org, d.IssuedOn, before.IssuedOn)
	case d.State != "approved": // it is not booked yet, so that it may be in a period that is locked softly
		org.SoftLockedUntil = nil
		u.checkUnlocked("issuedOn", org, d.IssuedOn)
	}
	switch {
	case d.DueOn.Before(d.IssuedOn.Time):
		u.addError("dueOn", invalid, "must not be before the day of issue")
	case d.DueOn.Year() > 9999: // a Date has four digits for the year
		u.addError("dueOn", invalid, "must not be after the year 9999")
	}
	if err := u.setCurrencyAndRate(ctx, org, &d.Currency, before.Currency, &d.FxRate, in.FxRate, d.IssuedOn); err != nil {
		return 0, err
	}
	if before.State == "approved" && (d.Currency != before.Currency || !d.FxRate.Equal(before.FxRate.Decimal)) {
		u.addError("currency", state, "the currency and the rate of an approved %s are fixed", k.title)
	}
	u.checkText("memo", &d.Memo, maxText)
	if err := u.checkExternalRefOfKind(ctx, "documents", k.name, d.ID, &d.ExternalRef); err != nil {
		return 0, err
	}
	items, err := u.checkItems(ctx, d, before.Currency, in.Items)
	if err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	values := []any{u.actor.OrganizationID, d.PartyID, d.IssuedOn, d.DueOn, d.Currency, d.FxRate, d.Memo, d.ExternalRef}
	if d.ID == 0 {
		err = u.QueryRow(ctx, `
			INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency, fx_rate, memo, external_ref, kind)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`, append(values, k.name)...).Scan(&d.ID)
	} else {
		// updated_at, so that a change of the items alone is a new version of the document too.
		_, err = u.Exec(ctx, `
			UPDATE canonical.documents SET party_id = $2, issued_on = $3, due_on = $4, currency = $5, fx_rate = $6, memo = $7,
				external_ref = $8, updated_at = clock_timestamp() WHERE organization_id = $1 AND id = $9`, append(values, d.ID)...)
	}
	if err != nil {
		return 0, fmt.Errorf("save %s %d: %w", k.title, d.ID, err)
	}
	if items != nil {
		if err := u.saveItems(ctx, org, d, items); err != nil {
			return 0, err
		}
	}
	if items == nil && d.Currency == org.BaseCurrency {
		return d.ID, nil
	}
	return d.ID, u.checkTotalFits(ctx, org, d)
}

// checkTotalFits refuses a document whose total the books could not hold in the base currency; the database says so too when
// it is booked.
func (u *unitOfWork) checkTotalFits(ctx context.Context, org organizationDefaults, d document) error {
	var total int64
	err := u.QueryRow(ctx, `SELECT canonical.document_total($1, $2)`, u.actor.OrganizationID, d.ID).Scan(&total)
	switch {
	case err != nil:
		return fmt.Errorf("add up document %d: %w", d.ID, err)
	case d.Currency == org.BaseCurrency && (total > maxAmount || total < -maxAmount):
		return reject("items", invalid, "the total is too large")
	case d.Currency == org.BaseCurrency:
		return nil
	}
	_, err = u.Exec(ctx, `SELECT canonical.in_base($1, $2, $3, $4)`, total, d.Currency, org.BaseCurrency, d.FxRate)
	if err != nil {
		return fmt.Errorf("convert the total of document %d: %w", d.ID, err)
	}
	return nil
}

// setParty gives *key the person that an input names at path. Who is kept may be archived meanwhile.
func (u *unitOfWork) setParty(ctx context.Context, path string, key *int64, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		u.addError(path, required, "must be given")
		return nil
	case id.Type == "Person" && id.Key == *key:
		return nil
	}
	*key = id.Key
	return u.checkLive(ctx, path, *id, "Person", "people")
}
