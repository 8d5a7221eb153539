package model

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// localForm is the layout of a LocalDateTime; fractions of a second are left out if there are none.
const localForm = "2006-01-02T15:04:05.999999"

// LocalDateTime is a day and a time by a wall clock, without a zone. It is not an instant: when clocks are put back, an
// hour of them occurs twice, and when clocks are put forward, an hour never occurs. The zone of Time is UTC and means
// nothing.
type LocalDateTime struct{ time.Time }

// ParseLocalDateTime reads the form 2006-01-02T15:04:05, perhaps with up to six decimals of a second, for the years 1
// to 9999.
func ParseLocalDateTime(s string) (LocalDateTime, error) {
	t, err := time.Parse(localForm, s)
	if err != nil || t.Year() < 1 || t.Nanosecond()%1000 != 0 {
		return LocalDateTime{}, fmt.Errorf("%s is not a local time of the form 2006-01-02T15:04:05", quote(s))
	}
	return LocalDateTime{t}, nil
}

// String returns the form 2006-01-02T15:04:05.
func (l LocalDateTime) String() string { return l.Format(localForm) }

// MarshalGQL writes the form 2006-01-02T15:04:05.
func (l LocalDateTime) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(l.String())) }

// UnmarshalGQL accepts what ParseLocalDateTime does.
func (l *LocalDateTime) UnmarshalGQL(v any) (err error) {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a local time must be a string of the form 2006-01-02T15:04:05")
	}
	*l, err = ParseLocalDateTime(s)
	return err
}

// ScanTimestamp takes a timestamp column without time zone.
func (l *LocalDateTime) ScanTimestamp(v pgtype.Timestamp) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("cannot scan NULL or infinity into a local time")
	}
	l.Time = v.Time
	return nil
}

// TimestampValue gives the local time to a timestamp parameter.
func (l LocalDateTime) TimestampValue() (pgtype.Timestamp, error) {
	return pgtype.Timestamp{Time: l.Time, Valid: true}, nil
}
