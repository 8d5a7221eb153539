package graphqlhttp

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

func TestValidText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, `\`: true, `\u`: true, `\u12`: true, `\n`: true, "é": true, `\u00e9`: true, `\ud83d\ude00`: true, `\u{1F600}`: true, `\\ud83d`: true, `\\\ud83d\ude00`: true, `\u{zz}`: true,
		"\xff": false, "\xed\xa0\x80": false, `\ud83d`: false, `\ud83dx`: false, `\ude00`: false, `\ud83d\ud83d\ude00`: false, `\ud83d\n`: false, `\u{D83D}`: false, `\u{00DE00}`: false, `\u{d83d`: true,
	} {
		if got := ValidText([]byte(text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// What one program reads out of a body is what every other does.
func TestDecodeObject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": [1, {"b": null}], "c": "x"}`: "", `{}`: "", " {} \n": "",
		``: "no JSON", `{`: "no JSON", `{"a"}`: "no JSON", `{"a":1,}`: "no JSON", `{a:1}`: "no JSON", `[1`: "no JSON", `nul`: "no JSON", "\ufeff{}": "no JSON",
		`[]`: "must be a JSON object", `null`: "must be a JSON object", `1`: "must be a JSON object",
		`{}x`: "behind", `{}{}`: "behind", `{}]`: "behind",
		`{"a":1,"a":1}`: "twice", `{"v":[{"a":1,"\u0061":2}]}`: "twice",
		strings.Repeat(`{"a":`, 101) + "1" + strings.Repeat("}", 101): "nested",
	} {
		_, err := decodeObject([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// A response has the entries that it needs, and data as the executor has written it.
func TestWrite(t *testing.T) {
	t.Parallel()
	failed := gqlerror.List{{Message: "no"}}
	for want, response := range map[string]*graphql.Response{
		`{"data":{"a":"<é>"}}`:                               {Data: []byte(`{"a":"<é>"}`)},
		`{"errors":[{"message":"no"}]}`:                      {Errors: failed},
		`{"errors":[{"message":"no"}],"data":null}`:          {Errors: failed, Data: []byte("null")},
		`{"errors":[{"message":"no"}],"extensions":{"b":1}}`: {Errors: failed, Extensions: map[string]any{"b": 1}},
		`{"data":{},"extensions":{"b":1}}`:                   {Data: []byte("{}"), Extensions: map[string]any{"b": 1}},
		`{}`:                                                 {},
	} {
		w := httptest.NewRecorder()
		write(w, plainJSON, 200, &Outcome{}, response)
		if w.Body.String() != want {
			t.Errorf("got %s, want %s", w.Body, want)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	if err := asError(errors.New("no")); err.Message != "no" {
		t.Errorf("%v", err)
	}
}
