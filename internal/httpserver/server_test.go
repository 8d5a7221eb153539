package httpserver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"daybook/internal/httpserver"
	"daybook/internal/pgtest"
	"daybook/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const operatorToken, ownerToken = "operator-token", "owner-token"

// config returns a configuration with a handler for every path.
func config() httpserver.Config {
	ok := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			_, _ = io.WriteString(w, text)
		})
	}
	return httpserver.Config{
		GraphQL:    ok("graphql"),
		Playground: ok("playground"),
		Operator: func(_ context.Context, token string) error {
			switch token {
			case operatorToken:
				return nil
			case ownerToken:
				return httpserver.ErrNotOperator
			}
			return httpserver.ErrUnknownToken
		},
		Logger: slog.New(slog.DiscardHandler),
	}
}

// serve runs a server on a free port until the test ends. stop stops it early and returns Serve's error.
func serve(t *testing.T, c httpserver.Config) (base string, stop func() error) {
	t.Helper()
	s, err := httpserver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if stopped {
			return
		}
		if err := stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return "http://" + l.Addr().String(), stop
}

// browser is a client that keeps cookies and accepts HTML, and does not follow redirects.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
	cookie *http.Cookie
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, base: base, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(method, path, body string, header ...string) (int, string, http.Header) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range w.Cookies() {
		b.cookie = c
	}
	return w.StatusCode, string(text), w.Header
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	failing := false
	c := config()
	c.Pools = map[string]*pgxpool.Pool{"requests": pgtest.Pool(t)}
	c.Checks = []httpserver.Check{
		{Name: "good", Func: func(context.Context) error { return nil }},
		{Name: "moody", Func: func(context.Context) error {
			if failing {
				return errors.New("secret detail")
			}
			return nil
		}},
	}
	base, _ := serve(t, c)
	b := newBrowser(t, base)
	for path, want := range map[string]string{
		"/": "/playground", "/graphql": "graphql", "/playground": "playground", "/playground/x.js": "playground",
		"/healthz": "ok", "/readyz": `"moody":"ok"`,
	} {
		t.Run(path, func(t *testing.T) {
			status, body, header := b.do(http.MethodGet, path, "")
			if status != http.StatusOK || !strings.Contains(body, want) || header.Get("X-Request-Id") == "" {
				t.Errorf("%d, request id %q: %s", status, header.Get("X-Request-Id"), body)
			}
		})
	}
	if status, _, _ := b.do(http.MethodGet, "/river/", ""); status != http.StatusNotFound {
		t.Errorf("/river/ without a River client: %d", status)
	}
	if status, _, _ := b.do(http.MethodPost, "/graphql", strings.Repeat("x", 1<<20+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body over the limit: %d", status)
	}
	failing = true
	if status, body, _ := b.do(http.MethodGet, "/readyz", ""); status != http.StatusServiceUnavailable ||
		!strings.Contains(body, `"moody":"failing"`) || strings.Contains(body, "secret") {
		t.Errorf("/readyz with a failing check: %d: %s", status, body)
	}
	_, body, _ := b.do(http.MethodGet, "/metrics", "")
	for _, want := range []string{
		`daybook_http_request_duration_seconds_count{method="GET",route="/graphql",status="200"} 1`,
		`daybook_pool_connections_max{pool="requests"} 16`, "go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %s:\n%s", want, body)
		}
	}
}

// When the server stops, a short request is finished and a long one is cut off; neither delays it for long.
func TestStop(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"a short request is finished": 200 * time.Millisecond, "a long one is cut": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := make(chan struct{})
			c := config()
			c.GraphQL = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(started)
				select {
				case <-time.After(wait):
					_, _ = io.WriteString(w, "finished")
				case <-r.Context().Done():
				}
			})
			base, stop := serve(t, c)
			answered := make(chan string, 1)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			go func() {
				w, err := client.Get(base + "/graphql")
				if err != nil {
					answered <- "cut"
					return
				}
				text, _ := io.ReadAll(w.Body)
				_ = w.Body.Close()
				answered <- string(text)
			}()
			<-started
			begin := time.Now()
			if err := stop(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 1500*time.Millisecond {
				t.Errorf("stopping took %v", took)
			}
			want := "finished"
			if wait == time.Hour {
				want = "cut"
			}
			if got := <-answered; got != want {
				t.Errorf("the request was %q, want %q", got, want)
			}
		})
	}
}

