package resolvers_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	plainJSON    = "application/json"
	responseJSON = "application/graphql-response+json"
)

// A request that is not executed is the client's fault: it has no data, a code, and a message in the client's own terms.
func TestRequestErrors(t *testing.T) {
	t.Parallel()
	s := serve(t)
	deep := "{ people(first: 1) { nodes {" + strings.Repeat(" invoices(first: 1) { nodes { customer {", 5) + "id" + strings.Repeat("} } }", 5) + "} } }"
	const viewer = `{ viewer { role } }`
	for name, c := range map[string]struct {
		body, code, message string
		status              int // of both media types; 0 for 200 and 400
	}{
		"skip":         {`{"query": "query ($s: Boolean = true) { viewer @skip(if: $s) { role } }", "variables": {"s": null}}`, "BAD_USER_INPUT", "@skip.if must not be null, and $s is", 0},
		"include":      {`{"query": "query ($s: Boolean = true) { viewer { ...F } } fragment F on Viewer { ... @include(if: $s) { role } }", "variables": {"s": null}}`, "BAD_USER_INPUT", "@include.if must not be null, and $s is", 0},
		"default":      {`{"query": "query ($i: ID = \"Person:1\") { node(id: $i) { id } }", "variables": {"i": null}}`, "BAD_USER_INPUT", "id must not be null, and $i is", 0},
		"text":         {`{"query": "` + viewer + `", "variables": "x"}`, "BAD_USER_INPUT", "variables must be an object", 400},
		"number":       {`{"query": 5}`, "BAD_USER_INPUT", "query must be a string", 400},
		"list":         {`{"query": "` + viewer + `", "variables": [1]}`, "BAD_USER_INPUT", "variables must be an object", 400},
		"name":         {`{"query": "` + viewer + `", "operationName": {}}`, "BAD_USER_INPUT", "operationName must be a string", 400},
		"extensions":   {`{"query": "` + viewer + `", "extensions": true}`, "BAD_USER_INPUT", "extensions must be an object", 400},
		"no query":     {`{}`, "BAD_USER_INPUT", "query is required", 400},
		"null":         {`{"query": null}`, "BAD_USER_INPUT", "query is required", 400},
		"case":         {`{"QUERY": "` + viewer + `"}`, "BAD_USER_INPUT", "query is required", 400},
		"twice":        {`{"query": "` + viewer + `", "query": "{ a }"}`, "BAD_USER_INPUT", `"query" stands in an object twice`, 400},
		"twice within": {`{"query": "` + viewer + `", "variables": {"a": 1, "a": 2}}`, "BAD_USER_INPUT", `"a" stands in an object twice`, 400},
		"junk":         {`{"query": "` + viewer + `"}xyz`, "BAD_USER_INPUT", "something behind the JSON value", 400},
		"two bodies":   {`{"query": "` + viewer + `"} {}`, "BAD_USER_INPUT", "something behind the JSON value", 400},
		"no JSON":      {`{"query": secret`, "BAD_USER_INPUT", "it is no JSON", 400},
		"batch":        {`[{"query": "` + viewer + `"}]`, "BAD_USER_INPUT", "it must be a JSON object", 400},
		"nested":       {`{"query": "` + viewer + `", "variables": {"a": ` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + `}}`, "BAD_USER_INPUT", "nested more than 100 deep", 400},
		"by hash":      {`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}}`, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported", 0},
		"too deep":     {`{"query": "` + deep + `"}`, "BAD_USER_INPUT", "fields are nested", 0},
		"which":        {`{"query": "query A ` + viewer + ` query B ` + viewer + `"}`, "GRAPHQL_VALIDATION_FAILED", "operationName is required", 0},
		"unknown":      {`{"query": "query A ` + viewer + `", "operationName": "B"}`, "GRAPHQL_VALIDATION_FAILED", `no operation "B"`, 0},
		"empty":        {`{"query": ""}`, "GRAPHQL_VALIDATION_FAILED", "no operation", 0},
		"fragments":    {`{"query": "fragment F on Viewer { role }"}`, "GRAPHQL_VALIDATION_FAILED", "no operation", 0},
		"no document":  {`{"query": "{"}`, "GRAPHQL_PARSE_FAILED", "Expected Name", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			for media, status := range map[string]int{plainJSON: http.StatusOK, responseJSON: http.StatusBadRequest} {
				if c.status != 0 {
					status = c.status
				}
				a := s.send(http.MethodPost, "", strings.NewReader(c.body), "Accept", media)
				a.want(map[string]string{"errors.0.extensions.code": c.code})
				if a.status != status || a.header.Get("Content-Type") != media+"; charset=utf-8" {
					t.Errorf("status %d and %s, want %d and %s", a.status, a.header.Get("Content-Type"), status, media)
				}
				if a.has("data") || !strings.Contains(a.text("errors.0.message"), c.message) || strings.Contains(a.String(), "Go ") || strings.Contains(a.String(), "secret") {
					t.Errorf("%s", a)
				}
			}
		})
	}
	for query, want := range map[string]int{viewer: http.StatusOK, `{ node(id: "x") { id } }`: http.StatusBadRequest, `{ invoices(first: 201) { totalCount } }`: http.StatusOK} {
		if a := s.call(query, nil, "Accept", responseJSON); a.status != want {
			t.Errorf("%s is answered with status %d, not %d: %s", query, a.status, want, a)
		}
	}
}

