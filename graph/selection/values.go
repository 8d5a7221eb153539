package selection

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"daybook/graph/model"
)

const null = "null"

// The appenders write values as gqlgen's marshalers do, byte for byte.

const hexDigits = "0123456789ABCDEF"

// appendString writes a text in quotation marks.
func appendString[S ~string | ~[]byte](b []byte, s S) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

// appendEnum writes a value of an enum type, a name.
func appendEnum[S ~string](b []byte, s S) []byte { return strconv.AppendQuote(b, string(s)) }

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// appendFloat writes no infinity and no NaN, which gqlgen refuses.
func appendFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(b, null...)
	}
	return fmt.Appendf(b, "%g", f)
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

func appendID(b []byte, id model.ID) []byte {
	b = append(append(append(b, '"'), id.Type...), ':')
	return append(strconv.AppendInt(b, id.Key, 10), '"')
}

func appendBigInt(b []byte, n model.BigInt) []byte {
	return append(strconv.AppendInt(append(b, '"'), int64(n), 10), '"')
}

func appendDate(b []byte, d model.Date) []byte {
	return append(d.AppendFormat(append(b, '"'), time.DateOnly), '"')
}

// appendDateTime writes the zero time as null.
func appendDateTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, null...)
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

func appendLocalTime(b []byte, t model.LocalTime) []byte {
	return append(append(append(b, '"'), t.String()...), '"')
}

func appendLocalDateTime(b []byte, t model.LocalDateTime) []byte {
	return append(append(append(b, '"'), t.String()...), '"')
}

func appendDecimal(b []byte, d model.Decimal) []byte {
	return append(append(append(b, '"'), d.String()...), '"')
}

// appendOptional writes nil as null.
func appendOptional[T any](b []byte, v *T, value func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, null...)
	}
	return value(b, *v)
}

// appendList writes a nil list as null, unless its type is non-null: then it is empty.
func appendList[T any](b []byte, list []T, nonNull bool, value func([]byte, T) []byte) []byte {
	if list == nil && !nonNull {
		return append(b, null...)
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = value(b, v)
	}
	return append(b, ']')
}

// object returns a pointer to a nested row; a nil interface for nil.
func object[T any](row *T) any {
	if row == nil {
		return nil
	}
	return row
}

// rows is a slice of rows, without cells.
type rows[T any] []T

func (r rows[T]) Len() int { return len(r) }

func (r rows[T]) Row(i int) any { return &r[i] }

func (r rows[T]) Cell(int, int) []byte { panic("selection: rows of Go values have no cells") }

// list returns the nested rows of a slice; nil, which is null, for a nil slice unless its type is non-null.
func list[T any](all []T, nonNull bool) Rows {
	if all == nil && !nonNull {
		return nil
	}
	return rows[T](all)
}
