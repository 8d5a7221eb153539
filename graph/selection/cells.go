package selection

import (
	"encoding/binary"
	"strconv"
	"time"

	"daybook/graph/model"
)

// The cell appenders write a column as PostgreSQL sends it, as gqlgen writes the value that the column is scanned into. A
// cell is not NULL. They return nil where the value cannot be scanned, such as infinity.

// cellAppender is one of them.
type cellAppender func(b, cell []byte) []byte

func cellString(b, cell []byte) []byte { return appendString(b, cell) }

func cellEnum(b, cell []byte) []byte {
	for _, c := range cell {
		if (c < 'A' || c > 'Z') && c != '_' {
			return strconv.AppendQuote(b, string(cell))
		}
	}
	return append(append(append(b, '"'), cell...), '"')
}

func cellBool(b, cell []byte) []byte { return appendBool(b, cell[0] != 0) }

// whole returns a whole number of 2, 4 or 8 bytes.
func whole(cell []byte) int64 {
	switch len(cell) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(cell)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(cell)))
	}
	return int64(binary.BigEndian.Uint64(cell))
}

func cellInt(b, cell []byte) []byte { return strconv.AppendInt(b, whole(cell), 10) }

func cellBigInt(b, cell []byte) []byte { return appendBigInt(b, model.BigInt(whole(cell))) }

func cellLocalTime(b, cell []byte) []byte {
	minute := whole(cell)
	if minute < 0 || minute >= 24*60 {
		return nil
	}
	return appendLocalTime(b, model.LocalTime{Minute: int(minute)})
}

// epoch is where PostgreSQL begins to count, as seconds of Unix.
const epoch = 946_684_800

func cellDate(b, cell []byte) []byte {
	days := int32(binary.BigEndian.Uint32(cell))
	if days == 1<<31-1 || days == -1<<31 {
		return nil
	}
	t := time.Unix(epoch+int64(days)*24*60*60, 0).UTC()
	year, month, day := t.Date()
	if year < 1000 || year > 9999 {
		return appendDate(b, model.Date{Time: t})
	}
	return append(appendDigits(append(appendDigits(append(appendDigits(append(b, '"'), year, 4), '-'), int(month), 2), '-'), day, 2), '"')
}

// appendDigits writes a number with so many digits.
func appendDigits(b []byte, n, digits int) []byte {
	b = append(b, "0000"[:digits]...)
	for i := len(b) - 1; n > 0; i, n = i-1, n/10 {
		b[i] = byte('0' + n%10)
	}
	return b
}

// instant returns the time of a timestamp; ok is false for infinity.
func instant(cell []byte) (t time.Time, ok bool) {
	microseconds := int64(binary.BigEndian.Uint64(cell))
	if microseconds == 1<<63-1 || microseconds == -1<<63 {
		return t, false
	}
	return time.Unix(epoch+microseconds/1_000_000, microseconds%1_000_000*1_000), true
}

func cellDateTime(b, cell []byte) []byte {
	t, ok := instant(cell)
	if !ok {
		return nil
	}
	return appendDateTime(b, t)
}

func cellLocalDateTime(b, cell []byte) []byte {
	t, ok := instant(cell)
	if !ok {
		return nil
	}
	return appendLocalDateTime(b, model.LocalDateTime{Time: t.UTC()})
}

func cellDecimal(b, cell []byte) []byte {
	if b, _ = appendNumeric(append(b, '"'), cell); b == nil {
		return nil
	}
	return append(b, '"')
}

// cellAmount writes a number with the decimals of a currency, or with its own where it has more.
func cellAmount(b, cell, currency []byte) []byte {
	b, scale := appendNumeric(append(b, '"'), cell)
	if b == nil {
		return nil
	}
	places := exponent(currency)
	if scale < places {
		if scale == 0 {
			b = append(b, '.')
		}
		b = append(b, "000"[:places-scale]...)
	} else if zeros := scale - places; zeros > 0 && allZeros(b[len(b)-zeros:]) {
		if b = b[:len(b)-zeros]; places == 0 {
			b = b[:len(b)-1] // the point
		}
	}
	return append(b, '"')
}

// exponent is model.Exponent.
func exponent(currency []byte) int {
	switch string(currency) { // those that most amounts are of
	case "EUR", "USD", "AUD", "GBP", "NZD":
		return 2
	}
	return model.Exponent(string(currency))
}

func allZeros(digits []byte) bool {
	for _, d := range digits {
		if d != '0' {
			return false
		}
	}
	return true
}

// appendNumeric writes a numeric in PostgreSQL's binary form, with its scale, which it also returns; zero has none. A numeric
// is digits to the base of 10 000, of which the first has a weight. NaN and infinity are nil.
func appendNumeric(b, cell []byte) ([]byte, int) {
	digits, weight := int(binary.BigEndian.Uint16(cell)), int(int16(binary.BigEndian.Uint16(cell[2:])))
	sign, scale := binary.BigEndian.Uint16(cell[4:]), int(binary.BigEndian.Uint16(cell[6:]))
	digit := func(i int) int {
		if i < 0 || i >= digits {
			return 0
		}
		return int(binary.BigEndian.Uint16(cell[8+2*i:]))
	}
	switch {
	case sign != 0 && sign != 0x4000:
		return nil, 0
	case digits == 0:
		return append(b, '0'), 0
	case sign != 0:
		b = append(b, '-')
	}
	if weight < 0 {
		b = append(b, '0')
	} else {
		b = strconv.AppendInt(b, int64(digit(0)), 10)
		for i := 1; i <= weight; i++ {
			b = appendDigits(b, digit(i), 4)
		}
	}
	if scale == 0 {
		return b, 0
	}
	b = append(b, '.')
	end := len(b) + scale
	for i := weight + 1; len(b) < end; i++ {
		b = appendDigits(b, digit(i), 4)
	}
	return b[:end], scale
}