func TestRiverUI(t *testing.T) {
	t.Parallel()
	client, err := river.NewClient(riverpgxv5.New(pgtest.Pool(t)), &river.Config{
		Schema: migrations.RiverSchema, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.River, c.DevToken = client, operatorToken
	base, _ := serve(t, c)
	b := newBrowser(t, base)

	status, body, _ := b.do(http.MethodGet, "/river/", "")
	if status != http.StatusUnauthorized || !strings.Contains(body, `value="`+operatorToken+`"`) {
		t.Errorf("without a session: %d: %s", status, body)
	}
	if status, body, _ := b.do(http.MethodGet, "/river/api/jobs", "", "Accept", "application/json"); status != http.StatusUnauthorized ||
		strings.Contains(body, operatorToken) {
		t.Errorf("the API without a session: %d: %s", status, body)
	}
	login := func(token string, header ...string) (int, string, http.Header) {
		return b.do(http.MethodPost, "/river/login", url.Values{"token": {token}}.Encode(), header...)
	}
	if status, body, _ := login("unknown-token"); status != http.StatusUnauthorized || b.cookie != nil || !strings.Contains(body, "unknown") {
		t.Errorf("an unknown token: %d, cookie %v: %s", status, b.cookie, body)
	}
	if status, body, _ := login(ownerToken); status != http.StatusForbidden || b.cookie != nil || !strings.Contains(body, "daybook operator grant") {
		t.Errorf("the token of an owner who is no operator: %d, cookie %v: %s", status, b.cookie, body)
	}
	if status, _, _ := b.do(http.MethodGet, "/river/api/jobs", "", "Accept", "application/json", "Authorization", "Bearer "+ownerToken); status != http.StatusForbidden {
		t.Errorf("the API with an owner's token: %d", status)
	}
	if status, _, _ := login(operatorToken, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden || b.cookie != nil {
		t.Errorf("a login from another site: %d, cookie %v", status, b.cookie)
	}
	if status, _, header := login(operatorToken); status != http.StatusSeeOther || header.Get("Location") != "/river/" {
		t.Errorf("an operator's login: %d to %q", status, header.Get("Location"))
	}
	if b.cookie == nil || !b.cookie.HttpOnly || b.cookie.SameSite != http.SameSiteStrictMode || b.cookie.Path != "/river" {
		t.Fatalf("cookie: %+v", b.cookie)
	}
	if status, body, header := b.do(http.MethodGet, "/river/", ""); status != http.StatusOK || !strings.Contains(body, "<title>River") ||
		strings.Contains(header.Get("Content-Security-Policy"), "http") {
		t.Errorf("with a session: %d, policy %q: %s", status, header.Get("Content-Security-Policy"), body)
	}
	if status, body, _ := b.do(http.MethodGet, "/river/api/states", ""); status != http.StatusOK || !strings.Contains(body, "available") {
		t.Errorf("the API with a session: %d: %s", status, body)
	}
	if status, _, _ := b.do(http.MethodPut, "/river/api/queues/default/pause", "", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("a change from another site: %d", status)
	}
	b.cookie = &http.Cookie{Name: b.cookie.Name, Value: "revoked"}
	if status, _, _ := b.do(http.MethodGet, "/river/api/states", ""); status != http.StatusUnauthorized {
		t.Errorf("with a revoked token: %d", status)
	}
}

// A page of another site that points its own name to this machine does not get the token.
func TestLoginFormKeepsTheTokenFromOtherHosts(t *testing.T) {
	t.Parallel()
	c := config()
	c.DevToken = operatorToken
	client, err := river.NewClient(riverpgxv5.New(pgtest.Pool(t)), &river.Config{Schema: migrations.RiverSchema})
	if err != nil {
		t.Fatal(err)
	}
	c.River = client
	base, _ := serve(t, c)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/river/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "rebound.example"
	r.Header.Set("Accept", "text/html")
	transport := &http.Transport{DisableKeepAlives: true}
	w, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil || strings.Contains(string(text), operatorToken) {
		t.Errorf("%v: %s", err, text)
	}
}
