package httpserver

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"daybook/internal/observed"
	"daybook/internal/requestid"
)

// observe logs and measures every request. It wraps the mux directly, which records the matched pattern in the request.
func observe(next http.Handler, requests *requestMetrics, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.inFlight.Inc()
		defer requests.inFlight.Dec()
		// The note is there before the mux sees the request, which must not be copied after that.
		*r = *r.WithContext(observed.With(r.Context()))
		m := httpsnoop.CaptureMetrics(next, w, r)
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		if stream := m.Code == http.StatusSwitchingProtocols || strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream"); !stream { // it lasts as long as its caller wants
			requests.duration.WithLabelValues(method(r), route, strconv.Itoa(m.Code)).Observe(m.Duration.Seconds())
		}
		level := slog.LevelInfo
		if routine(r) {
			level = slog.LevelDebug
		}
		about := []any{"method", r.Method, "path", r.URL.Path, "status", m.Code, "bytes", m.Written,
			"duration", m.Duration.Round(10 * time.Microsecond), "request", requestid.From(r.Context())}
		if theirs := requestid.Client(r.Context()); theirs != "" {
			about = append(about, "client_request", theirs)
		}
		if o, found := observed.From(r.Context()); found {
			about = append(about, "organization", o.Organization, "operation", o.Title(), "document", o.Hash)
			if o.Code != "" {
				about = append(about, "code", o.Code)
			}
			if o.Kind != "" {
				name(trace.SpanFromContext(r.Context()), o)
			}
		}
		if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
			about = append(about, "trace", span.TraceID().String())
		}
		logger.Log(r.Context(), level, "answered", about...)
	})
}

// name gives the span of a request what is known of its operation. Its name comes from spanName.
func name(span trace.Span, o observed.Operation) {
	span.SetAttributes(attribute.String("graphql.operation.type", o.Kind), attribute.String("graphql.operation.name", o.Name),
		attribute.String("graphql.document.hash", o.Hash), attribute.Int64("daybook.organization", o.Organization))
	if o.Code != "" {
		span.SetAttributes(attribute.String("graphql.error.code", o.Code))
	}
}

// spanName names the span of a request: by its operation where it is one, else by method and route. It is asked at the
// beginning, and again when the request is answered.
func spanName(_ string, r *http.Request) string {
	if o, found := observed.From(r.Context()); found && o.Kind != "" {
		return o.Title()
	}
	if r.Pattern == "" {
		return method(r)
	}
	if strings.Contains(r.Pattern, " ") {
		return r.Pattern // names the method already
	}
	return method(r) + " " + r.Pattern
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
