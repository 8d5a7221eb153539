// Package httpserver is the HTTP server: it serves the handlers of its Config under their paths, with request ids,
// limits, traces, logs, metrics and health checks around them.
//
//	/graphql     the API (Config.GraphQL)
//	/healthz     200 while the process lives
//	/readyz      200 while every check of the Config passes
//	/            the pages below, or one that names what is here
//
// On an address of its own, for who runs it:
//
//	/healthz     the same
//	/readyz      the same, with the reason of every check that fails
//	/metrics     Prometheus: Go, process, HTTP, pools, and the collectors of the Config
//
// Pages for people are beside the API in development, and beside the metrics otherwise (Config.PagesBesideMetrics):
//
//	/            the console (Config.Console), for operators only, or a page that links the others
//	/playground  GraphiQL (Config.Playground), with the API that it calls
//	/river/      River's own pages about jobs, for operators only (river.go)
//
// A server that is told to stop drains (drain.go). A request passes, from the outside in: its id, the limit of its body, a trace span, the log and the metrics.
package httpserver

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"daybook/internal/requestid"
)

// Limits of one connection. Responses are written at once; none is streamed.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	maxBodyBytes      = 1 << 20
)

// Config configures a server. Logger is required; the comments of the others say what their zero value means.
type Config struct {
	// GraphQL serves /graphql, Playground serves /playground and everything below it. Both are nil for a process that
	// serves only health checks and metrics.
	GraphQL, Playground http.Handler
	// PagesBesideMetrics serves pages for people at the address of the metrics, and not beside the API.
	PagesBesideMetrics bool
	// Schema is the text of GET /graphql/schema.graphql, which needs no token. Required with GraphQL.
	Schema string
	// CORSOrigins are the origins whose pages may call GraphQL from a browser, as https://app.example.com; none by default.
	CORSOrigins []string
	// Console is the page at / for operators, with what it posts to /console/; nil serves a list of what there is. It needs
	// River, beside which operators sign in.
	Console http.Handler
	// River is any client on River's tables, started or not; nil serves no /river/.
	River *river.Client[pgx.Tx]
	// Operator checks a token of a client that is no browser: it returns nil if it is an operator's, ErrUnknownToken,
	// ErrNotOperator, or another error if it cannot tell. It is called for every request to /river/. Required with River.
	Operator func(ctx context.Context, token string) error
	// Sessions are those of browsers. Required with River.
	Sessions Sessions
	// DevToken is filled into the login form of /river/ for callers on this machine; empty fills in nothing. It is for
	// development only.
	DevToken string
	// Drain is how long a server that was told to stop goes on, while /readyz answers 503 and whoever asks it sends requests
	// elsewhere. Requests that still run then have as long again to end, and a second at least. 0 stops at once.
	Drain time.Duration
	// StopStreams ends what lasts as long as its caller wants it, subscriptions, and returns when it has ended or its context
	// has. It is called when the drain is over; nil if there are none.
	StopStreams func(context.Context)
	// Hurry ends the drain when it is closed; nil never does.
	Hurry <-chan struct{}
	// Checks say whether /readyz is; their results are kept for CheckInterval. Without any, it is always ready.
	Checks []Check
	// Pools have metrics under their names; may be empty.
	Pools map[string]*pgxpool.Pool
	// Collectors are added to /metrics; may be empty.
	Collectors []prometheus.Collector
	Logger     *slog.Logger
}

// Server is the HTTP servers of a process, made by New.
type Server struct {
	main, admin *http.Server
	work        func(context.Context)
	draining    atomic.Bool
	drain       time.Duration
	hurry       <-chan struct{}
	stopStreams func(context.Context)
	logger      *slog.Logger
}

//go:embed static
var static embed.FS

var pages = template.Must(template.ParseFS(static, "static/*.html"))

// New makes a server, which does not listen yet.
func New(c Config) (*Server, error) {
	registry, requests, err := newMetrics(c)
	if err != nil {
		return nil, err
	}
	s := &Server{drain: c.Drain, hurry: c.Hurry, stopStreams: c.StopStreams, logger: c.Logger}
	ready := &readiness{checks: c.Checks, draining: &s.draining, logger: c.Logger}
	mux, admin := http.NewServeMux(), http.NewServeMux()
	people := mux
	if c.PagesBesideMetrics {
		people = admin
		mux.HandleFunc("GET /{$}", index(c, false))
	}
	if c.GraphQL != nil {
		api, err := endpoint(c)
		if err != nil {
			return nil, err
		}
		mux.Handle("/graphql", api)
		mux.Handle("GET /graphql/schema.graphql", published(c.Schema))
		if people != mux {
			people.Handle("/graphql", api)
		}
	}
	if s.work, err = mountPages(people, c); err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", ready.handler(false))
	s.main = s.server(mux, requests)
	admin.HandleFunc("GET /healthz", alive)
	admin.HandleFunc("GET /readyz", ready.handler(true))
	admin.Handle("GET /metrics", metricsHandler(registry))
	s.admin = s.server(admin, requests)
	return s, nil
}

// mountPages adds the pages for people to mux. work does their work in the background, until its context ends.
func mountPages(mux *http.ServeMux, c Config) (work func(context.Context), err error) {
	if c.Console == nil || c.River == nil {
		mux.HandleFunc("GET /{$}", index(c, true))
	}
	if c.Playground != nil {
		mux.Handle("/playground", c.Playground)
		mux.Handle("/playground/", c.Playground)
	}
	if c.River == nil {
		return func(context.Context) {}, nil
	}
	return mountRiver(mux, c)
}

// server returns an HTTP server of the mux with everything around it that a request passes.
func (s *Server) server(mux *http.ServeMux, requests *requestMetrics) *http.Server {
	// The mux writes the matched route into its request, so no handler between it and observe may copy the request.
	handler := observe(mux, requests, s.logger)
	handler = otelhttp.NewHandler(handler, "http", otelhttp.WithSpanNameFormatter(spanName), otelhttp.WithFilter(func(r *http.Request) bool { return !routine(r) }))
	handler = s.leave(requestid.Middleware(secure(http.MaxBytesHandler(handler, maxBodyBytes))))
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

func alive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// secure sets the security headers of every response. Pages add a Content-Security-Policy of their own.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY")
		if encrypted(r) {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// encrypted reports whether the caller uses TLS, which a proxy may end: it then says X-Forwarded-Proto: https. Browsers
// ignore what depends on it where a caller has forged that header, since they then use no TLS.
func encrypted(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// index is the page that names what is served beside it; pages says whether that are the pages for people too.
func index(c Config, pages bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
		write(w, r, c.Logger, http.StatusOK, "index.html", struct{ API, Playground, River bool }{c.GraphQL != nil, pages && c.Playground != nil, pages && c.River != nil})
	}
}

// write responds with a page.
func write(w http.ResponseWriter, r *http.Request, logger *slog.Logger, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, name, data); err != nil {
		logger.DebugContext(r.Context(), "page not written", "page", name, "error", err)
	}
}
