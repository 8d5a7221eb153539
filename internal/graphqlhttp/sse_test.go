package graphqlhttp_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"daybook/internal/graphqlhttp"
)

// events posts a document for a stream.
func (e *endpoint) events(t *testing.T, document string) *http.Response {
	t.Helper()
	return e.send(t, http.MethodPost, "", `{"query":"`+document+`"}`, "text/event-stream", "Bearer good")
}

func (e *endpoint) send(t *testing.T, method, query, body, accept, token string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.url+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if r.Header.Set("Accept", accept); body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// comments are what keeps a stream alive.
var comments = regexp.MustCompile(`(?m)^:\n\n`)

// wantEvents reads events, comments aside, which must be these.
func wantEvents(t *testing.T, response *http.Response, want string) {
	t.Helper()
	var read, got string
	for part := make([]byte, 1000); len(got) < len(want); {
		n, err := response.Body.Read(part)
		read += string(part[:n])
		got = comments.ReplaceAllString(read, "")
		if err != nil && len(got) < len(want) {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every answer is an event, and the last one says so. A browser's EventSource tells of an event only if it has a line of data.
func TestEvents(t *testing.T) {
	t.Parallel()
	const complete = "event: complete\ndata:\n\n"
	e := newEndpoint(t, graphqlhttp.Limits{Ping: 20 * time.Millisecond})
	one := e.events(t, "one")
	if one.StatusCode != http.StatusOK || one.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || one.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d, %v", one.StatusCode, one.Header)
	}
	wantEvents(t, one, "event: next\ndata: {\"data\":{\"one\":1}}\n\n"+complete)
	wantEvents(t, e.events(t, "bad"), "event: next\ndata: {\"errors\":[{\"message\":\"not valid\",\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}]}\n\n"+complete)
	wantEvents(t, e.events(t, "revoked"), "event: next\ndata: {\"errors\":[{\"message\":\"The token is not valid any more.\",\"extensions\":{\"code\":\"UNAUTHENTICATED\"}}]}\n\n"+complete)
	ticks := e.events(t, "tick")
	e.answers <- "a"
	wantEvents(t, ticks, "event: next\ndata: {\"data\":\"a\"}\n\n")
	time.Sleep(50 * time.Millisecond) // comments keep it alive
	e.answers <- "b"
	wantEvents(t, ticks, "event: next\ndata: {\"data\":\"b\"}\n\n")
	if err := ticks.Body.Close(); err != nil { // the client ends it
		t.Error(err)
	}
	for end := time.Now().Add(20 * time.Second); e.running.Load() != 0; {
		if time.Sleep(5 * time.Millisecond); time.Now().After(end) {
			t.Fatal("it goes on")
		}
	}
	// An EventSource sends a GET request without headers of its own.
	get := func(document string) *http.Response {
		return e.send(t, http.MethodGet, "?access_token=good&query="+url.QueryEscape(document), "", "text/event-stream", "")
	}
	ticks = get("tick")
	e.answers <- "c"
	close(e.answers)
	wantEvents(t, ticks, "event: next\ndata: {\"data\":\"c\"}\n\n"+complete)
	wantEvents(t, get("one"), "event: next\ndata: {\"data\":{\"one\":1}}\n\n"+complete)
}

// What is no stream is answered as it is to everybody else, and a subscription only as a stream.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, graphqlhttp.Limits{})
	for name, c := range map[string]struct {
		method, query, body, accept, token string
		status                             int
		answer                             string
	}{
		"both, a query":            {http.MethodPost, "", `{"query":"one"}`, "application/json, text/event-stream", "Bearer good", 200, `{"data":{"one":1}}`},
		"no token":                 {http.MethodPost, "", `{"query":"one"}`, "text/event-stream", "", 401, "who?"},
		"a token in a POST":        {http.MethodPost, "?access_token=good", `{"query":"one"}`, "text/event-stream", "", 401, "who?"},
		"a token without a stream": {http.MethodGet, "?access_token=good&query=one", "", "application/json", "", 200, `{"data":{"one":1}}`},
		"down":                     {http.MethodPost, "", `{"query":"one"}`, "text/event-stream", "Bearer down", 503, "down"},
		"no stream":                {http.MethodPost, "", `{"query":"tick"}`, "application/json", "Bearer good", 406, "text/event-stream"},
		"no stream, by GET":        {http.MethodGet, "?query=tick", "", "application/json", "Bearer good", 405, "not sent by GET"},
		"malformed":                {http.MethodPost, "", `{`, "text/event-stream", "Bearer good", 400, "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			response := e.send(t, c.method, c.query, c.body, c.accept, c.token)
			text, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != c.status || !strings.Contains(string(text), c.answer) {
				t.Errorf("%d %s, %v", response.StatusCode, text, err)
			}
		})
	}
}
