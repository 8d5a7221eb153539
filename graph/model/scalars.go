// Package model holds the Go side of the GraphQL types: generated.go is made from the
// schema, the scalars here are written by hand.
//
// The structs of object types double as rows of the read models: package projection scans
// a stored or computed row into them strictly by name (field CustomerName from column
// customer_name), so the schema and the SQL view check each other. Every scalar therefore
// knows both sides: the GraphQL form and the PostgreSQL form.
package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

// ID names one record of one type over the whole schema; its text form is `Type:key`.
type ID struct {
	// Type is the GraphQL type name. projection sets it from the read model's definition.
	Type string
	// Key is the record's canonical id within its organization.
	Key int64
}

// ParseID reads the text form. It does not check that the type exists.
func ParseID(s string) (ID, error) {
	typ, key, found := strings.Cut(s, ":")
	n, err := strconv.ParseInt(key, 10, 64)
	if !found || typ == "" || err != nil || n <= 0 || strconv.FormatInt(n, 10) != key {
		return ID{}, fmt.Errorf("%s is not an id", quote(s))
	}
	return ID{Type: typ, Key: n}, nil
}

// String returns the text form.
func (id ID) String() string { return id.Type + ":" + strconv.FormatInt(id.Key, 10) }

// MarshalGQL writes the text form.
func (id ID) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(id.String())) }

// UnmarshalGQL accepts the text form only.
func (id *ID) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("an id must be a string")
	}
	parsed, err := ParseID(s)
	*id = parsed
	return err
}

// UnmarshalJSON reads the text form out of a jsonb column, and what encoding/json writes of an ID, as the answers of idempotency keys
// have it.
func (id *ID) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("{")) {
		type fields ID
		if err := json.Unmarshal(data, (*fields)(id)); err != nil {
			return fmt.Errorf("id: %w", err)
		}
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	return id.UnmarshalGQL(s)
}

// ScanInt64 takes a bigint column as the key; the type is filled in by the reader.
func (id *ID) ScanInt64(v pgtype.Int8) error {
	if !v.Valid {
		return fmt.Errorf("cannot scan NULL into an id")
	}
	id.Key = v.Int64
	return nil
}

// SetType names the type of a row that was just scanned.
func (id *ID) SetType(typ string) { id.Type = typ }

// BigInt is a 64-bit whole number that GraphQL answers as a string.
type BigInt int64

// MarshalGQL writes the number as a string.
func (b BigInt) MarshalGQL(w io.Writer) {
	_, _ = io.WriteString(w, strconv.Quote(strconv.FormatInt(int64(b), 10)))
}

// UnmarshalGQL accepts a whole number or its decimal text.
func (b *BigInt) UnmarshalGQL(v any) error {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil {
		return fmt.Errorf("%v is not a 64-bit whole number", v)
	}
	*b = BigInt(n)
	return nil
}

// Date is a calendar day without a zone.
type Date struct{ time.Time }

// NewDate returns the calendar day of the given year, month and day of the month.
func NewDate(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// String returns the form 2006-01-02.
func (d Date) String() string { return d.Format(time.DateOnly) }

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date { return Date{d.Time.AddDate(0, 0, n)} }

// MarshalGQL writes the form 2006-01-02.
func (d Date) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL accepts the form 2006-01-02 for the years 1 to 9999.
func (d *Date) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a date must be a string of the form 2006-01-02")
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return fmt.Errorf("%s is not a date of the form 2006-01-02", quote(s))
	}
	d.Time = t
	return nil
}

// MarshalJSON writes the form 2006-01-02.
func (d Date) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(d.String())), nil }

// UnmarshalJSON reads the form 2006-01-02.
func (d *Date) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("date: %w", err)
	}
	return d.UnmarshalGQL(s)
}

// ScanDate takes a date column.
func (d *Date) ScanDate(v pgtype.Date) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("cannot scan NULL or infinity into a date")
	}
	d.Time = v.Time
	return nil
}

// DateValue gives the day to a date parameter.
func (d Date) DateValue() (pgtype.Date, error) { return pgtype.Date{Time: d.Time, Valid: true}, nil }

// Decimal is an exact decimal number.
type Decimal struct{ decimal.Decimal }

// ParseDecimal reads plain decimal text: an optional sign, digits, and an optional
// fraction, at most 40 characters. Exponents are refused, so that a short text can never
// stand for a huge number.
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > 40 || strings.ContainsAny(s, "eE") {
		return Decimal{}, fmt.Errorf("%.40q is not a plain decimal number of at most 40 characters", s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("%s is not a decimal number", quote(s))
	}
	return Decimal{d}, nil
}

// String keeps the number's scale: 1050.00 stays 1050.00.
func (d Decimal) String() string { return d.StringFixed(max(0, -d.Exponent())) }

// MarshalGQL writes the number as a string, with its scale.
func (d Decimal) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL accepts decimal text, a JSON number, or a number literal. A literal with a
// fraction reaches Go as a float; its shortest text is the literal again for up to 15
// significant digits, and longer ones are refused: they must be given as text.
func (d *Decimal) UnmarshalGQL(v any) (err error) {
	switch v := v.(type) {
	case string:
		*d, err = ParseDecimal(v)
	case json.Number:
		*d, err = ParseDecimal(v.String())
	case int64:
		d.Decimal = decimal.NewFromInt(v)
	case int:
		d.Decimal = decimal.NewFromInt(int64(v))
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if len(strings.Trim(strings.ReplaceAll(text, ".", ""), "-0")) > 15 {
			return fmt.Errorf("%s has more than 15 digits: give it as a string", text)
		}
		*d, err = ParseDecimal(text)
	default:
		err = fmt.Errorf("a decimal must be a string or a number")
	}
	return err
}

// ScanNumeric takes a numeric column with its scale.
func (d *Decimal) ScanNumeric(v pgtype.Numeric) error {
	if !v.Valid || v.NaN || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("cannot scan NULL, NaN or infinity into a decimal")
	}
	d.Decimal = decimal.NewFromBigInt(v.Int, v.Exp)
	return nil
}

// NumericValue gives the number to a numeric parameter.
func (d Decimal) NumericValue() (pgtype.Numeric, error) {
	return pgtype.Numeric{Int: d.Coefficient(), Exp: d.Exponent(), Valid: true}, nil
}

// quote returns a text in quotation marks, for a message about it. It is cut where it is longer than any right value.
func quote(s string) string {
	const most = 60
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "…"
}
