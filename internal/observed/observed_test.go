package observed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"daybook/internal/observed"
)

func TestNote(t *testing.T) {
	t.Parallel()
	if _, found := observed.From(t.Context()); found {
		t.Error("a context without a note has an operation")
	}
	observed.Note(t.Context(), observed.Operation{Name: "Lost"}) // nobody reads it
	ctx := observed.With(t.Context())
	if _, found := observed.From(ctx); found {
		t.Error("an empty note has an operation")
	}
	observed.Note(ctx, observed.Operation{Name: "Invoices", Kind: "query"})
	if o, found := observed.From(ctx); !found || o.Title() != "query Invoices" {
		t.Errorf("%+v, %v", o, found)
	}
	if got := (observed.Operation{Kind: "mutation"}).Title(); got != "mutation" {
		t.Errorf("without a name: %q", got)
	}
}

// labels returns the labels of all series of a metric.
func labels(t *testing.T, c prometheus.Collector, metric string) map[string]int {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, f := range families {
		if f.GetName() != metric {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				found[l.GetName()+"="+l.GetValue()]++
			}
		}
	}
	return found
}

// However many names callers invent, the labels stay few; a refused request has none of its own.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	s := observed.NewStatistics()
	for i := range 1000 {
		s.Observe(observed.Operation{Name: fmt.Sprint("N", i), Kind: "query", Hash: fmt.Sprint(i)}, time.Millisecond)
	}
	s.Observe(observed.Operation{Name: "Refused", Code: "GRAPHQL_PARSE_FAILED"}, 0)
	s.Observe(observed.Operation{Kind: "query", Hash: "x", Code: "FORBIDDEN"}, 0)
	const total = "daybook_graphql_operations_total"
	got := labels(t, s, total)
	if len(got) > 220 || got["operation=other"] != 1 || got["operation=N0"] != 1 || got["operation=invalid"] != 1 ||
		got["operation=Refused"] != 0 || got["operation=anonymous"] != 1 || got["code=FORBIDDEN"] != 1 || got["kind=none"] != 1 {
		t.Errorf("%d labels: %v", len(got), got)
	}
}

func TestSlowest(t *testing.T) {
	t.Parallel()
	s := observed.NewStatistics()
	for i := range 600 { // more documents than are kept
		s.Observe(observed.Operation{Kind: "query", Hash: fmt.Sprint("d", i)}, time.Microsecond)
	}
	for _, took := range []time.Duration{30 * time.Millisecond, 10 * time.Millisecond} {
		s.Observe(observed.Operation{Name: "Slow", Kind: "query", Hash: "slow"}, took)
	}
	s.Observe(observed.Operation{Name: "Failed", Kind: "mutation", Hash: "failed", Code: "INTERNAL"}, 20*time.Millisecond)
	list := s.Slowest(2)
	if len(list) != 2 || list[0].Name != "Slow" || list[0].Count != 2 || list[0].Mean() != 20*time.Millisecond || list[0].Longest != 30*time.Millisecond || list[0].Failed != 0 {
		t.Fatalf("%+v", list)
	}
	if list[1].Name != "Failed" || list[1].Failed != 1 {
		t.Errorf("%+v", list[1])
	}
	if got := len(s.Slowest(10_000)); got > 500 {
		t.Errorf("%d documents are kept", got)
	}
}
