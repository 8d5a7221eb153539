package canonical

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

type transfer struct {
	record
	FromAccountID, ToAccountID int64
	OccurredOn                 model.Date
	rated
	Amount, Fee            model.Decimal // in the major unit, so that they survive a change of the currency
	Memo                   string
	ExternalRef            *string
	FromStoreID, ToStoreID *int64 // nil: the office
	Voided                 bool
}

const selectTransfer = `SELECT id, version, from_account_id, to_account_id, occurred_on, currency, fx_rate, fx_rate_named,
	canonical.major(amount, currency) AS amount, canonical.major(fee, currency) AS fee, memo, external_ref, from_store_id, to_store_id,
	voided_at IS NOT NULL AS voided FROM canonical.transfers`

// TransferCreate moves money between two accounts that keep money, and returns the transfer's key.
func (s *Store) TransferCreate(ctx context.Context, actor Actor, in model.TransferCreateInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		return u.saveTransfer(ctx, transfer{}, model.TransferUpdateInput{
			FromAccountID: graphql.OmittableOf(&in.FromAccountID), ToAccountID: graphql.OmittableOf(&in.ToAccountID),
			OccurredOn: in.OccurredOn, Amount: graphql.OmittableOf(&in.Amount), Fee: in.Fee, Currency: in.Currency,
			FxRate: in.FxRate, Memo: in.Memo, ExternalRef: in.ExternalRef, FromStoreID: in.FromStoreID, ToStoreID: in.ToStoreID,
		})
	})
}

// TransferUpdate changes the given fields: the posting is reversed and posted anew.
func (s *Store) TransferUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.TransferUpdateInput) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		t, err := u.loadTransfer(ctx, id, expectedVersion)
		if err != nil {
			return 0, err
		}
		return u.saveTransfer(ctx, t, in)
	})
}

// TransferVoid voids a transfer, on the days of DocumentVoid.
func (s *Store) TransferVoid(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, bookkeepers, func(u *unitOfWork) (int64, error) {
		if _, err := u.loadTransfer(ctx, id, expectedVersion); err != nil {
			return 0, err
		}
		return u.changeRecord(id, `UPDATE canonical.transfers SET voided_at = now() WHERE organization_id = $1 AND id = $2`), nil
	})
}

// loadTransfer is load for a transfer that is not void.
func (u *unitOfWork) loadTransfer(ctx context.Context, id int64, expected *int) (transfer, error) {
	t, err := load[transfer](ctx, u, id, expected, selectTransfer)
	if err == nil && t.Voided {
		err = reject("id", state, "is void already")
	}
	return t, err
}

// saveTransfer checks a transfer with the fields that an input gives, and saves it.
func (u *unitOfWork) saveTransfer(ctx context.Context, t transfer, in model.TransferUpdateInput) (int64, error) {
	before := t
	org := u.org
	setDefault(u, "amount", t.record, &t.Amount, in.Amount, model.Decimal{})
	set(&t.Fee, in.Fee)
	set(&t.Memo, in.Memo)
	setOptional(&t.ExternalRef, in.ExternalRef)
	setDefault(u, "occurredOn", t.record, &t.OccurredOn, in.OccurredOn, org.Today)
	setDefault(u, "currency", t.record, &t.Currency, in.Currency, org.BaseCurrency)
	if err := u.setTransferAccounts(ctx, &t, in); err != nil {
		return 0, err
	}
	if err := u.setCurrencyAndRate(ctx, org, &t.rated, before.rated, in.FxRate, t.OccurredOn, before.OccurredOn); err != nil {
		return 0, err
	}
	amount, fee := u.toPositiveMinor("amount", t.Amount, t.Currency), u.toMinor("fee", t.Fee, t.Currency)
	if t.Fee.IsNegative() {
		u.addError("fee", invalid, "must not be negative")
	}
	switch {
	case t.ID == 0:
		u.checkUnlocked("occurredOn", org, t.OccurredOn)
	case !t.bookedAs(before):
		u.checkUnlocked("occurredOn", org, t.OccurredOn, before.OccurredOn)
	}
	u.checkText("memo", &t.Memo, maxText)
	if err := u.checkExternalRef(ctx, "Transfer", "transfers", t.ID, &t.ExternalRef, "true"); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, t.ID, row{table: "transfers", columns: columns{
		{"from_account_id", t.FromAccountID}, {"to_account_id", t.ToAccountID}, {"occurred_on", t.OccurredOn},
		{"currency", t.Currency}, {"fx_rate", t.FxRate}, {"fx_rate_named", t.FxRateNamed}, {"amount", amount}, {"fee", fee}, {"memo", t.Memo},
		{"external_ref", t.ExternalRef}, {"from_store_id", t.FromStoreID}, {"to_store_id", t.ToStoreID},
	}})
}

