package model

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

// Money is an amount of one currency. Read models hold it as numeric in the currency's
// major unit, canonical tables as bigint in its minor unit; Minor and FromMinor convert.
type Money struct {
	Amount Decimal `json:"amount"`
	// Currency is an ISO 4217 code. projection sets it from the row's currency column.
	Currency string `json:"currency"`
}

// ScanNumeric takes a numeric column as the amount; the reader calls SetCurrency.
func (m *Money) ScanNumeric(v pgtype.Numeric) error { return m.Amount.ScanNumeric(v) }

// SetCurrency names the currency and gives the amount its number of decimals. A price may have more.
func (m *Money) SetCurrency(currency string) {
	m.Currency = currency
	places := int32(Exponent(currency))
	if minor := m.Amount.Shift(places); m.Amount.Exponent() != -places && minor.IsInteger() {
		m.Amount.Decimal = decimal.NewFromBigInt(minor.BigInt(), -places)
	}
}

// Exponent is the number of decimals of a currency's minor unit: 0, 2 or 3. It is the rule
// of the database's function canonical.currency_exponent; a test holds the two together.
// An unknown code has 2.
func Exponent(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// maxMinor is the largest amount, in minor units.
var maxMinor = decimal.NewFromInt(999_999_999_999_999)

// Minor converts an amount in the currency's major unit to minor units. It refuses more
// decimals than the currency has, and amounts beyond 15 digits.
func Minor(amount Decimal, currency string) (int64, error) {
	exponent := Exponent(currency)
	shifted := amount.Shift(int32(exponent))
	if !shifted.IsInteger() {
		return 0, fmt.Errorf("%s has %d decimals", currency, exponent)
	}
	if shifted.Abs().GreaterThan(maxMinor) {
		return 0, fmt.Errorf("amount is too large")
	}
	return shifted.IntPart(), nil
}

// PriceDecimals is how many decimals more than its currency a unit price may have.
const PriceDecimals = 4

// MinorPrice converts a unit price in the currency's major unit to minor units, which then
// have up to PriceDecimals decimals. It refuses more decimals, and prices beyond the
// largest amount.
func MinorPrice(price Decimal, currency string) (Decimal, error) {
	shifted := price.Shift(int32(Exponent(currency)))
	if !shifted.Equal(shifted.Truncate(PriceDecimals)) {
		return Decimal{}, fmt.Errorf("a price in %s has %d decimals", currency, Exponent(currency)+PriceDecimals)
	}
	if shifted.Abs().GreaterThan(maxMinor) {
		return Decimal{}, fmt.Errorf("price is too large")
	}
	return Decimal{shifted}, nil
}

// FromMinor converts minor units to Money.
func FromMinor(minor int64, currency string) Money {
	return Money{Amount: Decimal{decimal.New(minor, int32(-Exponent(currency)))}, Currency: currency}
}
