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

// maxRate is the largest rate of exchange, as the database's constraints have it.
var maxRate = decimal.NewFromInt(1_000_000)

// FxRateSet saves what one unit of a currency is worth in the base currency from a day on, and returns the rate's key. It
// replaces a rate of the same day, which must be at the expected version (nil: any; 0: there must be none). Saved records
// keep the rate that they have.
func (s *Store) FxRateSet(ctx context.Context, actor Actor, expectedVersion *int, in model.FxRateSetInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (id int64, err error) {
		org := u.org
		from := org.Today
		setGiven(&from, in.ValidFrom)
		if err := u.checkCurrency(ctx, &in.Currency); err != nil {
			return 0, err
		}
		if in.Currency == org.BaseCurrency {
			u.addError("currency", invalid, "is the organization's own")
		}
		u.checkRate("rate", in.Rate)
		u.checkDay("validFrom", from)
		if err := u.err(); err != nil {
			return 0, err
		}
		var version int
		err = u.QueryRow(ctx, `SELECT version FROM canonical.fx_rates
			WHERE organization_id = $1 AND currency = $2 AND valid_from = $3 FOR NO KEY UPDATE`,
			u.actor.OrganizationID, in.Currency, from).Scan(&version)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return 0, fmt.Errorf("load the rate: %w", err)
		}
		if err := checkVersion(expectedVersion, version); err != nil {
			return 0, err
		}
		err = u.QueryRow(ctx, `
			INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate) VALUES ($1, $2, $3, $4)
			ON CONFLICT (organization_id, currency, valid_from) DO UPDATE SET rate = excluded.rate RETURNING id, version`,
			u.actor.OrganizationID, in.Currency, from, in.Rate).Scan(&id, &version)
		switch {
		case err != nil:
			return 0, fmt.Errorf("save the rate: %w", err)
		case expectedVersion != nil && version > *expectedVersion+1: // a concurrent transaction has saved the first one
			return 0, checkVersion(expectedVersion, version-1)
		}
		return id, nil
	})
}

// checkRate checks the range and the decimals of a rate of exchange.
func (u *unitOfWork) checkRate(path string, rate model.Decimal) {
	if !rate.IsPositive() || rate.GreaterThan(maxRate) || !rate.Equal(rate.Truncate(8)) {
		u.addError(path, invalid, "must be positive, at most %s, with at most 8 decimals", maxRate)
	}
}

// rated is what records in any currency have in common.
type rated struct {
	Currency string
	FxRate   model.Decimal
	// FxRateNamed is whether somebody named the rate. Otherwise it is that of the record's day, and follows it to another day.
	FxRateNamed bool
}

// setCurrencyAndRate checks a record's currency and sets its rate: 1 in the base currency, else the rate that the input
// gives, else the saved rate if the input is silent, the currency is still that of before, and the rate was named or the day
// is still beforeOn; else the organization's rate of the day. To send back the saved rate is not to name one.
func (u *unitOfWork) setCurrencyAndRate(ctx context.Context, org organizationDefaults, r *rated, before rated, in graphql.Omittable[*model.Decimal], on, beforeOn model.Date) error {
	mistakes := len(u.Errors)
	if r.Currency != org.BaseCurrency { // which is a currency
		if err := u.checkCurrency(ctx, &r.Currency); err != nil {
			return err
		}
	}
	given, kept := in.Value(), r.Currency == before.Currency && on.Equal(beforeOn.Time)
	switch {
	case len(u.Errors) > mistakes:
		r.FxRate = one
	case r.Currency == org.BaseCurrency:
		if r.FxRate, r.FxRateNamed = one, false; given != nil && !given.Equal(one.Decimal) {
			u.addError("fxRate", invalid, "must be 1 in the organization's own currency")
		}
	case given != nil:
		r.FxRate, r.FxRateNamed = *given, before.FxRateNamed || !kept || !given.Equal(before.FxRate.Decimal)
		u.checkRate("fxRate", *given)
	case in.IsSet() || r.Currency != before.Currency || !kept && !before.FxRateNamed:
		found, err := u.rateOn(ctx, r.Currency, on)
		switch {
		case err != nil:
			return err
		case found == nil:
			r.FxRate = one
			u.addError("fxRate", required, "must be given: there is no rate of %s for the day", r.Currency)
		default:
			r.FxRate, r.FxRateNamed = *found, false
		}
	}
	return nil
}

// rateOn returns the organization's rate of a currency on a day; nil if it has none.
func (u *unitOfWork) rateOn(ctx context.Context, currency string, on model.Date) (*model.Decimal, error) {
	if rate, known := u.batch.rate(currency, on); known {
		return rate, nil
	}
	var rate model.Decimal
	err := u.QueryRow(ctx, `SELECT rate FROM canonical.fx_rates WHERE organization_id = $1 AND currency = $2
		AND valid_from <= $3 ORDER BY valid_from DESC LIMIT 1`, u.actor.OrganizationID, currency, on).Scan(&rate)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look up the rate: %w", err)
	}
	return &rate, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"fx_rates_currency_fkey":    {Path: "currency", Code: invalid, Message: "is not a currency code"},
		"fx_rates_valid_from_range": {Path: "validFrom", Code: invalid, Message: notADay},
		"fx_rates_rate_range":       {Path: "rate", Code: invalid, Message: "must be positive and not too large"},
		"fx_rates_day_key":          {Path: "validFrom", Code: taken, Message: "the day has a rate"},
	})
}
