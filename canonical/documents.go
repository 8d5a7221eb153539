package canonical

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"daybook/graph/model"
)

// document is an invoice, a bill, or a credit note to a customer or of a vendor.
type document struct {
	record
	Kind            model.DocumentKind
	State           string
	PartyID         int64
	IssuedOn, DueOn model.Date
	rated
	Memo string
	// PricesIncludeTax is whether the items' prices include their taxes.
	PricesIncludeTax bool
	ExternalRef      *string
	StoreID          *int64 // nil: the office
}

const selectDocument = `SELECT id, version, kind, state, party_id, issued_on, due_on, currency, memo, fx_rate, fx_rate_named, prices_include_tax, external_ref, store_id
	FROM canonical.documents`

// termDays is how many days after its issue a document falls due by default.
const termDays = 30

// DocumentCreate saves a draft and its items as one unit and returns the document's key.
func (s *Store) DocumentCreate(ctx context.Context, actor Actor, kind model.DocumentKind, in model.DocumentCreateInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		return u.saveDocument(ctx, document{Kind: kind}, in.Fields())
	})
}

// DocumentUpdate changes the given fields of a draft. Items, when given, are the whole new set in its order. A change of
// the currency, or of whether prices include tax, keeps the prices' numbers: 12.50 AUD becomes 12.50 USD. Those who may
// approve also change an approved document, but for its currency, its rate and whether its prices include tax: its posting
// is reversed and posted anew.
func (s *Store) DocumentUpdate(ctx context.Context, actor Actor, kind model.DocumentKind, id int64, expectedVersion *int, in model.DocumentUpdateInput) (int64, error) {
	changed, err := s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		d, err := u.loadDocument(ctx, kind, id, expectedVersion)
		switch {
		case err != nil:
			return 0, err
		case d.State == "void":
			return 0, reject("id", state, "a void "+kind.Title()+" is not changed")
		case d.State == "approved" && !actor.keepsBooks():
			return 0, reject("id", forbidden, "your role does not allow changes of an approved "+kind.Title())
		}
		if _, err := u.saveDocument(ctx, d, in); err != nil || d.State == "draft" {
			return id, err
		}
		return id, u.checkApprovable(ctx, id)
	})
	return changed, atFields(kind, err)
}

// atFields gives the user errors of a document's allocations, which its own update does not name, the fields that break their rules:
// with another party, and with a smaller total than what is settled.
func atFields(kind model.DocumentKind, err error) error {
	var mistakes *Invalid
	if errors.As(err, &mistakes) {
		for i, m := range mistakes.Errors {
			switch {
			case m.Path != "allocations":
			case m.Code == exceeds:
				mistakes.Errors[i] = model.UserError{Path: "items", Code: exceeds, Message: "the total would be less than what is allocated to this " + kind.Title()}
			default:
				mistakes.Errors[i] = model.UserError{Path: kind.PartyField(), Code: state, Message: allocatedTo(kind)}
			}
		}
	}
	return err
}

func allocatedTo(kind model.DocumentKind) string {
	return "payments or credits are allocated to this " + kind.Title() + ": void them first"
}

// DocumentDelete deletes a draft with its items.
func (s *Store) DocumentDelete(ctx context.Context, actor Actor, kind model.DocumentKind, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocumentIn(ctx, kind, id, expectedVersion, "draft", "only drafts are deleted"); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `DELETE FROM canonical.documents WHERE organization_id = $1 AND id = $2`), nil
	})
}

