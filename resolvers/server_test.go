package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/graphqlhttp"
	"daybook/internal/live"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/requestid"
	"daybook/projection"
	"daybook/resolvers"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// service is a server on a database of its own, with one organization and no worker.
type service struct {
	t      testing.TB
	url    string
	pool   *pgxpool.Pool
	store  *canonical.Store
	sql    *statements
	log    *bytes.Buffer
	engine *projection.Engine
	// application is the address of the database for the application's user.
	application string
	// handler is what the server serves, for calls without a network.
	handler http.Handler
	hub     *live.Hub
	caller
}

// caller calls with one member's token.
type caller struct {
	t              testing.TB
	url            string
	token          string
	organizationID int64
}

func serve(t testing.TB) *service {
	t.Helper()
	return serveApart(t, 5*time.Millisecond)
}

// serveApart is serve for a test whose live queries run at most so often.
func serveApart(t testing.TB, apart time.Duration) *service {
	t.Helper()
	s := &service{t: t, sql: &statements{}, log: &bytes.Buffer{}}
	url := pgtest.URL(t)
	application := pgtest.Application(t, url)
	s.application = application
	s.pool = pgtest.Open(t, url, pgpool.Options{MaxConns: 8})
	s.store = canonical.New(pgtest.Open(t, application, pgpool.Options{MaxConns: 8}), nil)
	s.engine = projection.New(s.pool, slog.New(slog.DiscardHandler))
	if err := s.engine.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.hub = listen(t, s.pool, apart)
	handler := resolvers.Handler(resolvers.Config{
		Store:     s.store,
		Live:      s.hub,
		Streams:   graphqlhttp.Limits{PerToken: 20_000},
		DB:        pgtest.Open(t, application, pgpool.Options{MaxConns: 4, Tracer: s.sql}),
		LoaderDB:  pgtest.Open(t, application, pgpool.Options{MaxConns: 4, Tracer: s.sql, GenericPlans: true}),
		ExactWait: 50 * time.Millisecond,
		Logger:    slog.New(slog.NewTextHandler(s.log, nil)),
	})
	s.handler = handler
	server := httptest.NewServer(requestid.Middleware(handler))
	t.Cleanup(server.Close)
	s.url = server.URL
	s.caller = s.organization("Analytical Engines")
	return s
}

// listen returns a hub that hears of the changes in a pool's database until the test ends.
func listen(t testing.TB, pool *pgxpool.Pool, apart time.Duration) *live.Hub {
	t.Helper()
	hub := live.New(live.Config{
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			config := pool.Config().ConnConfig
			config.RuntimeParams["application_name"] = "live"
			return pgx.ConnectConfig(ctx, config)
		},
		Logger: slog.New(slog.DiscardHandler), Apart: apart,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); hub.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return hub
}

// in returns the service for a subtest, which fails alone.
func (s *service) in(t testing.TB) *service {
	sub := *s
	sub.t, sub.caller.t = t, t
	return &sub
}

// organization makes an organization and calls as its owner.
func (s *service) organization(name string) caller {
	s.t.Helper()
	id, token, err := s.store.OrganizationCreate(s.t.Context(), canonical.OrganizationInput{
		Name: name, TimeZone: "Australia/Adelaide", BaseCurrency: "AUD", OwnerName: "Owner", OwnerEmail: "owner@example.com",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return caller{t: s.t, url: s.url, token: token, organizationID: id}
}

// member makes a user with the role in the organization.
func (s *service) member(organizationID int64, role model.Role) caller {
	s.t.Helper()
	ctx := s.t.Context()
	email := fmt.Sprintf("%s@%d.example", strings.ToLower(string(role)), organizationID)
	user, err := s.store.MemberSet(ctx, organizationID, string(role), email, role)
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := s.store.TokenCreate(ctx, organizationID, user, "test", "", 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return caller{t: s.t, url: s.url, token: token, organizationID: organizationID}
}

// refreshed stores everything that is behind, as the workers would.
func (s *service) refreshed() {
	s.t.Helper()
	all, err := s.engine.List(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		if _, err := s.engine.Refresh(s.t.Context(), p.Name, time.Minute); err != nil {
			s.t.Fatal(err)
		}
	}
}

// answer is one GraphQL response.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   any
}

type variables map[string]any

// call posts a document. Headers are given as names and values in turn.
func (c caller) call(query string, vars variables, headers ...string) answer {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(http.MethodPost, "", bytes.NewReader(body), headers...)
}

// must is call for a document that is answered without errors.
func (c caller) must(query string, vars variables, headers ...string) answer {
	c.t.Helper()
	a := c.call(query, vars, headers...)
	if a.status != http.StatusOK || a.at("errors") != nil {
		c.t.Fatalf("%s\n%v\nis answered with status %d: %s", query, vars, a.status, a)
	}
	return a
}

func (c caller) send(method, path string, body io.Reader, headers ...string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Daybook-Freshness", "on")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{t: c.t, status: response.StatusCode, header: response.Header}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(text) == 0 {
		return a
	}
	if err := json.Unmarshal(text, &a.body); err != nil {
		c.t.Fatalf("%q is not JSON: %v", text, err)
	}
	return a
}

// at returns the value under a path of names and indexes: `data.people.nodes.0.id`; nil
// where there is none.
func (a answer) at(path string) any {
	value := a.body
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// text is at for comparisons: strings as they are, all else as JSON.
func (a answer) text(path string) string {
	if s, ok := a.at(path).(string); ok {
		return s
	}
	text, err := json.Marshal(a.at(path))
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}

// want compares the values under paths.
func (a answer) want(values map[string]string) {
	a.t.Helper()
	for path, want := range values {
		if got := a.text(path); got != want {
			a.t.Errorf("%s is %s, want %s, in %s", path, got, want, a)
		}
	}
}

// has reports whether the response has an entry of the name.
func (a answer) has(name string) bool {
	entries, _ := a.body.(map[string]any)
	_, has := entries[name]
	return has
}

// refused wants one request error with the code: no data, a place in the document, and the path of the field and the place in
// its arguments as `["invoices"] filter.search`; for a variable, whose error has no path, as `$filter.search`.
func (a answer) refused(code, place string) {
	a.t.Helper()
	a.want(map[string]string{"errors.0.extensions.code": code, "errors.1": "null"})
	got := strings.TrimPrefix(a.text("errors.0.path")+" ", "null ") + a.text("errors.0.extensions.argument")
	if got != place || a.has("data") || a.at("errors.0.locations.0.line") == nil || a.status != http.StatusOK {
		a.t.Errorf("it is refused at %s, want %s, with status %d: %s", got, place, a.status, a)
	}
}

func (a answer) String() string {
	text, err := json.MarshalIndent(a.body, "", " ")
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}
