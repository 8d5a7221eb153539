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

// SetCurrency names the currency and gives the amount exactly its number of decimals.
func (m *Money) SetCurrency(currency string) {
	m.Currency = currency
	if places := int32(Exponent(currency)); m.Amount.Exponent() != -places {
		m.Amount.Decimal = decimal.NewFromBigInt(m.Amount.Shift(places).BigInt(), -places)
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

// Minor converts an amount in the currency's major unit to minor units. It refuses more
// decimals than the currency has, and amounts beyond 15 digits.
func Minor(amount Decimal, currency string) (int64, error) {
	exponent := Exponent(currency)
	shifted := amount.Shift(int32(exponent))
	if !shifted.IsInteger() {
		return 0, fmt.Errorf("%s has %d decimals", currency, exponent)
	}
	if shifted.Abs().GreaterThan(decimal.NewFromInt(999_999_999_999_999)) {
		return 0, fmt.Errorf("amount is too large")
	}
	return shifted.IntPart(), nil
}

// FromMinor converts minor units to Money.
func FromMinor(minor int64, currency string) Money {
	return Money{Amount: Decimal{decimal.New(minor, int32(-Exponent(currency)))}, Currency: currency}
}
