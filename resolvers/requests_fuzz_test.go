package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"daybook/internal/requestid"
)

// FuzzRequests sends anything as a request: by POST with any body, type and wish for an answer, and as the query of a GET. The answer is
// never a fault of the server, is JSON where it says so, and neither takes long nor allocates more than a request of its size may.
func FuzzRequests(f *testing.F) {
	s := serve(f)
	s.person("Ada")
	handler := requestid.Middleware(s.handler)
	const plain = "application/json"
	for _, body := range []string{
		``, `{`, `[]`, `null`, `"a"`, `{"query":1}`, `{"query":"{ me { id } }","variables":[]}`, `{"query":"{ me { id } }","variables":{"a":1e999}}`, `{"query":"{ me { id } }"} x`,
		`{"query":"query A { me { id } } query B { me { id } }","operationName":"C"}`, `{"query":"{ me { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}`,
		`{"query":"query($a: [Int!]! = [1, null]) { people(first: $a) { nodes { id } } }","variables":{"a":"\ud800"}}`, `{"query":"{ a: __typename @skip(if: $b) ...F } fragment F on Query { ...F }"}`,
		`{"query":"{ people(where: {not: {not: {fullName: {contains: \"\\u0000\"}}}}) { nodes { id } } }"}`, `{"query":"mutation { personCreate(input: {givenName: \"` + strings.Repeat("x", 3000) + `\"}) { record { id } } }"}`,
		`{"query":"subscription { live { people(first: 1) { nodes { id } } } }"}`, `{"query":"{ __schema { types { fields { type { ofType { fields { name } } } } } } }"}`, "{\"query\":\"{ me { id } }\xff\"}",
		`query=%7B+me+%7B+id+%7D+%7D&variables=%7B`, `{"query":"{ invoices(filter: {totalGte: \"1e400\"}, first: 2147483648) { nodes { id } } }"}`, `{"query":"` + strings.Repeat("{a", 500) + `"}`,
	} {
		f.Add([]byte(body), plain, plain, false)
	}
	documents, err := filepath.Glob("../graph/examples/*.graphql")
	if err != nil || len(documents) == 0 {
		f.Fatal(documents, err)
	}
	for _, path := range documents {
		document, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"query": string(document), "variables": map[string]any{"id": "Person:1"}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "application/json; charset=utf-8", "application/graphql-response+json, application/json;q=0.9", false)
		f.Add([]byte(url.Values{"query": {string(document)}}.Encode()), "", "text/event-stream", true)
	}
	f.Add([]byte(`{"query":"{ me { id } }"}`), "multipart/form-data; boundary=x", "*/*;q=2", false)
	f.Fuzz(func(t *testing.T, body []byte, contentType, accept string, get bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // ends a subscription
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
		if get {
			r = httptest.NewRequestWithContext(ctx, http.MethodGet, "/graphql", nil)
			r.URL.RawQuery = string(body)
		}
		r.Header["Content-Type"], r.Header["Accept"] = []string{contentType}, []string{accept}
		r.Header.Set("Authorization", "Bearer "+s.token)
		w := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		handler.ServeHTTP(w, r)
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		what := fmt.Sprintf("status %d after %v: %.300q", w.Code, took, w.Body)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > uint64(costBase+costMemory*len(body)) || took > costTime {
			t.Errorf("%d bytes were allocated for %d, %s", allocated, len(body), what)
		}
		if ctx.Err() != nil {
			return
		}
		if w.Code >= http.StatusInternalServerError || strings.Contains(w.Body.String(), `"INTERNAL"`) {
			t.Error(what)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "json") && !json.Valid(w.Body.Bytes()) {
			t.Error("no JSON: " + what)
		}
	})
}
