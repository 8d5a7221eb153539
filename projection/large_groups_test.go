package projection_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

var largeGroups = flag.Bool("large", false, "measure a customer with 20 000 documents and an account with 1 000 000 journal lines, which takes a minute to fill")

// What one key costs does not grow with its group: a refresh and an exact read of a customer with 20 000 documents, and of an account
// with 1 000 000 journal lines, read at most twice the pages of the database, and take at most twice the processor's time, of a
// customer or an account with ten.
func TestCostOfLargeGroups(t *testing.T) {
	if !*largeGroups {
		t.Skip("without -large: it takes a minute to fill")
	}
	ctx, pool := t.Context(), inhabited(t)
	engine := engineOn(pool)
	settle := func() {
		t.Helper()
		for _, p := range catalogue(ctx, t, pool) {
			for more := true; more; {
				stats, err := engine.Refresh(ctx, p.Name, 10*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				more = stats.More && p.Kind != "materialized_view"
				run(ctx, t, pool, "ANALYZE projection."+p.Name)
			}
		}
	}
	run(ctx, t, pool, `
		INSERT INTO canonical.people (organization_id, id, given_name, is_customer) OVERRIDING SYSTEM VALUE VALUES (1, 501, 'Walk-in', true), (1, 502, 'Regular', true);
		INSERT INTO canonical.accounts (organization_id, id, code, name, type) OVERRIDING SYSTEM VALUE VALUES (1, 5001, 'X1', 'Large', 'income'), (1, 5002, 'X2', 'Other', 'asset'), (1, 5003, 'X3', 'Small', 'income')`)
	// fill writes as a replica does, so that nothing is checked and audited row by row; read models are marked all the same.
	super := pgtest.Superuser(t, pool)
	fill := func(statements ...string) {
		t.Helper()
		if err := pgx.BeginFunc(ctx, super, func(tx pgx.Tx) error {
			for _, sql := range append([]string{"SET LOCAL session_replication_role = replica"}, statements...) {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("%s: %w", sql, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	documents := func(party, count int) {
		t.Helper()
		fill(fmt.Sprintf(`WITH d AS (INSERT INTO canonical.documents (organization_id, kind, state, number, number_value, approved_at, party_name, party_id, issued_on, due_on, currency, tax_rounding)
				SELECT 1, 'invoice', 'approved', 'L-%[1]d-' || n, %[1]d * 100000 + n, now(), 'Walk-in', %[1]d, '2026-05-01', '2026-06-01', 'AUD', 'line' FROM generate_series(1, %[2]d) AS n RETURNING id)
			INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT 1, id, 1, 'Item', 100 FROM d`, party, count),
			fmt.Sprintf(`SELECT canonical.keep_document_amounts(1, ARRAY(SELECT id FROM canonical.documents d WHERE organization_id = 1 AND party_id = %d
				AND NOT EXISTS (SELECT FROM canonical.document_amounts a WHERE (a.organization_id, a.document_id) = (1, d.id))))`, party),
			"DELETE FROM canonical.posting_queue")
	}
	// Each entry of a large account has a thousand lines of it: what is measured is the account.
	lines := func(account, entries, each int) {
		t.Helper()
		fill(fmt.Sprintf(`WITH entry AS (
				INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on)
				SELECT 1, n, 'JournalEntry', n, 'manual', '2026-01-01' FROM (SELECT nextval(pg_get_serial_sequence('canonical.journal_entries', 'id')) AS n FROM generate_series(1, %d)) i RETURNING id, posted_on)
			INSERT INTO canonical.journal_lines (organization_id, entry_id, line, account_id, posted_on, amount, currency, document_amount)
			SELECT 1, entry.id, side.line, side.account_id, entry.posted_on, side.amount, 'AUD', side.amount
			FROM entry, (SELECT n, %d, -100 FROM generate_series(1, %d) AS n UNION ALL SELECT %[3]d + 1, 5002, 100 * %[3]d) AS side (line, account_id, amount)`, entries, account, each))
	}
	documents(502, 10)
	lines(5003, 10, 1)
	documents(501, 20_000)
	for range 10 {
		lines(5001, 100, 1000)
	}
	settle()
	run(ctx, t, pool, "VACUUM ANALYZE")
	for _, c := range []struct {
		name, change, small, large string
		statements                 []string
	}{
		{
			"a customer", "UPDATE canonical.document_items SET unit_price = unit_price + 1 WHERE organization_id = 1 AND document_id = (SELECT max(id) FROM canonical.documents WHERE organization_id = 1 AND party_id = $1)", "502", "501",
			[]string{"SELECT * FROM source.people_summaries(1, ARRAY[$1::bigint])", "SELECT * FROM exact.party_amounts WHERE organization_id = 1 AND party_id = $1", refreshed("party_amounts"), refreshed("people_summaries"), refreshed("party_balances")},
		},
		{
			"an account", "", "5003", "5001",
			[]string{"SELECT * FROM exact.account_balances WHERE organization_id = 1 AND account_id = $1", refreshed("account_balances")},
		},
	} {
		for _, sql := range c.statements {
			measure := func(group string) (pages int, processor time.Duration) {
				change := func() {
					if c.change == "" {
						lines(map[string]int{"5001": 5001, "5003": 5003}[group], 1, 1)
					} else {
						run(ctx, t, pool, strings.ReplaceAll(c.change, "$1", group))
					}
				}
				pages = buffers(ctx, t, pool, strings.ReplaceAll(sql, "$1", group), change)
				processor = processorOf(ctx, t, pool, strings.ReplaceAll(sql, "$1", group), change)
				settle()
				return pages, processor
			}
			small, smallTime := measure(c.small)
			large, largeTime := measure(c.large)
			t.Logf("%s: %s: %d pages and %s for the large one, %d and %s for the small one", c.name, sql, large, largeTime, small, smallTime)
			if large > 2*small+4 || largeTime > 2*smallTime+time.Millisecond {
				t.Errorf("%s: %s costs more than twice as much", c.name, sql)
			}
		}
	}
}

// refreshed is a statement that refreshes a read model, and fails if there was nothing to absorb.
func refreshed(name string) string {
	return "SELECT 1 / least(marks, 1) FROM refresh." + name + "(1, 200)"
}

// processorOf is the processor's time that a statement takes at the server, a mean of twenty, each after a change.
func processorOf(ctx context.Context, t *testing.T, pool *pgxpool.Pool, sql string, change func()) (total time.Duration) {
	t.Helper()
	conn := connect(t, pool)
	pid := int(conn.PgConn().PID())
	own := func() time.Duration { return pgtest.ProcessorTime(t, pid) - pgtest.ProcessorTime(t) }
	for range 20 {
		change()
		begin := own()
		exec(ctx, t, conn, sql)
		total += own() - begin
	}
	return total / 20
}
