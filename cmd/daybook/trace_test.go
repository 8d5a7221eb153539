package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"daybook/internal/pgtest"
)

// keptSpans exports spans into memory, and keeps them when it is shut down.
type keptSpans struct{ *tracetest.InMemoryExporter }

// Shutdown is part of sdk.SpanExporter.
func (keptSpans) Shutdown(context.Context) error { return nil }

// A trace leads from the approval of an invoice, by its name, through the statements of its transaction, to the refresh of
// the balance that it changes: the job links to the span that enqueued it. The request's log line has the trace's id.
func TestTraceOfARefresh(t *testing.T) {
	pgtest.Long(t)
	spans := keptSpans{tracetest.NewInMemoryExporter()}
	made, provider, propagator := newExporter, otel.GetTracerProvider(), otel.GetTextMapPropagator()
	newExporter = func(context.Context) (sdk.SpanExporter, error) { return spans, nil }
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://kept.in.memory.invalid")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50") // milliseconds
	t.Cleanup(func() {
		newExporter = made
		otel.SetTracerProvider(provider)
		otel.SetTextMapPropagator(propagator)
	})
	r := startDev(t, demoDir(t))
	data := r.query(t, `mutation NewCustomer { personCreate(input: {givenName: "Grace", isCustomer: true}) { record { id } } }`, nil)
	data = r.query(t, createInvoice, map[string]any{"customer": at(t, data, "personCreate.record.id")})
	r.query(t, `mutation Approve($id: ID!) { invoiceApprove(id: $id) { record { number } userErrors { message } } }`,
		map[string]any{"id": at(t, data, "invoiceCreate.record.id")})

	var request, enqueued, job, refresh tracetest.SpanStub
	find := func(list []tracetest.SpanStub, is func(tracetest.SpanStub) bool) (tracetest.SpanStub, bool) {
		i := slices.IndexFunc(list, is)
		if i < 0 {
			return tracetest.SpanStub{}, false
		}
		return list[i], true
	}
	// look follows the trace through the spans that are exported by now.
	look := func(list []tracetest.SpanStub) (found bool) {
		if request, found = find(list, func(s tracetest.SpanStub) bool { return s.Name == "mutation Approve" }); !found {
			return false
		}
		job, found = find(list, func(s tracetest.SpanStub) bool {
			return s.Name == "river.work/projection_refresh" && len(s.Links) == 1 && s.Links[0].SpanContext.TraceID() == request.SpanContext.TraceID()
		})
		if !found {
			return false
		}
		if enqueued, found = find(list, func(s tracetest.SpanStub) bool { return s.SpanContext.SpanID() == job.Links[0].SpanContext.SpanID() }); !found {
			return false
		}
		// The job's own run, or one that another job has begun since, which this one has joined.
		refresh, found = find(list, func(s tracetest.SpanStub) bool {
			return s.Name == "refresh party_balances" && !s.StartTime.Before(job.StartTime)
		})
		return found
	}
	found := false
	for end := time.Now().Add(30 * time.Second); !found && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		found = look(spans.GetSpans())
	}
	if !found {
		t.Fatalf("no trace leads from the approval to the refresh of party_balances:\n%s", names(spans.GetSpans()))
	}
	if got := request.SpanKind; got != trace.SpanKindServer {
		t.Errorf("the span of the request is a %v", got)
	}
	list := spans.GetSpans()
	statements := 0
	for _, s := range list {
		if s.SpanContext.TraceID() == request.SpanContext.TraceID() && s.SpanContext.SpanID() != request.SpanContext.SpanID() {
			statements++
		}
	}
	if statements < 3 {
		t.Errorf("the trace of the request has %d spans below it:\n%s", statements, names(list))
	}
	t.Logf("trace %s\n  %s (%v)\n    … %d spans of SQL\n    %s\n      ⇢ link ⇢ trace %s\n        %s (%v)\n          %s (%v)",
		request.SpanContext.TraceID(), request.Name, request.EndTime.Sub(request.StartTime).Round(time.Microsecond), statements, enqueued.Name,
		job.SpanContext.TraceID(), job.Name, job.EndTime.Sub(job.StartTime).Round(time.Microsecond), refresh.Name, refresh.EndTime.Sub(refresh.StartTime).Round(time.Microsecond))
	if log := r.log.String(); !strings.Contains(log, `operation="mutation Approve"`) || !strings.Contains(log, "trace="+request.SpanContext.TraceID().String()) {
		t.Errorf("the log has no line of the request with its operation and its trace:\n%s", log)
	}
	if _, err := r.stop(); err != nil {
		t.Error(err)
	}
}

// names lists spans with the beginnings of their traces.
func names(list []tracetest.SpanStub) string {
	var text strings.Builder
	for _, s := range list {
		fmt.Fprintf(&text, "%.8s %s\n", s.SpanContext.TraceID(), s.Name)
	}
	return text.String()
}
