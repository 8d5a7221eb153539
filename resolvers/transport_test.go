package resolvers_test

import (
	"net/http"
	"strings"
	"testing"
)

// A request that cannot be executed is the client's fault, with a code and a message in its own terms.
func TestRequestErrors(t *testing.T) {
	t.Parallel()
	s := serve(t)
	deep := "{ people(first: 1) { nodes {" + strings.Repeat(" invoices(first: 1) { nodes { customer {", 5) + "id" + strings.Repeat("} } }", 5) + "} } }"
	for name, c := range map[string]struct {
		body, code, message string
	}{
		"skip":     {`{"query": "query ($s: Boolean = true) { viewer @skip(if: $s) { role } }", "variables": {"s": null}}`, "BAD_USER_INPUT", "$s is null, and @skip needs a Boolean"},
		"include":  {`{"query": "query ($s: Boolean = true) { viewer { ...F } } fragment F on Viewer { ... @include(if: $s) { role } }", "variables": {"s": null}}`, "BAD_USER_INPUT", "$s is null, and @include needs a Boolean"},
		"text":     {`{"query": "{ viewer { role } }", "variables": "x"}`, "BAD_USER_INPUT", "variables must be an object"},
		"number":   {`{"query": 5}`, "BAD_USER_INPUT", "query must be a string"},
		"object":   {`{"query": "{ viewer { role } }", "variables": [1]}`, "BAD_USER_INPUT", "variables must be an object"},
		"by hash":  {`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}}`, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"},
		"too deep": {`{"query": "` + deep + `"}`, "BAD_USER_INPUT", "fields are nested"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.send(http.MethodPost, "", strings.NewReader(c.body))
			a.want(map[string]string{"errors.0.extensions.code": c.code})
			if a.status >= 500 || a.at("data") != nil || !strings.Contains(a.text("errors.0.message"), c.message) || strings.Contains(a.String(), "Go struct") {
				t.Errorf("status %d: %s", a.status, a)
			}
		})
	}
	for query, want := range map[string]int{deep: http.StatusBadRequest, "{ viewer { role } }": http.StatusOK, "{ node(id: \"x\") { id } }": http.StatusOK} {
		if a := s.call(query, nil, "Accept", "application/graphql-response+json"); a.status != want {
			t.Errorf("%.60s is answered with status %d, not %d: %s", query, a.status, want, a)
		}
	}
}
