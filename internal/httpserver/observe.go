package httpserver

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"

	"daybook/internal/requestid"
)

// observe logs and measures every request. It wraps the mux directly, which records the matched pattern in the request.
func observe(next http.Handler, requests *requestMetrics, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.inFlight.Inc()
		defer requests.inFlight.Dec()
		m := httpsnoop.CaptureMetrics(next, w, r)
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		requests.duration.WithLabelValues(method(r), route, strconv.Itoa(m.Code)).Observe(m.Duration.Seconds())
		level := slog.LevelInfo
		if routine(r) {
			level = slog.LevelDebug
		}
		about := []any{"method", r.Method, "path", r.URL.Path, "status", m.Code, "bytes", m.Written,
			"duration", m.Duration.Round(10 * time.Microsecond), "request", requestid.From(r.Context())}
		if theirs := requestid.Client(r.Context()); theirs != "" {
			about = append(about, "client_request", theirs)
		}
		logger.Log(r.Context(), level, "answered", about...)
	})
}

// routine reports whether a request is one of many that are not worth a log line or a trace: probes, scrapes, files, and
// the polling of River's pages.
func routine(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return strings.HasPrefix(r.URL.Path, "/playground/") || strings.HasPrefix(r.URL.Path, riverPath+"/") && r.Method == http.MethodGet
}

// method is the method as a metric's label. Unknown methods, of which callers could invent any number, are "other".
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}
