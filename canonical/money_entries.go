package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type moneyEntry struct {
	record
	Kind                      model.MoneyEntryKind
	AccountID, MoneyAccountID int64
	PartyID                   *int64
	OccurredOn                model.Date
	rated
	Amount        model.Decimal // in the major unit, so that it survives a change of the currency
	TaxRateID     *int64
	TaxPercentage model.Decimal
	Memo          string
	ExternalRef   *string
	StoreID       *int64 // nil: the office
	Voided        bool
}

const selectMoneyEntry = `SELECT id, version, kind, account_id, money_account_id, party_id, occurred_on, currency, fx_rate, fx_rate_named,
	canonical.major(amount, currency) AS amount, tax_rate_id, tax_percentage, memo, external_ref, store_id, voided_at IS NOT NULL AS voided
	FROM canonical.money_entries`

// MoneyEntryCreate records money received or spent without a document and returns the entry's key.
func (s *Store) MoneyEntryCreate(ctx context.Context, actor Actor, kind model.MoneyEntryKind, in model.MoneyEntryCreateInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		return u.saveMoneyEntry(ctx, moneyEntry{Kind: kind}, in.Fields())
	})
}

// MoneyEntryUpdate changes the given fields: the posting is reversed and posted anew.
func (s *Store) MoneyEntryUpdate(ctx context.Context, actor Actor, kind model.MoneyEntryKind, id int64, expectedVersion *int, in model.MoneyEntryUpdateInput) (int64, error) {
	return s.transact(ctx, actor, drafters, func(u *unitOfWork) (int64, error) {
		m, err := u.loadMoneyEntry(ctx, kind, id, expectedVersion)
		if err != nil {
			return 0, err
		}
		return u.saveMoneyEntry(ctx, m, in)
	})
}

// MoneyEntryVoid voids an income or an expense, on the days of DocumentVoid.
func (s *Store) MoneyEntryVoid(ctx context.Context, actor Actor, kind model.MoneyEntryKind, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadMoneyEntry(ctx, kind, id, expectedVersion); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.money_entries SET voided_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}

// loadMoneyEntry is load for an entry of one kind that is not void.
func (u *unitOfWork) loadMoneyEntry(ctx context.Context, kind model.MoneyEntryKind, id int64, expected *int) (moneyEntry, error) {
	m, err := load[moneyEntry](ctx, u, id, expected, selectMoneyEntry)
	switch {
	case err != nil:
	case m.Kind != kind:
		err = reject("id", notFound, "does not exist")
	case m.Voided:
		err = reject("id", state, "is void already")
	}
	return m, err
}

// saveMoneyEntry checks an entry with the fields that an input gives, and saves it.
func (u *unitOfWork) saveMoneyEntry(ctx context.Context, m moneyEntry, in model.MoneyEntryUpdateInput) (int64, error) {
	before := m
	org := u.org
	setDefault(u, "amount", m.record, &m.Amount, in.Amount, model.Decimal{})
	set(&m.Memo, in.Memo)
	setOptional(&m.ExternalRef, in.ExternalRef)
	setDefault(u, "occurredOn", m.record, &m.OccurredOn, in.OccurredOn, org.Today)
	setDefault(u, "currency", m.record, &m.Currency, in.Currency, org.BaseCurrency)
	if err := u.setEntryAccounts(ctx, &m, in); err != nil {
		return 0, err
	}
	if err := u.setStore(ctx, "storeId", &m.StoreID, in.StoreID); err != nil {
		return 0, err
	}
	if err := u.setCurrencyAndRate(ctx, org, &m.rated, before.rated, in.FxRate, m.OccurredOn, before.OccurredOn); err != nil {
		return 0, err
	}
	amount := u.toPositiveMinor("amount", m.Amount, m.Currency)
	if err := u.setEntryTax(ctx, &m, in.TaxRateID); err != nil {
		return 0, err
	}
	switch {
	case m.ID == 0:
		u.checkUnlocked("occurredOn", org, m.OccurredOn)
	case !m.bookedAs(before):
		u.checkUnlocked("occurredOn", org, m.OccurredOn, before.OccurredOn)
	}
	if err := u.setEntryParty(ctx, &m, in.PartyID); err != nil {
		return 0, err
	}
	if !u.actor.keepsBooks() {
		u.checkDailyEntry(m, before, org.Today)
	}
	u.checkText("memo", &m.Memo, maxText)
	if err := u.checkExternalRef(ctx, m.Kind.Node(), "money_entries", m.ID, &m.ExternalRef, "kind = $4", m.Kind); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, m.ID, row{table: "money_entries", fixed: columns{{"kind", m.Kind}}, columns: columns{
		{"account_id", m.AccountID}, {"money_account_id", m.MoneyAccountID}, {"party_id", m.PartyID},
		{"occurred_on", m.OccurredOn}, {"currency", m.Currency}, {"fx_rate", m.FxRate}, {"fx_rate_named", m.FxRateNamed}, {"amount", amount},
		{"tax_rate_id", m.TaxRateID}, {"tax_percentage", m.TaxPercentage}, {"memo", m.Memo}, {"external_ref", m.ExternalRef},
		{"store_id", m.StoreID},
	}})
}

// checkDailyEntry checks an entry of somebody who records the current day's, and changes nothing that is booked.
func (u *unitOfWork) checkDailyEntry(m, before moneyEntry, today model.Date) {
	switch {
	case m.ID == 0 && !m.OccurredOn.Equal(today.Time):
		u.addError("occurredOn", forbidden, "your role records the current day's only")
	case m.ID != 0 && !m.bookedAs(before):
		u.addError("id", forbidden, "your role does not allow changing what is booked")
	}
}

