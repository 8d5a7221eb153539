package resolvers_test

import (
	"slices"
	"testing"
)

// Whatever canonical table an answer is read from, its changes are announced: by the triggers that record or mark them, or by one of
// its own. The others follow from those in the same transaction, or no answer is read from them.
func TestEveryTableIsAnnounced(t *testing.T) {
	t.Parallel()
	silent := []string{
		"day_close_sales",                                                              // follows
		"drift_notices", "idempotency_keys", "notification_positions", "posting_queue", // are not read
	}
	found := serve(t).column(`SELECT relname FROM pg_class AS c WHERE relnamespace = 'canonical'::regnamespace AND relkind IN ('r', 'p')
		AND NOT EXISTS (SELECT FROM pg_trigger AS g JOIN pg_proc AS p ON p.oid = g.tgfoid WHERE g.tgrelid = c.oid AND p.prosrc LIKE '%daybook_changes%')
		ORDER BY 1`)
	slices.Sort(silent)
	if !slices.Equal(found, silent) {
		t.Errorf("silent are %q, want %q", found, silent)
	}
}