// setTransferAccounts gives a transfer the accounts and stores that an input names.
func (u *unitOfWork) setTransferAccounts(ctx context.Context, t *transfer, in model.TransferUpdateInput) error {
	for _, end := range []struct {
		path string
		key  *int64
		in   graphql.Omittable[*model.ID]
	}{{"fromAccountId", &t.FromAccountID, in.FromAccountID}, {"toAccountId", &t.ToAccountID, in.ToAccountID}} {
		found, err := u.checkMoneyAccount(ctx, end.path, *end.key, end.in)
		switch {
		case err != nil:
			return err
		case found != nil:
			*end.key = *found
		case end.in.IsSet() && end.in.Value() == nil:
			u.addError(end.path, required, "must be given")
		}
	}
	if err := u.setStore(ctx, "fromStoreId", &t.FromStoreID, in.FromStoreID); err != nil {
		return err
	}
	if err := u.setStore(ctx, "toStoreId", &t.ToStoreID, in.ToStoreID); err != nil {
		return err
	}
	if t.FromAccountID == t.ToAccountID && t.ToAccountID != 0 && same(t.FromStoreID, t.ToStoreID) {
		u.addError("toAccountId", invalid, "must be another account, or of another store")
	}
	return nil
}

// bookedAs reports whether both are posted alike.
func (t transfer) bookedAs(other transfer) bool {
	return t.FromAccountID == other.FromAccountID && t.ToAccountID == other.ToAccountID && t.OccurredOn.Equal(other.OccurredOn.Time) &&
		t.Currency == other.Currency && t.FxRate.Equal(other.FxRate.Decimal) && t.Amount.Equal(other.Amount.Decimal) &&
		t.Fee.Equal(other.Fee.Decimal) && same(t.FromStoreID, other.FromStoreID) && same(t.ToStoreID, other.ToStoreID)
}

func init() {
	registerConstraints(map[string]model.UserError{
		"transfers_from_account_fkey": {Path: "fromAccountId", Code: notFound, Message: "does not exist"},
		"transfers_to_account_fkey":   {Path: "toAccountId", Code: notFound, Message: "does not exist"},
		"transfers_occurred_on_range": {Path: "occurredOn", Code: invalid, Message: "must be a day of the years 1900 to 9999"},
		"transfers_currency_fkey":     {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"transfers_fx_rate_range":     {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
		"transfers_amount_range":      {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
		"transfers_external_ref_form": {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"transfers_external_ref_key":  {Path: "externalRef", Code: taken, Message: "is in use"},
		"transfers_accounts_differ":   {Path: "toAccountId", Code: invalid, Message: "must be another account, or of another store"},
		"transfers_from_store_fkey":   {Path: "fromStoreId", Code: notFound, Message: "does not exist"},
		"transfers_to_store_fkey":     {Path: "toStoreId", Code: notFound, Message: "does not exist"},
		"transfers_fee_range":         {Path: "fee", Code: invalid, Message: "must not be negative or too large"},
	})
}
