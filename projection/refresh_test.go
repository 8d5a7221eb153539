package projection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// A mark of a group with more keys than a batch becomes marks of its keys, which are absorbed
// batch by batch, the first one at once.
func TestLargeGroup(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	exec(ctx, t, pool, "INSERT INTO canonical.documents (organization_id, party_id, issued_on, due_on, currency) SELECT 1, 2, '2026-05-01', '2026-06-01', 'AUD' FROM generate_series(1, 530)")
	e := engineOn(pool)
	if stats, err := e.Refresh(ctx, "document_summaries", time.Minute); err != nil || stats.Stored != 530 {
		t.Fatalf("%+v, %v", stats, err)
	}
	exec(ctx, t, pool, rename)
	// Two of the party's documents are approved, and keep its name.
	for i, want := range []string{"[1 200 200 198]", "[0 200 200 200]", "[0 132 132 132]", "[0 0 0 0]"} {
		t.Run(fmt.Sprintf("batch %d", i), func(t *testing.T) {
			var folded, marks, keys, stored int
			if err := pool.QueryRow(ctx, "SELECT folded, marks, keys, stored FROM refresh.document_summaries(1, 200)").Scan(&folded, &marks, &keys, &stored); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint([]int{folded, marks, keys, stored}); got != want {
				t.Errorf("folded, marks, keys, stored are %s, not %s", got, want)
			}
		})
	}
	w := &workload{pool: pool}
	if w.check(ctx); len(w.found()) > 0 {
		t.Error(w.found())
	}
}

// roster makes a materialized view of people, which rests for a minute between two refreshes.
const roster = `
CREATE VIEW source.roster AS SELECT organization_id, id AS person_id, 'Person'::text AS canonical_type, id AS canonical_id, full_name FROM canonical.people;
SELECT engine.create_projection('roster', 'materialized_view', '{organization_id,person_id}');
UPDATE engine.projections SET minimum_interval = '1 minute', refresh_started_at = clock_timestamp() WHERE name = 'roster';
SELECT engine.track('roster', 'canonical.people', 'key', '{organization_id,id}');
SELECT engine.activate('roster');`

func TestMaterializedViewRestsBetweenRefreshes(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	e := engineOn(pool)
	run(ctx, t, pool, roster)
	name := func() (name string) {
		if err := pool.QueryRow(ctx, "SELECT full_name FROM projection.roster WHERE organization_id = 1 AND person_id = 2").Scan(&name); err != nil {
			t.Error(err)
		}
		return name
	}
	exec(ctx, t, pool, rename)
	if stats, err := e.Refresh(ctx, "roster", time.Minute); err != nil || !stats.More || name() != "Person 2" {
		t.Errorf("too soon: %+v, %v, %s", stats, err, name())
	}
	exec(ctx, t, pool, "UPDATE engine.projections SET refresh_started_at = refresh_started_at - interval '1 minute'")
	if stats, err := e.Refresh(ctx, "roster", time.Minute); err != nil || stats.More || stats.Marks == 0 || name() != "Person 2 Renamed" {
		t.Errorf("in time: %+v, %v, %s", stats, err, name())
	}
	if stats, err := e.Refresh(ctx, "roster", time.Minute); err != nil || stats.More || stats.Marks != 0 {
		t.Errorf("nothing to do: %+v, %v", stats, err)
	}
	// A refresh beside another one does not wait for it.
	holder := begin(ctx, t, pool)
	exec(ctx, t, holder, "SELECT engine.lock('roster', 0)")
	if stats, err := e.Refresh(ctx, "roster", time.Minute); err != nil || !stats.More {
		t.Errorf("beside another one: %+v, %v", stats, err)
	}
}

// A refresh in a snapshot older than its lock would store outdated rows.
func TestRefreshNeedsReadCommitted(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	for _, level := range []pgx.TxIsoLevel{pgx.RepeatableRead, pgx.Serializable} {
		for _, sql := range []string{"SELECT refresh.document_summaries(1, 1)", "SELECT engine.refresh_view('notification_settings', true)", "SELECT engine.activate('document_summaries')"} {
			t.Run(fmt.Sprintf("%s in %s", sql, level), func(t *testing.T) {
				err := pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), sql)
					return err
				})
				if err == nil || !strings.Contains(err.Error(), "READ COMMITTED") {
					t.Error(err)
				}
			})
		}
	}
}

// All organizations that are marked have their turns, in order, from the one after the last: where marks are few, and where those of
// one organization are more than are looked at one by one.
func TestTurnsOfOrganizations(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), populated(t)
	for _, marks := range []int{1, 3000} {
		run(ctx, t, pool, fmt.Sprintf("INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 2, i FROM generate_series(1, %d) i", marks))
		run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) VALUES ('key', 1, 1), ('key', 3, 1)")
		for last, want := range []string{"1 of {1,2,3}", "2 of {1,2,3}", "3 of {1,2,3}", "1 of {1,2,3}"} {
			var got string
			tx := begin(ctx, t, pool)
			if err := tx.QueryRow(ctx, "SELECT organization || ' of ' || organizations::text FROM refresh.product_summaries(NULL, 1, $1)", last).Scan(&got); err != nil || got != want {
				t.Errorf("%d marks, after %d: %s, not %s; %v", marks, last, got, want, err)
			}
			if err := tx.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A mark of a document computes the record of the kind that the document has or had, also where another kind has its number now.
func TestMarksOfRecordsOfSeveralKinds(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	e := engineOn(pool)
	if _, err := e.Refresh(ctx, "search_documents", time.Minute); err != nil {
		t.Fatal(err)
	}
	var id int64
	if err := pool.QueryRow(ctx, "INSERT INTO canonical.documents (organization_id, kind, party_id, issued_on, due_on, currency) VALUES (1, 'bill', 2, '2026-05-01', '2026-06-01', 'AUD') RETURNING id").Scan(&id); err != nil {
		t.Fatal(err)
	}
	if stats, err := e.Refresh(ctx, "search_documents", time.Minute); err != nil || stats.Keys != 1 || stats.Stored != 1 {
		t.Errorf("a new bill: %+v, %v", stats, err)
	}
	tx := begin(ctx, t, pool)
	exec(ctx, t, tx, "DELETE FROM canonical.documents WHERE organization_id = 1 AND id = $1", id)
	exec(ctx, t, tx, "INSERT INTO canonical.documents (organization_id, id, kind, party_id, issued_on, due_on, currency) VALUES (1, $1, 'invoice', 1, '2026-05-01', '2026-06-01', 'AUD')", id)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if stats, err := e.Refresh(ctx, "search_documents", time.Minute); err != nil || stats.Keys != 2 || stats.Deleted != 1 || stats.Stored != 1 {
		t.Errorf("an invoice of the number that a bill had: %+v, %v", stats, err)
	}
	exec(ctx, t, pool, "DELETE FROM canonical.documents WHERE organization_id = 1 AND id = $1", id)
	if stats, err := e.Refresh(ctx, "search_documents", time.Minute); err != nil || stats.Keys != 1 || stats.Deleted != 1 {
		t.Errorf("a deleted document: %+v, %v", stats, err)
	}
	w := &workload{pool: pool}
	if w.check(ctx); len(w.found()) > 0 {
		t.Error(w.found())
	}
}
