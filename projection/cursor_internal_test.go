package projection

import (
	"fmt"
	"strings"
	"testing"
)

var cursorTypes = []column{{"a", "text"}, {"b", "bigint"}, {"c", "numeric"}, {"d", "date"}, {"e", "timestamptz"}, {"f", "integer"}}

// What decodeCursor accepts PostgreSQL can cast: TestCursorsCanBeCast asks it. Here: it
// never panics, and encoding what it accepted names the same row.
func FuzzDecodeCursor(f *testing.F) {
	f.Add(cursor{"O", "x'\"🙂", []string{"-1", "1.50", "2026-02-28", "2026-02-28 23:59:59.123456+00", "7"}}.encode())
	f.Add("")
	f.Add("W10")
	f.Add(strings.Repeat("A", 5000))
	f.Fuzz(func(t *testing.T, s string) {
		c, err := decodeCursor(s, "O", cursorTypes)
		if err != nil {
			return
		}
		again, err := decodeCursor(c.encode(), "O", cursorTypes)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}

func FuzzConditions(f *testing.F) {
	f.Add("a = ? AND b = ?", 2)
	f.Add("true", 0)
	f.Fuzz(func(t *testing.T, sql string, n int) {
		if n != strings.Count(sql, "?") || strings.Contains(sql, "$") {
			return
		}
		args := arguments{int64(1), "taken"}
		given := make([]any, n)
		for i := range given {
			given[i] = i
		}
		got := args.condition(Where(sql, given...))
		if len(args) != n+2 || strings.Contains(got, "?") {
			t.Fatalf("%q has %d arguments: %q", sql, len(args), got)
		}
		for i := range given {
			if args[i+2] != i || !strings.Contains(got, fmt.Sprintf("$%d", i+3)) {
				t.Fatalf("%q lost argument %d: %q", sql, i, got)
			}
		}
	})
}

func TestIsValue(t *testing.T) {
	for typ, texts := range map[string]map[string]bool{
		"integer":     {"1": true, "-2147483648": true, "2147483648": false, "x": false, "": false},
		"bigint":      {"9223372036854775807": true, "9223372036854775808": false, "1e3": false, " 1": false},
		"numeric":     {"-0.10": true, "NaN": false, "1\n": false, ".": false},
		"date":        {"2026-02-29": false, "2024-02-29": true, "0000-01-01": false, "today": false},
		"timestamptz": {"2026-01-01 00:00:00+00": true, "2026-01-01 00:00:00.5+10": true, "2026-01-01 00:00:00+20": false, "2026-01-01 00:00:00,5+00": false, "now": false},
		"text":        {"": true, "\x00": false, "\xff": false},
	} {
		t.Run(typ, func(t *testing.T) {
			for text, want := range texts {
				if got := isValue(text, typ); got != want {
					t.Errorf("%q: %t", text, got)
				}
			}
		})
	}
}
