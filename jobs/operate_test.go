package jobs_test

import (
	"strings"
	"testing"
	"time"

	"daybook/jobs"
)

// What operators ask for is done by a sweep, in order; what cannot be done says why, and is in nobody's way.
func TestOperatorsAreObeyed(t *testing.T) {
	t.Parallel()
	f := start(t, 50*time.Millisecond)
	f.exec(`INSERT INTO canonical.users (id, name, email, is_operator) VALUES (1, 'Grace', 'grace@example.com', true)`)
	f.exec(`INSERT INTO engine.quarantine (projection, organization_id, key, error, failed_at) VALUES ('product_summaries', 1, '{7}', 'a test', now() - interval '1 second')`)
	f.exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never'; END $$`)
	f.exec(`CREATE TRIGGER refuse BEFORE UPDATE OF paused ON engine.projections FOR EACH ROW WHEN (OLD.name = 'fx_rate_summaries') EXECUTE FUNCTION refuse()`)
	f.exec(`INSERT INTO canonical.operator_actions (user_id, action, projection, reason) SELECT 1, 'retry', name, kind FROM engine.projections WHERE kind <> 'table'`)
	f.exec(`INSERT INTO canonical.operator_actions (user_id, action, projection, reason) VALUES
		(1, 'pause', 'fx_rate_summaries', 'a test'), (1, 'pause', 'tax_rate_summaries', 'a test'), (1, 'retry', 'product_summaries', 'a test'), (1, 'verify', 'product_summaries', 'a test'),
		(1, 'rebuild', 'product_summaries', 'a test'), (1, 'pause', 'no_such', 'a test'),
		(1, 'pause', 'party_amounts', 'a test'), (1, 'rebuild', 'party_amounts', 'a test')`)
	f.work()
	f.eventually(20*time.Second, `SELECT count(*)::text FROM canonical.operator_actions WHERE done_at IS NULL`, "0")
	f.eventually(time.Second, `SELECT paused::text FROM engine.projections WHERE name = 'tax_rate_summaries'`, "true")
	f.eventually(time.Second, `SELECT string_agg(failure, ', ' ORDER BY id) FROM canonical.operator_actions`, `the log of the workers says why, no projection is named "no_such", projection party_amounts is paused: resume it first`)
	if _, err := f.client.Insert(t.Context(), jobs.RebuildArgs{Projection: "party_amounts"}, nil); err != nil {
		t.Fatal(err)
	}
	f.eventually(20*time.Second, `SELECT string_agg(state || coalesce(' after ' || errors::text, ''), '; ') FROM river.river_job WHERE kind = 'projection_rebuild' AND args ->> 'projection' = 'party_amounts'`, "scheduled")
	if log := f.log.String(); !strings.Contains(log, "cannot do what an operator has asked for") || !strings.Contains(log, "never") {
		t.Errorf("the log says %s", log)
	}
	f.eventually(20*time.Second, `SELECT count(*)::text FROM engine.quarantine`, "0")
	f.eventually(20*time.Second, `SELECT coalesce(string_agg(DISTINCT kind, ',' ORDER BY kind), '') FROM river.river_job WHERE kind IN ('projection_verify', 'projection_rebuild') AND state = 'completed'`,
		"projection_rebuild,projection_verify")
	f.exec(`INSERT INTO canonical.operator_actions (user_id, action, projection, reason) VALUES (1, 'resume', 'tax_rate_summaries', 'the end')`)
	f.eventually(20*time.Second, `SELECT paused::text FROM engine.projections WHERE name = 'tax_rate_summaries'`, "false")
}
