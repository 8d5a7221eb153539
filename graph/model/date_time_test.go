package model

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestDateTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[any]string{
		"2026-11-02T09:00:00Z":                "2026-11-02T09:00:00Z",
		"2026-11-02T09:00:00+23:59":           "2026-11-02T09:00:00+23:59",
		"2026-11-02t09:00:00.123456789-09:30": "2026-11-02T09:00:00.123456789-09:30",
		"2026-11-02T09:00:00z":                "2026-11-02T09:00:00Z",
		"2026-11-02T09:00:00+24:00":           "",
		"2026-11-02T09:00:00-24:00":           "",
		"2026-11-02T09:00:00+09:60":           "",
		"2026-11-02T24:00:00Z":                "",
		"2026-02-30T09:00:00Z":                "",
		"2026-11-02T9:00:00Z":                 "",
		"2026-11-02T09:00:00":                 "",
		"2026-11-02T09:00:00,5Z":              "",
		"2026-11-02":                          "",
		"":                                    "",
		json.Number("1"):                      "",
		true:                                  "",
	} {
		got, err := UnmarshalDateTime(in)
		if (err != nil) != (want == "") {
			t.Errorf("%v: %v, %v", in, got, err)
			continue
		}
		if err != nil {
			continue
		}
		var text strings.Builder
		MarshalDateTime(got).MarshalGQL(&text)
		if text.String() != `"`+want+`"` {
			t.Errorf("%v becomes %s", in, text.String())
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%v: %v", in, err)
		}
	}
	var null strings.Builder
	if MarshalDateTime(time.Time{}).MarshalGQL(&null); null.String() != "null" {
		t.Errorf("no time is %s", null.String())
	}
}
