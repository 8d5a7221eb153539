package jobs_test

import (
	"testing"
	"time"
)

// What operators ask for is done by a sweep, in order; what cannot be done says why.
func TestOperatorsAreObeyed(t *testing.T) {
	t.Parallel()
	f := start(t, 50*time.Millisecond)
	f.exec(`INSERT INTO canonical.users (id, name, email, is_operator) VALUES (1, 'Grace', 'grace@example.com', true)`)
	f.exec(`INSERT INTO engine.quarantine (projection, organization_id, key, error, failed_at) VALUES ('product_summaries', 1, '{7}', 'a test', now() - interval '1 second')`)
	f.exec(`INSERT INTO canonical.operator_actions (user_id, action, projection, reason) VALUES
		(1, 'pause', 'tax_rate_summaries', 'a test'), (1, 'retry', 'product_summaries', 'a test'), (1, 'verify', 'product_summaries', 'a test'),
		(1, 'rebuild', 'product_summaries', 'a test'), (1, 'pause', 'no_such', 'a test')`)
	f.work()
	f.eventually(20*time.Second, `SELECT count(*)::text FROM canonical.operator_actions WHERE done_at IS NOT NULL`, "5")
	f.eventually(time.Second, `SELECT paused::text FROM engine.projections WHERE name = 'tax_rate_summaries'`, "true")
	f.eventually(time.Second, `SELECT string_agg(failure, ',') FROM canonical.operator_actions`, `no projection is named "no_such"`)
	f.eventually(20*time.Second, `SELECT count(*)::text FROM engine.quarantine`, "0")
	f.eventually(20*time.Second, `SELECT coalesce(string_agg(DISTINCT kind, ',' ORDER BY kind), '') FROM river.river_job WHERE kind IN ('projection_verify', 'projection_rebuild') AND state = 'completed'`,
		"projection_rebuild,projection_verify")
	f.exec(`INSERT INTO canonical.operator_actions (user_id, action, projection, reason) VALUES (1, 'resume', 'tax_rate_summaries', 'the end')`)
	f.eventually(20*time.Second, `SELECT paused::text FROM engine.projections WHERE name = 'tax_rate_summaries'`, "false")
}