// DocumentApprove takes the next number of the kind's series and posts the document: an invoice or a bill becomes due, a
// credit note is the customer's credit, or ours with the vendor. It needs an item and a total of at least zero. Numbers have no gaps: approvals of
// one organization and kind wait for each other.
func (s *Store) DocumentApprove(ctx context.Context, actor Actor, kind model.DocumentKind, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocumentIn(ctx, kind, id, expectedVersion, "draft", "only drafts are approved"); err != nil {
			return 0, err
		}
		if err := u.checkApprovable(ctx, id); err != nil {
			return 0, err
		}
		if err := u.checkReferencesLive(ctx, kind, id); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.documents
			SET state = 'approved', number_value = next.value, number = next.number, approved_at = now()
			FROM canonical.take_number($1, '`+string(kind)+`') AS next WHERE organization_id = $1 AND id = $2`), nil
	})
}

// checkApprovable rejects a document without items or with a negative total.
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

// checkReferencesLive rejects a draft whose party or store, or one of whose items' accounts or stores, a new document could no
// longer name, and one with a tax whose rate was corrected since the item was saved: which percentage is right is not for the
// approval to decide.
func (u *unitOfWork) checkReferencesLive(ctx context.Context, kind model.DocumentKind, id int64) error {
	rows, _ := u.Query(ctx, `
		SELECT $3, 'is archived' FROM canonical.documents AS document
		JOIN canonical.people AS party ON (party.organization_id, party.id) = (document.organization_id, document.party_id)
		WHERE (document.organization_id, document.id) = ($1, $2) AND party.archived_at IS NOT NULL
		UNION ALL
		SELECT 'storeId', 'is archived' FROM canonical.documents AS document
		JOIN canonical.stores AS store ON (store.organization_id, store.id) = (document.organization_id, document.store_id)
		WHERE (document.organization_id, document.id) = ($1, $2) AND store.archived_at IS NOT NULL
		UNION ALL (
		SELECT format('items.%s.storeId', item.place - 1), 'is archived'
		FROM (
			SELECT organization_id, store_id, row_number() OVER (ORDER BY line) AS place FROM canonical.document_items
			WHERE (organization_id, document_id) = ($1, $2)) AS item
		JOIN canonical.stores AS store ON (store.organization_id, store.id) = (item.organization_id, item.store_id)
		WHERE store.archived_at IS NOT NULL ORDER BY item.place)
		UNION ALL (
		SELECT format('items.%s.accountId', item.place - 1),
			CASE WHEN account.archived_at IS NULL THEN $4 ELSE 'is archived' END
		FROM (
			SELECT organization_id, account_id, row_number() OVER (ORDER BY line) AS place FROM canonical.document_items
			WHERE (organization_id, document_id) = ($1, $2)) AS item
		JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (item.organization_id, item.account_id)
		WHERE account.archived_at IS NOT NULL OR account.system_role = ANY ($5) ORDER BY item.place)
		UNION ALL (
		SELECT format('items.%s.taxRateIds', item.place - 1),
			format('%s was %s%% when the item was saved and is %s%% now: take the item out and add it again', rate.name, trim_scale(tax.percentage), trim_scale(rate.percentage))
		FROM (
			SELECT organization_id, id, row_number() OVER (ORDER BY line) AS place FROM canonical.document_items
			WHERE (organization_id, document_id) = ($1, $2)) AS item
		JOIN canonical.document_item_taxes AS tax ON (tax.organization_id, tax.document_item_id) = (item.organization_id, item.id)
		JOIN canonical.tax_rates AS rate ON (rate.organization_id, rate.id) = (tax.organization_id, tax.tax_rate_id)
		WHERE tax.percentage <> rate.percentage ORDER BY item.place, tax.position)`,
		u.actor.OrganizationID, id, kind.PartyField(), keptByRecords, controlAccounts)
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

// DocumentVoid cancels an approved document to which no live payment and no credit is allocated. Its number stays taken.
// Its posting is undone on its own day, or, where the books are closed for that, today.
// The invoices that a credit note reduced are due again.
func (s *Store) DocumentVoid(ctx context.Context, actor Actor, kind model.DocumentKind, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadDocumentIn(ctx, kind, id, expectedVersion, "approved", "only what is approved is voided"); err != nil {
			return 0, err
		}
		if kind.Credits() != "" { // it no longer reduces what it was allocated to
			u.changeRecord(id, endAllocationsOfNote)
		}
		var paid int64
		err := u.QueryRow(ctx, `SELECT canonical.document_paid($1, $2)`, u.actor.OrganizationID, id).Scan(&paid)
		switch {
		case err != nil:
			return 0, fmt.Errorf("look for payments of document %d: %w", id, err)
		case paid > 0:
			return 0, reject("id", state, allocatedTo(kind))
		}
		return u.changeRecord(id, `UPDATE canonical.documents SET state = 'void', voided_at = now()
			WHERE organization_id = $1 AND id = $2`), nil
	})
}

// loadDocument is load for a document of one kind; one of another kind does not exist.
func (u *unitOfWork) loadDocument(ctx context.Context, kind model.DocumentKind, id int64, expected *int) (document, error) {
	d, err := load[document](ctx, u, id, expected, selectDocument)
	if err == nil && d.Kind != kind {
		err = reject("id", notFound, "does not exist")
	}
	return d, err
}

// loadDocumentIn is loadDocument for a document in one state; otherwise is the message for one in another state.
func (u *unitOfWork) loadDocumentIn(ctx context.Context, kind model.DocumentKind, id int64, expected *int, in, otherwise string) (document, error) {
	d, err := u.loadDocument(ctx, kind, id, expected)
	if err == nil && d.State != in {
		err = reject("id", state, otherwise)
	}
	return d, err
}

// changeRecord queues a statement with the parameters organization and id, and returns the id.
func (u *unitOfWork) changeRecord(id int64, statement string) int64 {
	u.queue(statement, u.actor.OrganizationID, id)
	return id
}

// saveDocument checks a document with the fields that an input gives, and saves it with its items.
func (u *unitOfWork) saveDocument(ctx context.Context, d document, in model.DocumentUpdateInput) (int64, error) {
	before := d
	org := u.org
	if err := u.setDocument(ctx, org, &d, in); err != nil {
		return 0, err
	}
	u.checkDocumentDays(org, d, before)
	if err := u.setDocumentCurrency(ctx, org, &d, before, in); err != nil {
		return 0, err
	}
	u.checkText("memo", &d.Memo, maxText)
	if err := u.checkDocumentRef(ctx, &d); err != nil {
		return 0, err
	}
	items, err := u.checkItems(ctx, d, before.Currency, in.Items)
	if err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	if u.batch != nil {
		u.batch.add(d, items)
		return 0, nil
	}
	if items != nil && before.ID != 0 {
		if differ, err := u.itemsDiffer(ctx, d.ID, items); err != nil {
			return 0, err
		} else if !differ {
			items = nil
		}
	}
	d.ID, err = u.save(ctx, d.ID, row{table: "documents", touch: items != nil, fixed: columns{{"kind", d.Kind}}, columns: columns{
		{"party_id", d.PartyID}, {"issued_on", d.IssuedOn}, {"due_on", d.DueOn}, {"currency", d.Currency},
		{"fx_rate", d.FxRate}, {"fx_rate_named", d.FxRateNamed}, {"prices_include_tax", d.PricesIncludeTax}, {"memo", d.Memo}, {"external_ref", d.ExternalRef},
		{"store_id", d.StoreID},
	}})
	if err != nil {
		return 0, err
	}
	if items != nil {
		if before.ID == 0 {
			items.add(u, d.ID)
		} else {
			err = u.saveItems(ctx, org, d, items)
		}
		if err != nil {
			return 0, err
		}
	}
	if d.Currency == org.BaseCurrency && (items == nil && d.PricesIncludeTax == before.PricesIncludeTax || items.small()) {
		return d.ID, nil
	}
	return d.ID, u.checkTotalFits(ctx, org, d)
}

// checkDocumentRef checks a document's reference. A bill's is its vendor's own number: another vendor may have the same one.
func (u *unitOfWork) checkDocumentRef(ctx context.Context, d *document) error {
	if u.batch == nil {
		return u.checkExternalRef(ctx, d.Kind.Node(), "documents", d.ID, &d.ExternalRef, `kind = $4 AND (NOT canonical.of_vendor(kind) OR party_id = $5)`, d.Kind, d.PartyID)
	}
	if u.checkOptional("externalRef", &d.ExternalRef); d.ExternalRef == nil {
		return nil
	}
	if other, used := u.batch.used[refOf(d.Kind, d.PartyID, *d.ExternalRef)]; used {
		u.addTaken("externalRef", inUse, model.ID{Type: d.Kind.Node(), Key: other})
	}
	return nil
}

// setDocument gives a document the fields of an input, but for its rate and items, with the organization's defaults.
func (u *unitOfWork) setDocument(ctx context.Context, org organizationDefaults, d *document, in model.DocumentUpdateInput) error {
	set(&d.Memo, in.Memo)
	setOptional(&d.ExternalRef, in.ExternalRef)
	if err := u.setParty(ctx, d.Kind.PartyField(), &d.PartyID, in.PartyID); err != nil {
		return err
	}
	if err := u.setStore(ctx, "storeId", &d.StoreID, in.StoreID); err != nil {
		return err
	}
	setDefault(u, "issuedOn", d.record, &d.IssuedOn, in.IssuedOn, org.Today)
	setDefault(u, "currency", d.record, &d.Currency, in.Currency, org.BaseCurrency)
	before := d.PricesIncludeTax
	if setDefault(u, "pricesIncludeTax", d.record, &d.PricesIncludeTax, in.PricesIncludeTax, false); d.State == "approved" && d.PricesIncludeTax != before {
		u.addError("pricesIncludeTax", state, "is fixed for an approved %s", d.Kind.Title())
	}
	if d.Kind.HasDueDate() {
		setDefault(u, "dueOn", d.record, &d.DueOn, in.DueOn, d.IssuedOn.AddDays(termDays))
	} else {
		d.DueOn = d.IssuedOn
	}
	return nil
}

// checkDocumentDays checks a document's days against each other and the period locks. A draft is not booked yet, so it
// may lie in a period that is locked softly.
func (u *unitOfWork) checkDocumentDays(org organizationDefaults, d, before document) {
	switch {
	case d.State == "approved" && (d.PartyID != before.PartyID || !d.IssuedOn.Equal(before.IssuedOn.Time) || !same(d.StoreID, before.StoreID)):
		u.checkUnlocked("issuedOn", org, d.IssuedOn, before.IssuedOn)
	case d.State != "approved":
		org.SoftLockedUntil = nil
		u.checkUnlocked("issuedOn", org, d.IssuedOn)
	}
	switch {
	case d.DueOn.Before(d.IssuedOn.Time) && !u.isUnread("issuedOn"):
		u.addError("dueOn", invalid, "must not be before the day of issue")
	case d.DueOn.Year() > 9999: // a Date has four digits for the year
		u.addError("dueOn", invalid, "must not be after the year 9999")
	}
}

// setDocumentCurrency checks a document's currency and gives it its rate. Those of an approved document are fixed.
func (u *unitOfWork) setDocumentCurrency(ctx context.Context, org organizationDefaults, d *document, before document, in model.DocumentUpdateInput) error {
	beforeOn := before.IssuedOn
	if before.State == "approved" {
		beforeOn = d.IssuedOn // its rate is fixed
	}
	if err := u.setCurrencyAndRate(ctx, org, &d.rated, before.rated, in.FxRate, d.IssuedOn, beforeOn); err != nil {
		return err
	}
	if field := "currency"; before.State == "approved" && (d.Currency != before.Currency || !d.FxRate.Equal(before.FxRate.Decimal)) {
		if d.Currency == before.Currency {
			field = "fxRate"
		}
		u.addError(field, state, "the currency and the rate of an approved %s are fixed", d.Kind.Title())
	}
	return nil
}

// checkTotalFits rejects a document whose total is too large, in its currency or for the books in the base currency. The database checks it
// again when the document is posted.
func (u *unitOfWork) checkTotalFits(ctx context.Context, org organizationDefaults, d document) error {
	var total model.Decimal
	err := u.QueryRow(ctx, `SELECT canonical.document_total($1, $2)`, u.actor.OrganizationID, d.ID).Scan(&total)
	switch {
	case err != nil:
		return fmt.Errorf("add up document %d: %w", d.ID, err)
	case total.Abs().GreaterThan(decimal.NewFromInt(maxAmount)):
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

// setParty sets *key to the person that an input names at path. The person who is *key already may be archived.
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

func init() {
	registerConstraints(map[string]model.UserError{
		"number_series_next_value_positive": {Path: "id", Code: state, Message: "the number series is used up"},
		"documents_party_fkey":              {Path: "customerId", Code: notFound, Message: "does not exist"},
		"documents_store_fkey":              {Path: "storeId", Code: notFound, Message: "does not exist"},
		"documents_issued_on_range":         {Path: "issuedOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"documents_due_on_range":            {Path: "dueOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"documents_due_after_issue":         {Path: "dueOn", Code: invalid, Message: "must not be before the day of issue"},
		"documents_currency_fkey":           {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"documents_external_ref_form":       {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"documents_vendor_ref_key":          {Path: "externalRef", Code: taken, Message: "is in use for another bill of this vendor"},
		"documents_external_ref_key":        {Path: "externalRef", Code: taken, Message: "is in use"},
		"documents_number_key":              {Path: "id", Code: conflict, Message: "the next number is in use"},
		"documents_number_by_state":         {Path: "id", Code: state, Message: "only a draft has no number"},
		"documents_times_by_state":          {Path: "id", Code: state, Message: "the document's state does not allow this"},
		"documents_state":                   {Path: "id", Code: state, Message: "is not a state"},
		"documents_state_forward":           {Path: "id", Code: state, Message: "a document goes from draft to approved to void"},
		"documents_delete_draft":            {Path: "id", Code: state, Message: "only drafts are deleted"},
		"documents_hard_locked":             {Path: "issuedOn", Code: state, Message: "the books are closed for that day"},
		"documents_party_locked":            {Path: "issuedOn", Code: state, Message: "the books are closed or locked for that day"},
		"documents_party_kept":              {Path: "id", Code: state, Message: "an issued document keeps its party's name and address"},
		"documents_party_by_state":          {Path: "id", Code: state, Message: "only a draft has no name of its party"},
		"documents_fx_rate_range":           {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"documents_state_fixed":             {Path: "fxRate", Code: state, Message: "the kind, the rate and the computation of taxes of an approved document are fixed"},
	})
}
