package projection

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// EncodeCursor returns the opaque cursor of one row of a list in the named order. values are
// the row's value in the order's column and then its key columns, in PostgreSQL's text form.
func EncodeCursor(order string, values ...string) string {
	return cursor{order: order, value: values[0], key: values[1:]}.encode()
}

// DecodeCursor returns the values that EncodeCursor wrote into a cursor of the same order, one
// for each of the SQL types, which are those an Order may have. It is safe to cast each value
// to its type. A malformed cursor, or one of another list or order, is an InvalidPageError
// that names the argument.
func DecodeCursor(argument, cursor, order string, types ...string) ([]string, error) {
	columns := make([]column, len(types))
	for i, typ := range types {
		columns[i].typ = typ
	}
	c, err := decodeCursor(cursor, order, columns)
	if err != nil {
		return nil, &InvalidPageError{argument, err.Error()}
	}
	return append([]string{c.value}, c.key...), nil
}

// cursor is the position of a row in an ordered list: the order's name, the row's value in the
// order's column, and its key, both in PostgreSQL's text form.
type cursor struct {
	order string
	value string
	key   []string
}

// encode returns the opaque text of the cursor: a JSON array of texts, as base64.
func (c cursor) encode() string {
	text := appendElement(appendElement(nil, c.order), c.value)
	for _, value := range c.key {
		text = appendElement(text, value)
	}
	return base64.RawURLEncoding.EncodeToString(append(text, ']'))
}

// appendElement appends an element to the beginning of a JSON array of texts.
func appendElement[Text string | []byte](array []byte, text Text) []byte {
	if len(array) == 0 {
		array = append(array, '[')
	} else {
		array = append(array, ',')
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			quoted, err := json.Marshal(string(text))
			if err != nil {
				panic(err) // a string always marshals
			}
			return append(array, quoted...)
		}
	}
	return append(append(append(array, '"'), text...), '"')
}

// decodeCursor reads what encode wrote for a list in this order, whose columns are the order's
// and then the key's. It is safe to cast the values to the columns' types.
func decodeCursor(s, order string, columns []column) (cursor, error) {
	bad := fmt.Errorf("is not a cursor of this list in this order")
	if len(s) > 4096 {
		return cursor{}, bad
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, bad
	}
	var parts []string
	if json.Unmarshal(text, &parts) != nil || len(parts) != 1+len(columns) || parts[0] != order {
		return cursor{}, bad
	}
	for i, c := range columns {
		if !isValue(parts[i+1], c.typ) {
			return cursor{}, bad
		}
	}
	return cursor{order: parts[0], value: parts[1], key: parts[2:]}, nil
}

var (
	// plainNumber leaves out infinities, and exponents that would take PostgreSQL long to write out.
	plainNumber = regexp.MustCompile(`^-?[0-9]{1,60}(\.[0-9]{1,30})?$`)
	// plainTime leaves out what Go parses and PostgreSQL refuses, such as an offset of 24 hours.
	plainTime = regexp.MustCompile(`^[-0-9]{10} [:0-9]{8}(\.[0-9]{1,9})?[-+](0[0-9]|1[0-5])$`)
)

// isValue reports whether PostgreSQL accepts text as a value of the SQL type, one of those that
// an Order may have.
func isValue(text, typ string) bool {
	switch typ {
	case "bigint":
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	case "integer":
		_, err := strconv.ParseInt(text, 10, 32)
		return err == nil
	case "numeric":
		return plainNumber.MatchString(text)
	case "date":
		t, err := time.Parse(time.DateOnly, text)
		return err == nil && t.Year() > 0
	case "timestamptz":
		t, err := time.Parse("2006-01-02 15:04:05.999999999-07", text)
		return err == nil && t.Year() > 0 && plainTime.MatchString(text)
	case "text":
		return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
	}
	return false
}
