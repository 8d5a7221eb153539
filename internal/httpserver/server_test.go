package httpserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
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
		Schema:     "type Query",
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
		Sessions: &sessionList{},
		Logger:   slog.New(slog.DiscardHandler),
	}
}

// sessionList keeps sessions of operatorToken.
type sessionList struct {
	mu    sync.Mutex
	begun int
	ended map[string]bool
}

func (l *sessionList) Begin(_ context.Context, token string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch token {
	case operatorToken:
		l.begun++
		return fmt.Sprintf("session-%d", l.begun), nil
	case ownerToken:
		return "", httpserver.ErrNotOperator
	}
	return "", httpserver.ErrUnknownToken
}

func (l *sessionList) Check(_ context.Context, secret string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !strings.HasPrefix(secret, "session-") || l.ended[secret] {
		return httpserver.ErrUnknownToken
	}
	return nil
}

func (l *sessionList) End(_ context.Context, secret string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended == nil {
		l.ended = map[string]bool{}
	}
	l.ended[secret] = true
	return nil
}

// serve runs a server on a free port until the test ends. stop stops it early and returns Serve's error.
func serve(t *testing.T, c httpserver.Config) (base string, stop func() error) {
	t.Helper()
	base, _, stop = serveBoth(t, c)
	return base, stop
}

// serveBoth is serve with the address for who runs it.
func serveBoth(t *testing.T, c httpserver.Config) (base, admin string, stop func() error) {
	t.Helper()
	s, err := httpserver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var on [2]net.Listener
	for i := range on {
		if on[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, on[0], on[1]) }()
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
	return "http://" + on[0].Addr().String(), "http://" + on[1].Addr().String(), stop
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
	var failing atomic.Bool
	c := config()
	c.Pools = map[string]*pgxpool.Pool{"requests": pgtest.Pool(t)}
	c.Checks = []httpserver.Check{
		{Name: "good", Func: func(context.Context) error { return nil }},
		{Name: "moody", Func: func(context.Context) error {
			if failing.Load() {
				return errors.New("secret detail")
			}
			return nil
		}},
	}
	base, admin, _ := serveBoth(t, c)
	b, a := newBrowser(t, base), newBrowser(t, admin)
	for path, want := range map[string]string{
		"/": "/playground", "/graphql": "graphql", "/graphql/schema.graphql": "type Query", "/playground": "playground", "/playground/x.js": "playground",
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
	if status, _, _ := b.do(http.MethodGet, "/metrics", ""); status != http.StatusNotFound {
		t.Errorf("/metrics beside the API: %d", status)
	}
	failing.Store(true)
	time.Sleep(httpserver.CheckInterval)
	if status, body, _ := b.do(http.MethodGet, "/readyz", ""); status != http.StatusServiceUnavailable ||
		!strings.Contains(body, `"moody":"failing"`) || strings.Contains(body, "secret") {
		t.Errorf("/readyz with a failing check: %d: %s", status, body)
	}
	if status, body, _ := a.do(http.MethodGet, "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(body, `"moody":"secret detail"`) {
		t.Errorf("the reason of a failing check: %d: %s", status, body)
	}
	_, body, _ := a.do(http.MethodGet, "/metrics", "")
	for _, want := range []string{
		`daybook_http_request_duration_seconds_count{method="GET",route="/graphql",status="200"} 1`,
		`daybook_http_request_duration_seconds_count{method="POST",route="/graphql",status="503"} 0`,
		`daybook_pool_connections_max{pool="requests"} 16`, "go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %s:\n%s", want, body)
		}
	}
	for header, want := range map[string]string{"https": "max-age=31536000", "http": "", "": ""} {
		if _, _, h := b.do(http.MethodGet, "/", "", "X-Forwarded-Proto", header); h.Get("Strict-Transport-Security") != want {
			t.Errorf("behind %q, Strict-Transport-Security is %q", header, h.Get("Strict-Transport-Security"))
		}
	}
}

