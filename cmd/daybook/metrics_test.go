package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// scrape returns what /metrics says at an address.
func scrape(t *testing.T, admin string) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Close = true
	w, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %d: %v: %s", w.StatusCode, err, text)
	}
	return string(text)
}

// metricNames returns the names of all series of a scrape.
func metricNames(scraped string) []string {
	var names []string
	for line := range strings.Lines(scraped) {
		if !strings.HasPrefix(line, "#") {
			names = append(names, strings.TrimSpace(line[:strings.IndexAny(line, "{ ")]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// metricsAreSound checks the metrics of a process that has answered and worked: they follow Prometheus's conventions, and
// each topic has its own.
func metricsAreSound(t *testing.T, r *running) {
	t.Helper()
	scraped := scrape(t, r.admin)
	problems, err := promlint.New(strings.NewReader(scraped)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, want := range []string{
		`daybook_build_info{go="go`, `daybook_reads_total{projection="document_summaries",read="source",reason="dirty"}`,
		`daybook_graphql_operations_total{code="OK",kind="mutation",operation="anonymous"}`,
		`daybook_graphql_operation_duration_seconds_count{kind="query",operation="anonymous"}`,
		`daybook_sql_duration_seconds_count{pool="loaders"}`, `daybook_jobs_worked_total{kind="projection_sweep",result="completed"}`,
		`daybook_jobs{`, `daybook_job_queue_lag_seconds{queue="refresh"}`, `daybook_workers_idle_seconds`,
		`daybook_projection_drift_rows{projection="document_summaries"}`, `daybook_horizon_transactions{`, `daybook_audit_events_without_text `,
	} {
		if !strings.Contains(scraped, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	deployedMetricsExist(t, scraped)
}
