package httpserver

import (
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"

	"daybook/internal/requestid"
)

const (
	// compressFrom is the size in bytes from which an answer is compressed: a smaller one fits into one packet anyway.
	compressFrom = 1_400
	// preflightAge is how many seconds a browser keeps what it was told about another origin.
	preflightAge = 600
)

// published returns the handler that answers the schema in GraphQL's schema definition language. It is the same for
// everybody, and for as long as the process runs.
func published(schema string) http.Handler {
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
		_, _ = io.WriteString(w, schema) // the caller has gone where this fails
	}))
}

// endpoint returns the GraphQL handler with what browsers and networks ask of it: answers are compressed by gzip or zstd if
// the caller accepts that, but for streams, whose events are small, and pages of the configured origins may call it. They send
// a bearer token, never a cookie.
func endpoint(c Config) (http.Handler, error) {
	compressed, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.CompressionLevel(1), gzhttp.ExceptContentTypes([]string{"text/event-stream"}))
	if err != nil {
		return nil, fmt.Errorf("compress answers: %w", err)
	}
	handler := http.Handler(compressed(c.GraphQL))
	if len(c.CORSOrigins) == 0 {
		return handler, nil
	}
	return cors.New(cors.Options{
		AllowedOrigins: c.CORSOrigins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Daybook-Read", "Daybook-Freshness", "Daybook-Cost", "Daybook-After", requestid.Header},
		ExposedHeaders: []string{requestid.Header, "Retry-After", "WWW-Authenticate"},
		MaxAge:         preflightAge,
	}).Handler(handler), nil
}
