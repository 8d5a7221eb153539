package audit_test

import (
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"daybook/internal/audit"
	"daybook/internal/pgtest"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	run(t, pgtest.Superuser(t, pool), `DELETE FROM audit.textless`, `SET session_replication_role = replica`,
		`WITH recorded AS (INSERT INTO audit.events (relation, row_id, action, snapshot, occurred_at) VALUES
			('people', '1', 'create', '{}', now() - interval '1 hour'), ('people', '2', 'create', '{}', now()), ('people', '3', 'create', '{}', now()) RETURNING id, row_id)
		INSERT INTO audit.textless SELECT id FROM recorded WHERE row_id <> '3'`)
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(audit.Metrics{DB: pool, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		got[family.GetName()] = family.GetMetric()[0].GetGauge().GetValue()
	}
	if lag := got["daybook_audit_text_lag_seconds"]; got["daybook_audit_events_without_text"] != 2 || lag < 3600 || lag > 3700 {
		t.Errorf("the metrics say %v", got)
	}
}