// setEntryAccounts gives an entry the two accounts that an input names. Without one that keeps money, a new entry takes
// the bank account.
func (u *unitOfWork) setEntryAccounts(ctx context.Context, m *moneyEntry, in model.MoneyEntryUpdateInput) error {
	if err := u.setBookedAccount(ctx, "accountId", &m.AccountID, in.AccountID); err != nil {
		return err
	}
	money, err := u.checkMoneyAccount(ctx, "moneyAccountId", m.MoneyAccountID, in.MoneyAccountID)
	switch {
	case err != nil:
		return err
	case money != nil:
		m.MoneyAccountID = *money
	case m.ID != 0 && in.MoneyAccountID.IsSet() && in.MoneyAccountID.Value() == nil:
		u.addError("moneyAccountId", required, "must be given")
	case m.MoneyAccountID == 0:
		if err := u.setBankAccount(ctx, &m.MoneyAccountID); err != nil {
			return err
		}
	}
	if m.AccountID == m.MoneyAccountID && m.AccountID != 0 {
		u.addError("moneyAccountId", invalid, "must be another account")
	}
	return nil
}

// setEntryParty gives an entry the person that an input names, or none.
func (u *unitOfWork) setEntryParty(ctx context.Context, m *moneyEntry, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	if !given {
		return nil
	}
	if m.PartyID = nil; id == nil {
		return nil
	}
	m.PartyID = &id.Key
	_, err := u.checkExists(ctx, "partyId", *id, "Person", "people")
	return err
}

// bookedAs reports whether both are posted alike.
func (m moneyEntry) bookedAs(other moneyEntry) bool {
	return m.AccountID == other.AccountID && m.MoneyAccountID == other.MoneyAccountID && m.OccurredOn.Equal(other.OccurredOn.Time) &&
		m.Currency == other.Currency && m.FxRate.Equal(other.FxRate.Decimal) && m.Amount.Equal(other.Amount.Decimal) &&
		m.TaxPercentage.Equal(other.TaxPercentage.Decimal) && same(m.StoreID, other.StoreID)
}

// setEntryTax gives an entry the tax rate that an input names, with the rate's percentage, or none.
func (u *unitOfWork) setEntryTax(ctx context.Context, m *moneyEntry, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id != nil && id.Type == "TaxRate" && m.TaxRateID != nil && *m.TaxRateID == id.Key:
		return nil // it stays as it was copied
	}
	if m.TaxRateID, m.TaxPercentage = nil, (model.Decimal{}); id == nil {
		return nil
	}
	mistakes := len(u.Errors)
	if err := u.checkLive(ctx, "taxRateId", *id, "TaxRate", "tax_rates"); err != nil || len(u.Errors) > mistakes {
		return err
	}
	m.TaxRateID = &id.Key
	err := u.QueryRow(ctx, `SELECT percentage FROM canonical.tax_rates WHERE organization_id = $1 AND id = $2`,
		u.actor.OrganizationID, id.Key).Scan(&m.TaxPercentage)
	if err != nil {
		return fmt.Errorf("look up the tax rate: %w", err)
	}
	return nil
}

// setBookedAccount sets *key to the account that an input names at path. An account that is *key already stays, even if it
// has been archived.
func (u *unitOfWork) setBookedAccount(ctx context.Context, path string, key *int64, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	switch {
	case !given:
		return nil
	case id == nil:
		u.addError(path, required, "must be given")
		return nil
	case id.Type == "Account" && id.Key == *key:
		return nil
	}
	*key = 0
	typ, err := u.checkBookedAccount(ctx, path, *id)
	if typ != "" {
		*key = id.Key
	}
	return err
}

// setBankAccount sets *key to the account with the role bank.
func (u *unitOfWork) setBankAccount(ctx context.Context, key *int64) error {
	err := u.QueryRow(ctx, `SELECT id FROM canonical.accounts WHERE organization_id = $1 AND system_role = 'bank'`,
		u.actor.OrganizationID).Scan(key)
	if err != nil {
		return fmt.Errorf("find the bank account: %w", err)
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"money_entries_store_fkey":           {Path: "storeId", Code: notFound, Message: "does not exist"},
		"money_entries_account_fkey":         {Path: "accountId", Code: notFound, Message: "does not exist"},
		"money_entries_money_account_fkey":   {Path: "moneyAccountId", Code: notFound, Message: "does not exist"},
		"money_entries_party_fkey":           {Path: "partyId", Code: notFound, Message: "does not exist"},
		"money_entries_tax_rate_fkey":        {Path: "taxRateId", Code: notFound, Message: "does not exist"},
		"money_entries_occurred_on_range":    {Path: "occurredOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"money_entries_currency_fkey":        {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"money_entries_fx_rate_range":        {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"money_entries_amount_range":         {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"money_entries_external_ref_form":    {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"money_entries_external_ref_key":     {Path: "externalRef", Code: taken, Message: "is in use"},
		"money_entries_accounts_differ":      {Path: "moneyAccountId", Code: invalid, Message: "must be another account"},
		"money_entries_kind_fixed":           {Path: "id", Code: state, Message: "an income stays an income, an expense an expense"},
		"money_entries_tax_percentage_range": {Path: "taxRateId", Code: invalid, Message: "a percentage is not from 0 to 100"},
	})
}
