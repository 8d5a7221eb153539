package model

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

func FuzzParseLocalTime(f *testing.F) {
	for _, seed := range []string{"00:00", "23:59", "24:00", "9:30", "09:3", "09:30:00", "+9:30", "09:60", " 9:30", "09:30 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLocalTime(s)
		if err != nil {
			return
		}
		if l.Minute < 0 || l.Minute > 1439 || l.String() != s {
			t.Errorf("%q is read as %d, which prints as %q", s, l.Minute, l)
		}
	})
}

func TestLocalTime(t *testing.T) {
	t.Parallel()
	var l LocalTime
	if err := l.UnmarshalGQL("22:30"); err != nil || l.Minute != 22*60+30 {
		t.Errorf("%v, %v", l, err)
	}
	var b bytes.Buffer
	if l.MarshalGQL(&b); b.String() != `"22:30"` {
		t.Errorf("written as %s", b.String())
	}
	for _, refused := range []any{nil, 1, 22.5, "22", "24:00", "22:30:00", "1:30"} {
		if new(LocalTime).UnmarshalGQL(refused) == nil {
			t.Errorf("%v was taken", refused)
		}
	}
	text, err := json.Marshal(l)
	var again LocalTime
	if err != nil || json.Unmarshal(text, &again) != nil || again != l {
		t.Errorf("%s is read as %v, %v", text, again, err)
	}
	if json.Unmarshal([]byte(`"24:00"`), &again) == nil || json.Unmarshal([]byte(`5`), &again) == nil {
		t.Error("what is no time was taken")
	}
	value, err := l.Int64Value()
	again = LocalTime{}
	if err != nil || again.ScanInt64(value) != nil || again != l {
		t.Errorf("comes back from a column as %v, %v", again, err)
	}
	for _, v := range []pgtype.Int8{{}, {Int64: -1, Valid: true}, {Int64: 1440, Valid: true}} {
		if l.ScanInt64(v) == nil {
			t.Errorf("%+v was taken", v)
		}
	}
}
