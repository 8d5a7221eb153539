package canonical

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type moneyEntry struct {
	record
	Kind                      string
	AccountID, MoneyAccountID int64
	PartyID                   *int64
	OccurredOn                model.Date
	Currency                  string
	FxRate                    model.Decimal
	Amount                    model.Decimal // in the major unit, so that it survives a change of the currency
	TaxRateID                 *int64
	TaxPercentage             model.Decimal
	Memo                      string
	ExternalRef               *string
	Voided                    bool
}

const selectMoneyEntry = `SELECT id, version, kind, account_id, money_account_id, party_id, occurred_on, currency, fx_rate,
	canonical.major(amount, currency) AS amount, tax_rate_id, tax_percentage, memo, external_ref, voided_at IS NOT NULL AS voided
	FROM canonical.money_entries`

// IncomeCreate records money received without a document and returns the income's key.
func (s *Store) IncomeCreate(ctx context.Context, actor Actor, in model.IncomeCreateInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "incomeCreate", in, func(u *unitOfWork) (int64, error) {
		return u.saveMoneyEntry(ctx, moneyEntry{Kind: "income"}, model.IncomeUpdateInput{
			AccountID: graphql.OmittableOf(&in.AccountID), MoneyAccountID: in.MoneyAccountID, PartyID: in.PartyID,
			OccurredOn: in.OccurredOn, Amount: graphql.OmittableOf(&in.Amount), TaxRateID: in.TaxRateID,
			Currency: in.Currency, FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef,
		})
	}))
}

// IncomeUpdate changes the given fields: the posting is reversed and posted anew.
func (s *Store) IncomeUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.IncomeUpdateInput) (int64, error) {
	return s.updateMoneyEntry(ctx, actor, "income", id, expectedVersion, in)
}

// IncomeVoid takes an income back.
func (s *Store) IncomeVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.voidMoneyEntry(ctx, actor, "income", id, expectedVersion)
}

// ExpenseCreate records money spent without a document and returns the expense's key.
func (s *Store) ExpenseCreate(ctx context.Context, actor Actor, in model.ExpenseCreateInput, idempotencyKey *string) (int64, error) {
	return s.transact(ctx, actor, editors, idempotent(ctx, idempotencyKey, "expenseCreate", in, func(u *unitOfWork) (int64, error) {
		return u.saveMoneyEntry(ctx, moneyEntry{Kind: "expense"}, model.IncomeUpdateInput{
			AccountID: graphql.OmittableOf(&in.AccountID), MoneyAccountID: in.MoneyAccountID, PartyID: in.PartyID,
			OccurredOn: in.OccurredOn, Amount: graphql.OmittableOf(&in.Amount), TaxRateID: in.TaxRateID,
			Currency: in.Currency, FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef,
		})
	}))
}

// ExpenseUpdate changes the given fields: the posting is reversed and posted anew.
func (s *Store) ExpenseUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.ExpenseUpdateInput) (int64, error) {
	return s.updateMoneyEntry(ctx, actor, "expense", id, expectedVersion, model.IncomeUpdateInput(in))
}

// ExpenseVoid takes an expense back.
func (s *Store) ExpenseVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.voidMoneyEntry(ctx, actor, "expense", id, expectedVersion)
}

func (s *Store) updateMoneyEntry(ctx context.Context, actor Actor, kind string, id int64, expected *int, in model.IncomeUpdateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		m, err := u.loadMoneyEntry(ctx, kind, id, expected)
		if err != nil {
			return 0, err
		}
		return u.saveMoneyEntry(ctx, m, in)
	})
}

func (s *Store) voidMoneyEntry(ctx context.Context, actor Actor, kind string, id int64, expected *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadMoneyEntry(ctx, kind, id, expected); err != nil {
			return 0, err
		}
		return u.changeRecord(ctx, id, `UPDATE canonical.money_entries SET voided_at = now() WHERE organization_id = $1 AND id = $2`)
	})
}

