package httpserver

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answers is an API whose answer is a text.
func answers(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/graphql-response+json; charset=utf-8")
		_, _ = io.WriteString(w, text)
	})
}

func ask(t *testing.T, c Config, method string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := endpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "/graphql", http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// Answers are compressed for who accepts it, where that saves a packet.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	large, small := strings.Repeat(`{"data":null}`, 200), `{"data":null}`
	for _, c := range []struct{ text, accept, want string }{
		{large, "gzip", "gzip"}, {large, "br;q=1, gzip;q=0.5", "gzip"}, {large, "", ""}, {large, "gzip;q=0", ""}, {large, "br", ""}, {small, "gzip", ""},
	} {
		w := ask(t, Config{GraphQL: answers(c.text)}, http.MethodPost, "Accept-Encoding", c.accept)
		body := io.Reader(w.Body)
		if w.Header().Get("Content-Encoding") == "gzip" {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		text, err := io.ReadAll(body)
		if err != nil || string(text) != c.text || w.Header().Get("Content-Encoding") != c.want || !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%d bytes with %q: %v, %d bytes, %v", len(c.text), c.accept, w.Header(), len(text), err)
		}
	}
}

// Pages of the configured origins may call the API, and no others.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const app = "https://app.example.com"
	preflight := func(origin string) []string {
		return []string{"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,daybook-read"}
	}
	allowed := Config{GraphQL: answers("{}"), CORSOrigins: []string{app}}
	for _, c := range []struct {
		config  Config
		method  string
		headers []string
		want    string
	}{
		{allowed, http.MethodOptions, preflight(app), app},
		{allowed, http.MethodPost, []string{"Origin", app}, app},
		{allowed, http.MethodOptions, preflight("https://app.example.com.evil.example"), ""},
		{allowed, http.MethodPost, []string{"Origin", "http://app.example.com"}, ""},
		{Config{GraphQL: answers("{}")}, http.MethodOptions, preflight(app), ""},
	} {
		w := ask(t, c.config, c.method, c.headers...)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != c.want || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %v: %v", c.method, c.headers, w.Header())
		}
		if c.want != "" && !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Origin") {
			t.Errorf("%s %v: %v", c.method, c.headers, w.Header())
		}
	}
}
