package resolvers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What is no text is refused, and never stored as U+FFFD; pairs of escaped surrogates and written backslashes are text.
func TestTextOfRequests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const (
		variable = `{"query": "mutation ($name: String!) { personCreate(input: {givenName: $name}) { record { fullName } userErrors { message } } }", "variables": {"name": "NAME"}}`
		literal  = `{"query": "mutation { personCreate(input: {givenName: \"NAME\"}) { record { fullName } userErrors { message } } }"}`
	)
	for _, c := range []struct{ body, name, want string }{
		{variable, "a\xff\xfe", ""},
		{variable, "a\xed\xa0\x80", ""}, // a surrogate as three bytes
		{variable, `a\ud83d`, ""},
		{variable, `a\ude00b`, ""},
		{variable, `a\ud83d\ud83d\ude00`, ""},
		{variable, `\ud83d\u0041`, ""},
		{literal, "a\xff", ""},
		{literal, `a\\ud83d`, ""},
		{variable, `Ada \ud83d\ude00`, "Ada 😀"},
		{variable, `Ada \\ud83d`, `Ada \ud83d`},
		{variable, `Ada \\\ud83d\ude00`, `Ada \😀`},
		{literal, `Ada \\ud83d\\ude00`, "Ada 😀"},
		{variable, "Ærøskøbing", "Ærøskøbing"},
	} {
		body := strings.Replace(c.body, "NAME", c.name, 1)
		t.Run(body, func(t *testing.T) {
			a := s.send(http.MethodPost, "", strings.NewReader(body))
			if c.want != "" {
				a.want(map[string]string{"data.personCreate.record.fullName": c.want})
				return
			}
			if a.at("data") != nil {
				t.Errorf("status %d: %s", a.status, a)
			}
			a.want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
		})
	}
	for _, variables := range []string{"{\"name\": \"\xff\"}", `{"name": "\ud83d"}`} {
		a := s.send(http.MethodGet, "?"+url.Values{"query": {`query ($name: String) { people(filter: {search: $name}) { totalCount } }`}, "variables": {variables}}.Encode(), nil)
		if a.status != http.StatusBadRequest {
			t.Errorf("%q in a query string: status %d: %s", variables, a.status, a)
		}
	}
	s.must(`{ people { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "5"})
}
