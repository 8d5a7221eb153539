package model

import (
	"bytes"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

func FuzzParseLocalDateTime(f *testing.F) {
	for _, seed := range []string{"2026-03-29T02:30:00", "2026-03-29T02:30:00.5", "2026-03-29 02:30:00", "2026-03-29T02:30:00Z", "2026-03-29T24:00:00",
		"2026-02-30T00:00:00", "0000-01-01T00:00:00", "9999-12-31T23:59:59.999999", "2026-03-29T02:30:00.1234567", "2026-03-29T02:30:00,5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLocalDateTime(s)
		if err != nil {
			return
		}
		again, err := ParseLocalDateTime(l.String())
		if err != nil || !again.Equal(l.Time) {
			t.Errorf("%q prints as %q, which reads as %v, %v", s, l, again, err)
		}
		if l.Location() != time.UTC || l.Year() < 1 || l.Year() > 9999 {
			t.Errorf("%q is read as %v", s, l.Time)
		}
	})
}

func TestLocalDateTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 29, 2, 30, 0, 0, time.UTC)
	var l LocalDateTime
	if err := l.ScanTimestamp(pgtype.Timestamp{Time: at, Valid: true}); err != nil || !l.Equal(at) {
		t.Errorf("%v, %v", l, err)
	}
	if l.ScanTimestamp(pgtype.Timestamp{}) == nil || l.ScanTimestamp(pgtype.Timestamp{Valid: true, InfinityModifier: pgtype.Infinity}) == nil {
		t.Error("NULL or infinity was taken")
	}
	var b bytes.Buffer
	if l.MarshalGQL(&b); b.String() != `"2026-03-29T02:30:00"` {
		t.Errorf("written as %s", b.String())
	}
	for _, refused := range []any{nil, 1, "2026-03-29T02:30:00Z", "2026-03-29"} {
		if new(LocalDateTime).UnmarshalGQL(refused) == nil {
			t.Errorf("%v was taken", refused)
		}
	}
	if value, err := l.TimestampValue(); err != nil || !value.Valid || !value.Time.Equal(at) {
		t.Errorf("as a parameter %v, %v", value, err)
	}
}