// loadMoneyEntry is load for a live entry of one kind.
func (u *unitOfWork) loadMoneyEntry(ctx context.Context, kind string, id int64, expected *int) (moneyEntry, error) {
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

func (u *unitOfWork) saveMoneyEntry(ctx context.Context, m moneyEntry, in model.IncomeUpdateInput) (int64, error) {
	before := m
	set(&m.Amount, in.Amount)
	set(&m.Memo, in.Memo)
	setOptional(&m.ExternalRef, in.ExternalRef)

	org, err := u.defaults(ctx)
	if err != nil {
		return 0, err
	}
	setDefault(u, "occurredOn", m.record, &m.OccurredOn, in.OccurredOn, org.Today)
	setDefault(u, "currency", m.record, &m.Currency, in.Currency, org.BaseCurrency)
	if err := u.setBookedAccount(ctx, "accountId", &m.AccountID, in.AccountID); err != nil {
		return 0, err
	}
	money, err := u.checkMoneyAccount(ctx, "moneyAccountId", in.MoneyAccountID)
	switch {
	case err != nil:
		return 0, err
	case money != nil:
		m.MoneyAccountID = *money
	case m.ID != 0 && in.MoneyAccountID.IsSet() && in.MoneyAccountID.Value() == nil:
		u.addError("moneyAccountId", required, "must be given")
	case m.MoneyAccountID == 0:
		if err := u.setBankAccount(ctx, &m.MoneyAccountID); err != nil {
			return 0, err
		}
	}
	if m.AccountID == m.MoneyAccountID {
		u.addError("moneyAccountId", invalid, "must be another account")
	}
	if err := u.setCurrencyAndRate(ctx, org, &m.Currency, before.Currency, &m.FxRate, in.FxRate, m.OccurredOn); err != nil {
		return 0, err
	}
	amount := u.toPositiveMinor("amount", m.Amount, m.Currency)
	if err := u.setMoneyEntryTax(ctx, &m, in.TaxRateID); err != nil {
		return 0, err
	}
	switch {
	case m.ID == 0:
		u.checkUnlocked("occurredOn", org, m.OccurredOn)
	case !m.bookedAs(before):
		u.checkUnlocked("occurredOn", org, m.OccurredOn, before.OccurredOn)
	}
	if id, given := in.PartyID.ValueOK(); given {
		if m.PartyID = nil; id != nil {
			m.PartyID = &id.Key
			if _, err := u.checkExists(ctx, "partyId", *id, "Person", "people"); err != nil {
				return 0, err
			}
		}
	}
	u.checkText("memo", &m.Memo, maxText)
	if err := u.checkExternalRefOfKind(ctx, "money_entries", m.Kind, m.ID, &m.ExternalRef); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	values := []any{u.actor.OrganizationID, m.AccountID, m.MoneyAccountID, m.PartyID, m.OccurredOn, m.Currency, m.FxRate, amount,
		m.TaxRateID, m.TaxPercentage, m.Memo, m.ExternalRef}
	if m.ID == 0 {
		err = u.QueryRow(ctx, `
			INSERT INTO canonical.money_entries (organization_id, account_id, money_account_id, party_id, occurred_on, currency,
				fx_rate, amount, tax_rate_id, tax_percentage, memo, external_ref, kind)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`, append(values, m.Kind)...).Scan(&m.ID)
	} else {
		_, err = u.Exec(ctx, `
			UPDATE canonical.money_entries SET account_id = $2, money_account_id = $3, party_id = $4, occurred_on = $5,
				currency = $6, fx_rate = $7, amount = $8, tax_rate_id = $9, tax_percentage = $10, memo = $11, external_ref = $12
			WHERE organization_id = $1 AND id = $13`, append(values, m.ID)...)
	}
	if err != nil {
		return 0, fmt.Errorf("save %s %d: %w", m.Kind, m.ID, err)
	}
	return m.ID, nil
}

// bookedAs reports whether the books have the same of both.
func (m moneyEntry) bookedAs(other moneyEntry) bool {
	return m.AccountID == other.AccountID && m.MoneyAccountID == other.MoneyAccountID && m.OccurredOn.Equal(other.OccurredOn.Time) &&
		m.Currency == other.Currency && m.FxRate.Equal(other.FxRate.Decimal) && m.Amount.Equal(other.Amount.Decimal) &&
		m.TaxPercentage.Equal(other.TaxPercentage.Decimal)
}

// setMoneyEntryTax copies the rate that an input newly names.
func (u *unitOfWork) setMoneyEntryTax(ctx context.Context, m *moneyEntry, in graphql.Omittable[*model.ID]) error {
	id, given := in.ValueOK()
	if !given {
		return nil
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

// setBookedAccount gives *key the account that an input newly names at path. One that is kept may be archived meanwhile.
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
	*key = id.Key
	_, err := u.checkBookedAccount(ctx, path, *id)
	return err
}

// setBankAccount gives *key the account of the role bank.
func (u *unitOfWork) setBankAccount(ctx context.Context, key *int64) error {
	err := u.QueryRow(ctx, `SELECT id FROM canonical.accounts WHERE organization_id = $1 AND system_role = 'bank'`,
		u.actor.OrganizationID).Scan(key)
	if err != nil {
		return fmt.Errorf("find the bank account: %w", err)
	}
	return nil
}
