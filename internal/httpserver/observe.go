package httpserver

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"

	"daybook/internal/requestid"
)

// checkTimeout bounds all checks of one /readyz together.
const checkTimeout = 2 * time.Second

// observe logs and measures every request. It wraps the mux directly: the pattern that matched is known from it.
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
		logger.Log(r.Context(), level, "answered", "method", r.Method, "path", r.URL.Path, "status", m.Code,
			"bytes", m.Written, "duration", m.Duration.Round(10*time.Microsecond), "request", requestid.From(r.Context()))
	})
}

// routine requests come by the thousand and say nothing: probes, scrapes, files and polling of pages.
func routine(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return strings.HasPrefix(r.URL.Path, "/playground/") || strings.HasPrefix(r.URL.Path, riverPath+"/") && r.Method == http.MethodGet
}

// method keeps what a caller may invent out of the metrics' labels.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// readiness answers {"CHECK": "ok" or "failing"}, 503 if one fails. Why it fails is for the log.
func readiness(checks []Check, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		status, answer := http.StatusOK, make(map[string]string, len(checks))
		for _, check := range checks {
			answer[check.Name] = "ok"
			if err := check.Func(ctx); err != nil {
				status, answer[check.Name] = http.StatusServiceUnavailable, "failing"
				logger.WarnContext(ctx, "not ready", "check", check.Name, "error", err)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	})
}
