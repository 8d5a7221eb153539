package model

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"Person:1", "Invoice:9223372036854775807", "Person:0", "Person:-1", "Person:01", ":1", "Person", "Person:1:2", "Person:+1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			return
		}
		if id.Key <= 0 || id.Type == "" {
			t.Errorf("%q is accepted as %+v", s, id)
		}
		if id.String() != s {
			t.Errorf("%q becomes %q", s, id)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-0", "1050.00", "-.5", "+3", "1e9", "1E-9", "0x10", "NaN", "1_000", "٣", "1.", ".", strings.Repeat("9", 41)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err != nil {
			return
		}
		again, err := ParseDecimal(d.String())
		if err != nil || !again.Equal(d.Decimal) {
			t.Errorf("%q prints as %q, which reads as %v, %v", s, d, again, err)
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(d.Rat()) != 0 {
			t.Errorf("%q is read as %s, big.Rat says %v", s, d, want)
		}
	})
}

func TestDecimalUnmarshal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   any
		want string // empty: refused
	}{
		{"1050.00", "1050.00"},
		{json.Number("12.50"), "12.50"},
		{json.Number("1e400"), ""},
		{int64(7), "7"},
		{0.1, "0.1"},
		{123456789012.345, "123456789012.345"},
		{12345678901234.567, ""}, // a float cannot say which decimals were meant
		{"ten", ""},
		{true, ""},
		{nil, ""},
	} {
		var d Decimal
		switch err := d.UnmarshalGQL(c.in); {
		case c.want == "" && err == nil:
			t.Errorf("%v is accepted as %s", c.in, d)
		case c.want != "" && (err != nil || d.String() != c.want):
			t.Errorf("%v: got %s, %v; want %s", c.in, d, err, c.want)
		}
	}
}

func TestDecimalKeepsItsScaleThroughNumeric(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0.00", "1050.00", "-0.005", "5"} {
		in, err := ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		value, err := in.NumericValue()
		if err != nil {
			t.Fatal(err)
		}
		var out Decimal
		if err := out.ScanNumeric(value); err != nil || out.String() != text {
			t.Errorf("%s comes back as %s, %v", text, out, err)
		}
	}
	var d Decimal
	for _, v := range []pgtype.Numeric{{}, {NaN: true, Valid: true}, {InfinityModifier: pgtype.Infinity, Valid: true}} {
		if err := d.ScanNumeric(v); err == nil {
			t.Errorf("%+v is accepted", v)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	var d Date
	for _, bad := range []any{"2026-02-29", "2026-2-1", "01.02.2026", "0000-01-01", "10000-01-01", 20260101, nil} {
		if err := d.UnmarshalGQL(bad); err == nil {
			t.Errorf("%v is accepted as %s", bad, d)
		}
	}
	if err := d.UnmarshalGQL("2024-02-29"); err != nil {
		t.Fatal(err)
	}
	if got := d.AddDays(1).String(); got != "2024-03-01" {
		t.Errorf("the day after %s is %s", d, got)
	}
	var out bytes.Buffer
	NewDate(2026, time.March, 1).MarshalGQL(&out)
	if out.String() != `"2026-03-01"` {
		t.Errorf("printed as %s", out.String())
	}
}

func TestMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency string
		want             int64
		ok               bool
	}{
		{"12.34", "AUD", 1234, true},
		{"12.340", "AUD", 1234, true},
		{"12.345", "AUD", 0, false},
		{"5", "JPY", 5, true},
		{"5.5", "JPY", 0, false},
		{"-1.234", "KWD", -1234, true},
		{"9999999999999.99", "AUD", 999_999_999_999_999, true},
		{"10000000000000.00", "AUD", 0, false},
	} {
		amount, err := ParseDecimal(c.amount)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Minor(amount, c.currency)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%s %s: got %d, %v", c.amount, c.currency, got, err)
		}
		if c.ok {
			if back := FromMinor(got, c.currency); !back.Amount.Equal(amount.Decimal) {
				t.Errorf("%s %s comes back as %s", c.amount, c.currency, back.Amount)
			}
		}
	}
}

func TestSetCurrencyGivesTheCurrencysDecimals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ amount, currency, want string }{
		{"12", "JPY", "12"}, {"12", "AUD", "12.00"}, {"12", "KWD", "12.000"}, {"12.000", "JPY", "12"}, {"12.5000", "AUD", "12.50"},
		{"4.5", "JPY", "4.5"}, {"12.3456", "AUD", "12.3456"}, {"-0.0001", "KWD", "-0.0001"}, // prices
	} {
		t.Run(c.amount+" "+c.currency, func(t *testing.T) {
			t.Parallel()
			amount, err := ParseDecimal(c.amount)
			if err != nil {
				t.Fatal(err)
			}
			m := Money{Amount: amount}
			m.SetCurrency(c.currency)
			if got := m.Amount.String(); got != c.want || m.Currency != c.currency {
				t.Errorf("got %s %s", got, m.Currency)
			}
		})
	}
}

func TestMinorPrice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ price, currency, want string }{
		{"12.5", "AUD", "1250"}, {"0.123456", "AUD", "12.3456"}, {"4.5", "JPY", "4.5"}, {"-0.0000001", "KWD", "-0.0001"}, {"999999999999999", "JPY", "999999999999999"},
		{"0.1234567", "AUD", ""}, {"0.00001", "JPY", ""}, {"0.00000001", "KWD", ""}, {"10000000000000", "AUD", ""},
	} {
		t.Run(c.price+" "+c.currency, func(t *testing.T) {
			t.Parallel()
			price, err := ParseDecimal(c.price)
			if err != nil {
				t.Fatal(err)
			}
			minor, err := MinorPrice(price, c.currency)
			if (err != nil) != (c.want == "") || err == nil && !minor.Equal(decimal.RequireFromString(c.want)) {
				t.Errorf("got %s, %v", minor, err)
			}
		})
	}
}

// What encoding/json writes of an ID is read back, and so is the text form.
func TestIDOfJSON(t *testing.T) {
	t.Parallel()
	for _, want := range []ID{{Type: "Person", Key: 7}, {Type: "CreditNote", Key: 1 << 62}} {
		written, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(written), `"` + want.String() + `"`} {
			var got ID
			if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
				t.Errorf("%s is %v, %v", text, got, err)
			}
		}
	}
	for _, text := range []string{`5`, `"Person"`, `{"Key": "x"}`, `[]`} {
		if err := json.Unmarshal([]byte(text), new(ID)); err == nil {
			t.Errorf("%s is an id", text)
		}
	}
}
