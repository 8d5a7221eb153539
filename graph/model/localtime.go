package model

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// LocalTime is a time of day on a wall clock, in whole minutes past midnight: 0 to 1439.
type LocalTime int

// ParseLocalTime reads the form 22:00, from 00:00 to 23:59.
func ParseLocalTime(s string) (LocalTime, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("%q is not a time of day of the form 22:00", s)
	}
	return LocalTime(t.Hour()*60 + t.Minute()), nil
}

// String returns the form 22:00.
func (l LocalTime) String() string { return fmt.Sprintf("%02d:%02d", int(l)/60, int(l)%60) }

// MarshalGQL writes the form 22:00.
func (l LocalTime) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(l.String())) }

// UnmarshalGQL accepts what ParseLocalTime does.
func (l *LocalTime) UnmarshalGQL(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a time of day must be a string of the form 22:00")
	}
	*l, err = ParseLocalTime(s)
	return err
}

// ScanInt64 takes a column of minutes past midnight.
func (l *LocalTime) ScanInt64(v pgtype.Int8) error {
	if !v.Valid || v.Int64 < 0 || v.Int64 >= 24*60 {
		return fmt.Errorf("cannot scan %v into a time of day", v)
	}
	*l = LocalTime(v.Int64)
	return nil
}

// Int64Value gives the minutes past midnight to a parameter.
func (l LocalTime) Int64Value() (pgtype.Int8, error) {
	return pgtype.Int8{Int64: int64(l), Valid: true}, nil
}
