package selection

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"daybook/graph/model"
)

// TestNumericCells compares what is written from the binary form with what the scanned value writes.
func TestNumericCells(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "0.00", "0.000", "-0.5", "10000", "10000.00", "99999999.9999", "0.0001", "0.00000001", "-123456789012345.678901", "100000000", "1.5000", "-7.10", "12345.6700"}
	for range 3_000 {
		text := strings.TrimLeft(randomDigits(r, r.IntN(16)), "0")
		if text == "" {
			text = "0"
		}
		if places := r.IntN(9); places > 0 {
			text += "." + randomDigits(r, places)
		}
		texts = append(texts, text, "-"+text)
	}
	for _, text := range texts {
		var read pgtype.Numeric
		if err := read.Scan(text); err != nil {
			t.Fatal(err)
		}
		cell, err := types.Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, read, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, currency := range []string{"EUR", "JPY", "KWD", "XXX"} {
			var amount model.Money
			if err := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, cell, &amount); err != nil {
				t.Fatal(err)
			}
			if got, want := cellDecimal(nil, cell), appendDecimal(nil, amount.Amount); string(got) != string(want) {
				t.Fatalf("%s: %s, want %s", text, got, want)
			}
			amount.SetCurrency(currency)
			if got, want := cellAmount(nil, cell, []byte(currency)), appendDecimal(nil, amount.Amount); string(got) != string(want) {
				t.Fatalf("%s %s: %s, want %s", text, currency, got, want)
			}
		}
	}
	for _, text := range []string{"NaN", "Infinity", "-Infinity"} {
		var read pgtype.Numeric
		if err := read.Scan(text); err != nil {
			t.Fatal(err)
		}
		cell, err := types.Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, read, nil)
		if err != nil {
			t.Fatal(err)
		}
		if cellDecimal(nil, cell) != nil || cellAmount(nil, cell, []byte("EUR")) != nil {
			t.Errorf("%s is written", text)
		}
	}
}

func randomDigits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		if b[i] = '0'; r.IntN(3) > 0 {
			b[i] += byte(r.IntN(10))
		}
	}
	return string(b)
}
