package model

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// dateTimeForm is the form of RFC 3339, whose offsets have hours from 00 to 23.
var dateTimeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// MarshalDateTime writes an instant in the form of RFC 3339, to the nanosecond; the zero time is null.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.Format(time.RFC3339Nano)))
	})
}

// Writable reports whether an instant has the form of RFC 3339 in UTC, whose years have four digits.
func Writable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// UnmarshalDateTime accepts the form of RFC 3339 only, and an instant that has it in UTC too.
func UnmarshalDateTime(v any) (time.Time, error) {
	if s, ok := v.(string); ok && dateTimeForm.MatchString(s) {
		if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)); err == nil && Writable(t) {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("a time must be a string of the form 2006-01-02T15:04:05Z")
}
