package projection_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
)

// mutant is a plausible mistake in the protocol. A workload or an interleaving that does not find it
// would prove nothing about the protocol without it.
type mutant struct {
	name   string
	mutate func(ctx context.Context, t *testing.T, pool *pgxpool.Pool)
	// focus restricts the random workload to operations that the mutant gets wrong.
	focus []string
	// interleaving, if set, is played instead: an order of events that is too rare at random.
	interleaving func(ctx context.Context, t *testing.T, pool *pgxpool.Pool)
}

// rewrite replaces a pattern in the text of a function, which must match.
func rewrite(ctx context.Context, t *testing.T, pool *pgxpool.Pool, function, pattern, replacement string) {
	t.Helper()
	var before string
	if err := pool.QueryRow(ctx, "SELECT pg_get_functiondef(to_regproc($1))", function).Scan(&before); err != nil {
		t.Fatalf("read %s: %v", function, err)
	}
	after := regexp.MustCompile(pattern).ReplaceAllString(before, replacement)
	if after == before {
		t.Fatalf("the mutation of %s changes nothing: %s", function, before)
	}
	if _, err := pool.Exec(ctx, after); err != nil {
		t.Fatalf("mutate %s: %v\n%s", function, err, after)
	}
}

// markedOnce makes the own-key marks of documents unique, and has their triggers leave one that is there. (Triggers that
// update it instead are a mistake only together with a refresh that deletes marks by other than their places: see the
// interleavings.)
func markedOnce(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if _, err := pool.Exec(ctx, "CREATE UNIQUE INDEX ON marks.document_summaries (organization_id, document_id) WHERE grain = 'key'"); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"documents", "document_amounts"} {
		rewrite(ctx, t, pool, "marks.document_summaries_from_"+table, `(?s)(INSERT INTO marks\.document_summaries.*?)(;\s+marked := )`,
			"$1 ON CONFLICT (organization_id, document_id) WHERE grain = 'key' DO NOTHING$2")
	}
	rewrite(ctx, t, pool, storeDocuments, `(ORDER BY document_id, within_party_id\) e)`, "$1 ON CONFLICT DO NOTHING")
}

const storeDocuments = "refresh.document_summaries"

