package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"
	"github.com/riverqueue/rivercontrib/otelriver"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// traceFlush bounds how long a process waits for its last spans to be exported before it exits.
const traceFlush = 300 * time.Millisecond

// newExporter makes the exporter of spans; tests keep theirs in memory.
var newExporter = func(ctx context.Context) (trace.SpanExporter, error) { return otlptracehttp.New(ctx) }

// telemetry has the tracers for pools and workers. They are nil if traces are not exported, and cost nothing then.
type telemetry struct {
	queries pgx.QueryTracer
	jobs    []rivertype.Middleware
	stop    func()
}

// startTelemetry exports traces by OTLP if OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set. The
// exporter reads these and the other standard variables itself.
func startTelemetry(ctx context.Context) (*telemetry, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return &telemetry{stop: func() {}}, nil
	}
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("trace exporter: %w", err)
	}
	// The environment comes last, so that OTEL_SERVICE_NAME wins.
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "daybook")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("trace resource: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	return &telemetry{
		queries: otelpgx.NewTracer(),
		jobs:    []rivertype.Middleware{otelriver.NewMiddleware(&otelriver.MiddlewareConfig{EnableTracePropagation: true, EnableWorkSpanJobKindSuffix: true})},
		stop: func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceFlush)
			defer cancel()
			_ = provider.Shutdown(ctx) // spans that are not exported in time are lost, which is no reason to fail
		},
	}, nil
}
