package projection_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

// buffers is how many pages a statement reads, when it is run for the third time on a connection, each time after the changes.
func buffers(ctx context.Context, t *testing.T, pool *pgxpool.Pool, sql string, before ...func()) int {
	t.Helper()
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	conn := connect(t, pool)
	for range 3 {
		for _, change := range before {
			change()
		}
		var text []byte
		if err := conn.QueryRow(ctx, "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) "+sql).Scan(&text); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if err := json.Unmarshal(text, &plans); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close(ctx)
	return plans[0].Plan.Hit + plans[0].Plan.Read
}

// What one key costs, a refresh or an exact read, does not grow with the documents of a party or the lines of an account.
func TestCostFollowsTheChange(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	run(ctx, t, pool, `
		WITH d AS (INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency) SELECT 1, 1, '2026-05-01', '2026-06-01', 'AUD' FROM generate_series(1, 3000) RETURNING id)
		INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT 1, id, 1, 'Item', 100 FROM d`)
	engine := engineOn(pool)
	for _, name := range []string{"party_amounts", "invoiced_months", "people_summaries", "party_balances", "monthly_invoicing", "account_balances"} {
		if _, err := engine.Refresh(ctx, name, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	run(ctx, t, pool, "VACUUM ANALYZE")
	for name, sql := range map[string]string{
		"a person":            "SELECT * FROM source.people_summaries(1, ARRAY[$1::bigint])",
		"a party's balances":  "SELECT * FROM source.party_balances WHERE organization_id = 1 AND party_id = $1",
		"a month's invoicing": "SELECT * FROM source.monthly_invoicing WHERE organization_id = 1 AND party_id = $1 AND month = '2026-05-01' AND currency = 'AUD'",
		"the sums of a party": "SELECT * FROM exact.party_amounts WHERE organization_id = 1 AND party_id = $1",
	} {
		t.Run(name, func(t *testing.T) {
			large, small := buffers(ctx, t, pool, strings.ReplaceAll(sql, "$1", "1")), buffers(ctx, t, pool, strings.ReplaceAll(sql, "$1", "2"))
			t.Logf("%d pages with 3 000 documents, %d with 2", large, small)
			if large > 2*small+4 {
				t.Errorf("%d pages with 3 000 documents, %d with 2", large, small)
			}
		})
	}
}
