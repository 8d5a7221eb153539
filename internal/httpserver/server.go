// Package httpserver is the HTTP server: it serves the handlers of its Config under their paths, with request ids,
// limits, traces, logs, metrics and health checks around them.
//
//	/            a page that links the others
//	/graphql     the API (Config.GraphQL)
//	/playground  GraphiQL (Config.Playground)
//	/river/      River's own pages about jobs, for operators only (river.go)
//	/healthz     200 while the process lives
//	/readyz      200 while every check of the Config passes
//
// On an address of its own, for who runs it:
//
//	/healthz     the same
//	/readyz      the same, with the reason of every check that fails
//	/metrics     Prometheus: Go, process, HTTP, pools, and the collectors of the Config
//
// A request passes, from the outside in: its id, the limit of its body, a trace span, the log and the metrics.
package httpserver

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"golang.org/x/sync/errgroup"

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

// grace is how long running requests may go on after the server was told to stop.
const grace = time.Second

// Config configures a server. Logger is required; the comments of the others say what their zero value means.
type Config struct {
	// GraphQL serves /graphql, Playground serves /playground and everything below it. Both are nil for a process that
	// serves only health checks and metrics.
	GraphQL, Playground http.Handler
	// CORSOrigins are the origins whose pages may call GraphQL from a browser, as https://app.example.com; none by default.
	CORSOrigins []string
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
	start       func(context.Context) error
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
	s := &Server{start: func(context.Context) error { return nil }, logger: c.Logger}
	ready := &readiness{checks: c.Checks, logger: c.Logger}
	mux := http.NewServeMux()
	if c.GraphQL != nil {
		api, err := endpoint(c)
		if err != nil {
			return nil, err
		}
		mux.Handle("/graphql", api)
		mux.Handle("/playground", c.Playground)
		mux.Handle("/playground/", c.Playground)
	}
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", ready.handler(false))
	mux.HandleFunc("GET /{$}", index(c))
	if c.River != nil {
		if s.start, err = mountRiver(mux, c); err != nil {
			return nil, err
		}
	}
	s.main = server(mux, requests, c.Logger)
	admin := http.NewServeMux()
	admin.HandleFunc("GET /healthz", alive)
	admin.HandleFunc("GET /readyz", ready.handler(true))
	admin.Handle("GET /metrics", metricsHandler(registry))
	s.admin = server(admin, requests, c.Logger)
	return s, nil
}

// server returns an HTTP server of the mux with everything around it that a request passes.
func server(mux *http.ServeMux, requests *requestMetrics, logger *slog.Logger) *http.Server {
	// The mux writes the matched route into its request, so no handler between it and observe may copy the request.
	handler := observe(mux, requests, logger)
	handler = otelhttp.NewHandler(handler, "http", otelhttp.WithFilter(func(r *http.Request) bool { return !routine(r) }))
	handler = requestid.Middleware(secure(http.MaxBytesHandler(handler, maxBodyBytes)))
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// Serve serves on main and on admin until ctx ends; either may be nil, and is not served then. At the end it accepts no
// more connections, lets running requests go on for up to a second, cuts off the rest, and returns nil. It closes the
// listeners. A Server serves once.
func (s *Server) Serve(ctx context.Context, main, admin net.Listener) error {
	// Running requests go on after ctx has ended, so their context does not end with it.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	group, ended := errgroup.WithContext(ctx)
	for _, served := range []struct {
		server *http.Server
		on     net.Listener
	}{{s.main, main}, {s.admin, admin}} {
		if served.on == nil {
			continue
		}
		served.server.BaseContext = func(net.Listener) context.Context { return base }
		defer served.on.Close() // where the start below fails
		group.Go(func() error {
			if err := served.server.Serve(served.on); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve HTTP: %w", err)
			}
			return nil
		})
		group.Go(func() error {
			<-ended.Done()
			s.stop(base, cancel, served.server)
			return nil
		})
	}
	if err := s.start(base); err != nil {
		group.Go(func() error { return fmt.Errorf("start the River UI: %w", err) })
	}
	return group.Wait()
}

// stop stops one of the servers, and ends its requests by cancel after the grace.
func (s *Server) stop(base context.Context, cancel func(), server *http.Server) {
	ending, stop := context.WithTimeout(base, grace)
	defer stop()
	if err := server.Shutdown(ending); err != nil {
		s.logger.Warn("requests were cut off", "after", grace)
		cancel()
		_ = server.Close()
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

func index(c Config) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
		write(w, r, c.Logger, http.StatusOK, "index.html", struct{ API, River bool }{c.GraphQL != nil, c.River != nil})
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
