package model

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// LocalTime is a time of the day by some wall clock, on a whole minute.
type LocalTime struct {
	// Minute of the day: 0 to 1439.
	Minute int
}

// ParseLocalTime reads the form 22:30, from 00:00 to 23:59.
func ParseLocalTime(s string) (LocalTime, error) {
	read, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return LocalTime{}, fmt.Errorf("%s is not a time of the form 22:30", quote(s))
	}
	return LocalTime{Minute: read.Hour()*60 + read.Minute()}, nil
}

// String returns the form 22:30.
func (t LocalTime) String() string { return fmt.Sprintf("%02d:%02d", t.Minute/60, t.Minute%60) }

// MarshalGQL writes the form 22:30.
func (t LocalTime) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(t.String())) }

// UnmarshalGQL accepts what ParseLocalTime does.
func (t *LocalTime) UnmarshalGQL(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a time of the day must be a string of the form 22:30")
	}
	*t, err = ParseLocalTime(s)
	return err
}

// MarshalJSON writes the form 22:30.
func (t LocalTime) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(t.String())), nil }

// UnmarshalJSON reads the form 22:30.
func (t *LocalTime) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("time of the day: %w", err)
	}
	return t.UnmarshalGQL(s)
}

// ScanInt64 takes a column of minutes past midnight.
func (t *LocalTime) ScanInt64(v pgtype.Int8) error {
	if !v.Valid || v.Int64 < 0 || v.Int64 >= 24*60 {
		return fmt.Errorf("cannot scan %v into a time of the day", v)
	}
	t.Minute = int(v.Int64)
	return nil
}

// Int64Value gives the minutes past midnight to a parameter.
func (t LocalTime) Int64Value() (pgtype.Int8, error) {
	return pgtype.Int8{Int64: int64(t.Minute), Valid: true}, nil
}