// However many ask at once whether the process is ready, and for its metrics, the database is asked once for each.
func TestTheDatabaseIsAskedOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	var checked, collected atomic.Int64
	ask := func(count *atomic.Int64) error {
		count.Add(1)
		_, err := pool.Exec(t.Context(), `SELECT pg_sleep(0.05)`)
		return err
	}
	c := config()
	c.Checks = []httpserver.Check{{Name: "database", Func: func(context.Context) error { return ask(&checked) }}}
	c.Collectors = []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "asked"}, func() float64 {
		if err := ask(&collected); err != nil {
			t.Error(err)
		}
		return 1
	})}
	base, admin, _ := serveBoth(t, c)
	ask50 := func() {
		t.Helper()
		var all sync.WaitGroup
		for range 50 {
			for _, url := range []string{base + "/readyz", admin + "/readyz", admin + "/metrics"} {
				all.Go(func() {
					w, err := http.Get(url)
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, w.Body)
					_ = w.Body.Close()
					if w.StatusCode != http.StatusOK {
						t.Errorf("%s answers %d", url, w.StatusCode)
					}
				})
			}
		}
		all.Wait()
	}
	begin := time.Now()
	ask50()
	if took := time.Since(begin); took < httpserver.CheckInterval && (checked.Load() != 1 || collected.Load() != 1) {
		t.Errorf("50 requests at once ran the checks %d times, and gathered the metrics %d times", checked.Load(), collected.Load())
	}
	time.Sleep(httpserver.CheckInterval)
	if ask50(); checked.Load() < 2 || collected.Load() < 2 {
		t.Errorf("later the checks have run %d times, and the metrics been gathered %d times", checked.Load(), collected.Load())
	}
	http.DefaultClient.CloseIdleConnections()
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
	if b.cookie == nil || !b.cookie.HttpOnly || b.cookie.SameSite != http.SameSiteStrictMode || b.cookie.Path != "/" {
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
	session := b.cookie
	if strings.Contains(session.Value, operatorToken) {
		t.Errorf("the cookie %q is the token", session.Value)
	}
	if status, _, _ := b.do(http.MethodPost, "/river/logout", "", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("a logout from another site: %d", status)
	}
	if status, _, _ := b.do(http.MethodPost, "/river/logout", ""); status != http.StatusSeeOther || b.cookie.MaxAge >= 0 {
		t.Errorf("the logout: %d, cookie %+v", status, b.cookie)
	}
	for what, value := range map[string]string{"the session after the logout": session.Value, "the token as a session": operatorToken} {
		b.cookie = &http.Cookie{Name: session.Name, Value: value}
		if status, _, _ := b.do(http.MethodGet, "/river/api/states", ""); status != http.StatusUnauthorized {
			t.Errorf("with %s: %d", what, status)
		}
	}
}

// The console is at /, for operators, who sign in on the same form as for the jobs; its buttons work from no other origin.
func TestConsole(t *testing.T) {
	t.Parallel()
	client, err := river.NewClient(riverpgxv5.New(pgtest.Pool(t)), &river.Config{Schema: migrations.RiverSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.River = client
	c.Console = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, secret := httpserver.Credentials(r)
		_, _ = fmt.Fprintf(w, "console of %q %q by %s", token, secret, r.Method)
	})
	base, _ := serve(t, c)
	b := newBrowser(t, base)
	if status, body, _ := b.do(http.MethodGet, "/", ""); status != http.StatusUnauthorized || !strings.Contains(body, `name="page" value="/"`) || strings.Contains(body, "console of") {
		t.Errorf("without a session: %d: %s", status, body)
	}
	if status, body, _ := b.do(http.MethodPost, "/console/act", "do=pause"); status != http.StatusUnauthorized || strings.Contains(body, "console of") {
		t.Errorf("an action without a session: %d: %s", status, body)
	}
	form := url.Values{"token": {operatorToken}, "page": {"/"}}
	if status, _, header := b.do(http.MethodPost, "/river/login", form.Encode()); status != http.StatusSeeOther || header.Get("Location") != "/" {
		t.Errorf("the login: %d to %q", status, header.Get("Location"))
	}
	form.Set("page", "https://elsewhere.example/")
	if _, _, header := b.do(http.MethodPost, "/river/login", form.Encode()); header.Get("Location") != "/river/" {
		t.Errorf("the login goes to %q", header.Get("Location"))
	}
	if status, body, _ := b.do(http.MethodGet, "/", ""); status != http.StatusOK || !strings.HasPrefix(body, `console of "" "session-`) {
		t.Errorf("with a session: %d: %s", status, body)
	}
	if status, body, _ := b.do(http.MethodPost, "/console/act", "do=pause"); status != http.StatusOK || !strings.HasSuffix(body, "by POST") {
		t.Errorf("an action: %d: %s", status, body)
	}
	if status, _, _ := b.do(http.MethodPost, "/console/act", "do=pause", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("an action from another site: %d", status)
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
