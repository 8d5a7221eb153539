package model

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

func FuzzParseLocalTime(f *testing.F) {
	for _, seed := range []string{"22:00", "00:00", "23:59", "24:00", "9:30", "09:3", "09:60", "09:30:00", " 9:30", "-1:00", "09.30", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLocalTime(s)
		if err != nil {
			return
		}
		if l < 0 || l >= 24*60 || l.String() != s {
			t.Errorf("%q is read as %d, which prints as %q", s, l, l)
		}
	})
}

func TestLocalTime(t *testing.T) {
	t.Parallel()
	for _, refused := range []any{nil, 22, "24:00", "9:30", "22:00:00", "22:60", "x2:00"} {
		if new(LocalTime).UnmarshalGQL(refused) == nil {
			t.Errorf("%v was taken", refused)
		}
	}
	var l LocalTime
	if err := l.UnmarshalGQL("22:05"); err != nil || l != 22*60+5 {
		t.Errorf("%d, %v", l, err)
	}
	var out bytes.Buffer
	if l.MarshalGQL(&out); out.String() != `"22:05"` {
		t.Errorf("written as %s", out.String())
	}
	value, err := l.Int64Value()
	var again LocalTime
	if err != nil || again.ScanInt64(value) != nil || again != l {
		t.Errorf("comes back as %v, %v", again, err)
	}
	for _, v := range []pgtype.Int8{{}, {Int64: -1, Valid: true}, {Int64: 1440, Valid: true}} {
		if l.ScanInt64(v) == nil {
			t.Errorf("%+v was taken", v)
		}
	}
}