var mutants = []mutant{
	{name: "marks are inserted once", mutate: markedOnce, interleaving: markedAlready},
	{
		name: "refreshes do not lock",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, storeDocuments, `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;")
		},
		interleaving: overtakenRefresh,
	},
	{
		name: "the lock is taken inside the reading statement",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, storeDocuments, `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;")
			rewrite(ctx, t, pool, storeDocuments, `WITH taken AS MATERIALIZED \(\s+DELETE FROM marks\.document_summaries m WHERE (m\.ctid = ANY \(places\)) RETURNING m\.\*\s+\), dirty`,
				"WITH held AS MATERIALIZED (SELECT engine.lock('document_summaries', organization)), taken AS MATERIALIZED (DELETE FROM marks.document_summaries m USING held WHERE $1 RETURNING m.*), dirty")
		},
		interleaving: waitingRefresh,
	},
	{
		name: "a fold leaves out the keys that it deletes",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, storeDocuments, `f\.id < 0 AND `, "")
		},
		interleaving: backlog,
	},
	{
		name: "tracking joins another table",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, "marks.document_summaries_from_people", `INSERT INTO marks\.document_summaries \(grain, organization_id, party_id, within_party_id\)\s+SELECT DISTINCT 'party', v\.organization_id, v\.party_id, v\.within_party_id`,
				"INSERT INTO marks.document_summaries (grain, organization_id, document_id) SELECT DISTINCT 'key', j.organization_id, j.id")
			rewrite(ctx, t, pool, "marks.document_summaries_from_people", `(\) v \(organization_id, party_id, within_party_id\))`,
				"$1 JOIN canonical.documents j ON j.organization_id = v.organization_id AND j.party_id = v.party_id")
		},
		interleaving: joiningGroup,
	},
	{
		name: "a rebuild marks source keys only",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, "engine.slice", `\(SELECT %2\$s FROM projection\.%1\$I WHERE .*\n\s+UNION\n`, "")
		},
		interleaving: ghost,
	},
	{
		name: "activation comes before tracking",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, "engine.track", `PERFORM engine\.build_capture\(projection, relation\);`, "")
			rewrite(ctx, t, pool, "engine.activate", `PERFORM engine\.check\(projection\);`, "PERFORM engine.build_capture(t.projection, t.relation) FROM engine.tracks t WHERE t.projection = activate.projection;")
		},
		interleaving: openWriter,
	},
	{
		name: "marks name the group that a row moves to alone",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			for table, id := range map[string]string{"documents": "id", "document_amounts": "document_id"} {
				rewrite(ctx, t, pool, "marks.document_summaries_from_"+table, `(CROSS JOIN LATERAL \(VALUES )\(o\.organization_id, o\.`+id+`, o\.party_id\)`, "$1(o.organization_id, o."+id+", n.party_id)")
			}
		},
		interleaving: movedRow,
	},
	{
		name: "a read by key leaves out marks of groups",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			for _, function := range []string{"pending.document_items", "dirty.document_items"} {
				rewrite(ctx, t, pool, function, `m\.grain <> 'key' OR (m\.item_id = ANY \(in_item_id\))`, "$1")
			}
		},
		interleaving: movedStore,
	},
	{
		name: "marks of an item name the document that it moves to alone",
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			rewrite(ctx, t, pool, "marks.document_items_from_document_items", `(CROSS JOIN LATERAL \(VALUES )\(o\.organization_id, o\.id, o\.document_id\)`, "$1(o.organization_id, o.id, n.document_id)")
		},
		interleaving: movedItem,
	},
	{
		name:   "deltas of updates have no old row",
		mutate: mutatedSum("marks.charges_from_document_items", `(?s)(ELSIF TG_OP = 'UPDATE'.*?) UNION ALL SELECT organization_id, document_id, -1 AS row_count, -net AS net FROM \(.*?\) o\)`, "$1)"),
		focus:  []string{"document_items SET unit_price"},
	},
	{
		name:   "deltas of deleted rows have the wrong sign",
		mutate: mutatedSum("marks.charges_from_document_items", "-net AS net", "net AS net"),
		focus:  []string{"document_items"},
	},
	{
		name:         "folds do not lock",
		mutate:       mutatedSum("refresh.charges", `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;"),
		interleaving: overtakenFold,
	},
}

// mutatedSum makes the sum of charges and its reader, then a mistake in one of the sum's functions.
func mutatedSum(function, pattern, replacement string) func(context.Context, *testing.T, *pgxpool.Pool) {
	return func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
		t.Helper()
		run(ctx, t, pool, summed)
		rewrite(ctx, t, pool, function, pattern, replacement)
	}
}

// Every mutant is caught, and its interleaving finds nothing in the engine as it is.
func TestMutantsAreCaught(t *testing.T) {
	pgtest.Long(t)
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			w := &workload{pool: pgtest.Pool(t), seed: 7, writers: 6, refreshers: 6, duration: 30 * time.Second, focus: m.focus}
			m.mutate(t.Context(), t, w.pool)
			if m.interleaving == nil {
				w.run(t)
			} else {
				w.play(t, m.interleaving)
			}
			if len(w.found()) == 0 {
				t.Fatalf("not caught in %d commits and %d checks", w.commits.Load(), w.checks.Load())
			}
			t.Logf("caught after %d commits and %d checks: %.300s", w.commits.Load(), w.checks.Load(), w.found()[0])
		})
		if m.interleaving == nil {
			continue // the random workload without mutants is TestExactUnderRandomWorkload
		}
		t.Run("without: "+m.name, func(t *testing.T) {
			w := &workload{pool: pgtest.Pool(t)}
			run(t.Context(), t, w.pool, summed)
			w.play(t, m.interleaving)
			for _, d := range w.found() {
				t.Error(d)
			}
		})
	}
}
