package resolvers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// BenchmarkExactRequests compares exact with stored reads of 100 000 invoices, whole GraphQL
// requests in alternating rounds of one run, by the processor time of this process and of
// its database connections together. With nothing behind, exactness may cost a quarter more.
func BenchmarkExactRequests(b *testing.B) {
	s := serve(b)
	s.fill(100_000)
	for _, state := range []struct {
		name, prepare string
		limit         float64 // of the ratio of exact to stored; 0 only states it
	}{
		{"no marks", "", 1.25},
		{"after 100000 marks, analyzed and drained", "SELECT engine.mark_all('document_summaries')", 1.25},
		{"100 dirty keys", "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE document_id <= 100", 0},
		{"1000 dirty keys", "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE document_id <= 1000", 0},
	} {
		b.Run(state.name, func(b *testing.B) {
			if testing.Short() && state.prepare != "" {
				b.Skip("-short measures the quiet case only")
			}
			if state.prepare != "" {
				if _, err := s.pool.Exec(b.Context(), state.prepare); err != nil {
					b.Fatal(err)
				}
			}
			if strings.Contains(state.prepare, "mark_all") {
				if _, err := s.pool.Exec(b.Context(), "ANALYZE marks.document_summaries"); err != nil {
					b.Fatal(err)
				}
				s.refreshed()
			}
			s.compare(b, state.limit, "list", `{ invoices(orderBy: {field: TOTAL, direction: DESC}) { nodes { id number customerName state total { amount currency } due { amount } } } }`)
			s.compare(b, state.limit, "tree", `{ invoices(orderBy: {field: TOTAL, direction: DESC}) { nodes { id number customer { fullName } items { description gross { amount } } payments { paidOn amount { amount } } total { amount currency } } } }`)
			s.compare(b, state.limit, "key", `{ invoice(id: "Invoice:77777") { id number customerName total { amount currency } } }`)
		})
	}
}

// compare reports the ratio of exact to stored for one document, and fails above the limit.
func (s *service) compare(b *testing.B, limit float64, name, query string) {
	b.Helper()
	request := func(mode string) {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			b.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.token)
		r.Header.Set("Daybook-Read", mode)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors"`) || strings.Contains(w.Body.String(), "backlog") {
			b.Fatalf("%s: %d %s", mode, w.Code, w.Body)
		}
	}
	var used, elapsed [2]time.Duration
	const rounds, each = 20, 50
	for round := range rounds + 2 { // the first rounds prepare and warm up
		pids := pgtest.Backends(b, s.pool)
		for i, mode := range []string{"stored", "auto"} {
			before, start := pgtest.ProcessorTime(b, pids...), time.Now()
			for range each {
				request(mode)
			}
			if round >= 2 {
				elapsed[i] += time.Since(start)
				used[i] += pgtest.ProcessorTime(b, pids...) - before
			}
		}
	}
	ratio := float64(used[1]) / float64(used[0])
	b.Logf("%-4s stored %v, exact %v of CPU per request: %.2f times (elapsed %v and %v)", name,
		used[0]/(rounds*each), used[1]/(rounds*each), ratio, elapsed[0]/(rounds*each), elapsed[1]/(rounds*each))
	b.ReportMetric(ratio, name+"-ratio")
	if limit > 0 && ratio > limit {
		b.Errorf("%s: exact costs %.2f times stored, more than %.2f", name, ratio, limit)
	}
}