// A request is refused by its method or headers with a status of its own, and in the shape of GraphQL; the answer belongs to
// its caller alone.
func TestHeadersOfRequests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const body, query, mutation = `{"query": "{ viewer { role } }"}`, "?query=%7Bviewer%7Brole%7D%7D", "?query=mutation%7B__typename%7D"
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		media, allow       string
	}{
		"GET":          {http.MethodGet, query, "", nil, 200, plainJSON, ""},
		"type of GET":  {http.MethodGet, query, "", []string{"Content-Type", ""}, 200, plainJSON, ""},
		"mutation":     {http.MethodGet, mutation, "", []string{"Accept", responseJSON}, 405, responseJSON, "POST"},
		"twice":        {http.MethodGet, query + "&query=%7Ba%7D", "", nil, 400, plainJSON, ""},
		"variables":    {http.MethodGet, query + "&variables=5", "", nil, 400, plainJSON, ""},
		"escape":       {http.MethodGet, "?query=%zz", "", nil, 400, plainJSON, ""},
		"PUT":          {http.MethodPut, "", body, nil, 405, plainJSON, "GET, POST, OPTIONS"},
		"DELETE":       {http.MethodDelete, "", "", []string{"Authorization", ""}, 405, plainJSON, "GET, POST, OPTIONS"},
		"HEAD":         {http.MethodHead, query, "", nil, 405, plainJSON, "GET, POST, OPTIONS"},
		"no type":      {http.MethodPost, "", body, []string{"Content-Type", ""}, 415, plainJSON, ""},
		"text":         {http.MethodPost, "", body, []string{"Content-Type", "text/plain"}, 415, plainJSON, ""},
		"GraphQL":      {http.MethodPost, "", "{ viewer { role } }", []string{"Content-Type", "application/graphql"}, 415, plainJSON, ""},
		"form":         {http.MethodPost, "", "query=%7Ba%7D", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, plainJSON, ""},
		"charset":      {http.MethodPost, "", body, []string{"Content-Type", "application/json; charset=latin1"}, 415, plainJSON, ""},
		"UTF-8":        {http.MethodPost, "", body, []string{"Content-Type", "application/JSON; Charset=UTF-8"}, 200, plainJSON, ""},
		"compressed":   {http.MethodPost, "", body, []string{"Content-Encoding", "gzip"}, 415, plainJSON, ""},
		"picture":      {http.MethodPost, "", body, []string{"Accept", "image/png"}, 406, plainJSON, ""},
		"browser":      {http.MethodGet, query, "", []string{"Accept", "text/html,application/xml;q=0.9,*/*;q=0.8"}, 200, plainJSON, ""},
		"any":          {http.MethodPost, "", body, []string{"Accept", "*/*"}, 200, plainJSON, ""},
		"preferred":    {http.MethodPost, "", body, []string{"Accept", "application/json;q=0.5, application/graphql-response+json;q=0.9"}, 200, responseJSON, ""},
		"less":         {http.MethodPost, "", body, []string{"Accept", "application/graphql-response+json;q=0.1, application/json"}, 200, plainJSON, ""},
		"both":         {http.MethodPost, "", body, []string{"Accept", "application/json, application/graphql-response+json"}, 200, responseJSON, ""},
		"not the one":  {http.MethodPost, "", body, []string{"Accept", "application/graphql-response+json;q=0, */*"}, 200, plainJSON, ""},
		"excluded":     {http.MethodPost, "", body, []string{"Accept", "application/json;q=0, application/*;q=0.2"}, 200, responseJSON, ""},
		"none":         {http.MethodPost, "", body, []string{"Accept", "*/*;q=0"}, 406, plainJSON, ""},
		"no token":     {http.MethodPost, "", body, []string{"Authorization", "", "Accept", responseJSON}, 401, responseJSON, ""},
		"read mode":    {http.MethodPost, "", body, []string{"Daybook-Read", "sometimes"}, 400, plainJSON, ""},
		"large":        {http.MethodPost, "", body + strings.Repeat(" ", 1<<20), nil, 413, plainJSON, ""},
		"defer client": {http.MethodPost, "", body, []string{"Accept", "multipart/mixed;deferSpec=20220824, application/json"}, 200, plainJSON, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.in(t).send(c.method, c.path, strings.NewReader(c.body), c.headers...)
			if a.status != c.status || a.header.Get("Allow") != c.allow || a.header.Get("Content-Type") != c.media+"; charset=utf-8" {
				t.Errorf("status %d, Allow %q, %s: %s", a.status, a.header.Get("Allow"), a.header.Get("Content-Type"), a)
			}
			if a.status != http.StatusOK && c.method != http.MethodHead && (a.at("errors.0.extensions.code") == nil || a.has("data")) {
				t.Errorf("%s", a)
			}
			if a.header.Get("Cache-Control") != "private, no-store" || a.header.Get("Vary") != "Accept, Authorization" {
				t.Errorf("%v", a.header)
			}
		})
	}
}
