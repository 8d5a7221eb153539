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

// setCurrencyAndRate checks a record's currency and sets its rate: 1 in the base currency, else the rate that the input
// gives, else the saved rate if the input is silent and the currency is still before, else the organization's rate of the
// day. A saved rate that was the rate of its day, beforeOn, follows the record to another day.
func (u *unitOfWork) setCurrencyAndRate(ctx context.Context, org organizationDefaults, currency *string, before string, rate *model.Decimal, in graphql.Omittable[*model.Decimal], on, beforeOn model.Date) error {
	mistakes := len(u.Errors)
	if *currency != org.BaseCurrency { // which is a currency
		if err := u.checkCurrency(ctx, currency); err != nil {
			return err
		}
	}
	given := in.Value()
	switch {
	case len(u.Errors) > mistakes:
		*rate = one
	case *currency == org.BaseCurrency:
		if *rate = one; given != nil && !given.Equal(one.Decimal) {
			u.addError("fxRate", invalid, "must be 1 in the organization's own currency")
		}
	case given != nil:
		*rate = *given
		u.checkRate("fxRate", *given)
	case *currency != before || in.IsSet():
		found, err := u.rateOn(ctx, *currency, on)
		switch {
		case err != nil:
			return err
		case found == nil:
			*rate = one
			u.addError("fxRate", required, "must be given: there is no rate of %s for the day", *currency)
		default:
			*rate = *found
		}
	case !on.Equal(beforeOn.Time):
		was, err := u.rateOn(ctx, *currency, beforeOn)
		if err != nil || was == nil || !was.Equal(rate.Decimal) {
			return err
		}
		if now, err := u.rateOn(ctx, *currency, on); err != nil || now == nil {
			return err
		} else {
			*rate = *now
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
