package projection_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var everyOrder = flag.Bool("interleavings", false, "play every order of the interleavings, which takes minutes, instead of some")

// The scripts. A writer's change and its commit are two steps; so are a refresh and its commit.
var (
	resize    = script{"resizes room 1", []string{"BEGIN; UPDATE canonical.rooms SET size = size + 10 WHERE organization_id = $O AND id = 1", "COMMIT"}}
	resizeTwo = script{"resizes room 2", []string{"UPDATE canonical.rooms SET size = size + 100 WHERE organization_id = $O AND id = 2"}}
	call      = script{"renames house 1", []string{"BEGIN; UPDATE canonical.houses SET name = name || '!' WHERE organization_id = $O AND id = 1", "COMMIT"}}
	add       = script{"adds room 4", []string{"BEGIN; INSERT INTO canonical.rooms VALUES ($O, 4, 1, 'Room 4', 4)", "COMMIT"}}
	move      = script{"moves room 1", []string{"BEGIN; UPDATE canonical.rooms SET house_id = 2 WHERE organization_id = $O AND id = 1", "COMMIT"}}
	moveOld   = script{"moves room 1 by an old snapshot", []string{
		"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM canonical.rooms LIMIT 1", "UPDATE canonical.rooms SET house_id = 2, size = 1000 WHERE organization_id = $O AND id = 1", "COMMIT"}}
	giveUp = script{"removes room 2 and gives up", []string{
		"BEGIN; SAVEPOINT s; UPDATE canonical.rooms SET size = 7 WHERE organization_id = $O AND id = 2; ROLLBACK TO s; DELETE FROM canonical.rooms WHERE organization_id = $O AND id = 2", "ROLLBACK"}}
	giveUpPart = script{"resizes room 2, gives that up, and resizes it again", []string{
		"BEGIN; SAVEPOINT s; UPDATE canonical.rooms SET size = 7 WHERE organization_id = $O AND id = 2; ROLLBACK TO s; UPDATE canonical.rooms SET size = size + 1 WHERE organization_id = $O AND id = 2", "COMMIT"}}
	addNext         = script{"adds room 5 to house 2", []string{"INSERT INTO canonical.rooms VALUES ($O, 5, 2, 'Room 5', 5)"}}
	removeNext      = script{"removes room 3", []string{"DELETE FROM canonical.rooms WHERE organization_id = $O AND id = 3"}}
	remove          = script{"removes room 2", []string{"BEGIN; DELETE FROM canonical.rooms WHERE organization_id = $O AND id = 2", "COMMIT"}}
	refresh         = script{"refreshes rooms", []string{"BEGIN; SELECT refresh.room_cards($O, 2)", "COMMIT"}}
	refreshI        = script{"locks and refreshes rooms", []string{"BEGIN; SELECT engine.lock('room_cards', $O)", "SELECT refresh.room_cards($O, 2)", "COMMIT"}}
	refreshOne      = script{"refreshes one room", []string{"BEGIN; SELECT refresh.room_cards($O, 1)", "COMMIT"}}
	fold            = script{"folds sizes", []string{"BEGIN; SELECT refresh.house_sizes($O, 2)", "COMMIT"}}
	refreshAndWrite = script{"refreshes rooms and resizes room 2", []string{"BEGIN; SELECT refresh.room_cards($O, 2)", "UPDATE canonical.rooms SET size = size + 100 WHERE organization_id = $O AND id = 2", "COMMIT"}}
	houses          = script{"refreshes houses", []string{"BEGIN; SELECT refresh.house_cards($O, 2)", "COMMIT"}}
	reader          = script{"reads", []string{"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM canonical.rooms LIMIT 1", "SELECT interleaving.look($O)", "COMMIT"}}
	verify          = script{"verifies rooms", []string{"BEGIN; SELECT interleaving.verify('room_cards', $O)", "COMMIT"}}
	verifyIt        = script{"verifies sizes", []string{"BEGIN; SELECT interleaving.verify('house_sizes', $O)", "COMMIT"}}
	remark          = script{"rebuilds rooms", []string{"BEGIN; SELECT engine.mark_slice('room_cards', ARRAY[($O - 1)::text, '99'], 3)", "COMMIT"}}
)

// The scripts of worlds of their own.
var (
	refreshList = script{"refreshes the list", []string{"BEGIN; SELECT engine.refresh_view('house_list', false)", "COMMIT"}}
	redefine    = script{"redefines rooms", []string{
		"BEGIN; SELECT engine.redefine('room_cards', pg_get_viewdef('source.room_cards'::regclass))", "COMMIT",
		"SELECT engine.activate('room_cards__next')", "SELECT interleaving.drain_next()", "SELECT engine.switch('room_cards')"}}
)

// atOnce makes one step of a script.
func atOnce(s script) script { return script{s.name, []string{strings.Join(s.steps, "; ")}} }

// protocol lists the scenarios that the protocol survives in every order.
var protocol = []scenario{
	{name: "refreshes of a key and its group", scripts: []script{resize, atOnce(call), refresh, refresh, refresh}},
	{name: "refreshes that wait for the lock", scripts: []script{resize, atOnce(call), refreshI, refreshI}},
	{name: "refreshes that stop inside", scripts: []script{resize, atOnce(call), refresh, refresh}, points: []int{1, 3}},
	{name: "rows join and leave a group", scripts: []script{call, add, move, refresh}},
	{name: "old snapshots write and give up", scripts: []script{moveOld, giveUp, refresh, refresh}},
	{name: "folds of a sum", scripts: []script{resize, move, fold, fold}},
	{name: "folds that stop inside", scripts: []script{addNext, removeNext, fold, fold}, points: []int{2, 3}},
	{name: "a sum beside a savepoint", scripts: []script{resize, giveUpPart, fold, fold}},
	{name: "a projection of a sum", scripts: []script{resize, fold, houses, houses}},
	{name: "old snapshots read", scripts: []script{move, atOnce(fold), refresh, reader}},
	{name: "verifying and rebuilding", scripts: []script{resize, refresh, verify, remark}},
	{name: "the low water beside open writers", scripts: []script{resize, resizeTwo, atOnce(refresh), atOnce(refresh), atOnce(refresh), reader}},
	{name: "a writer that refreshes", scripts: []script{atOnce(call), resize, refreshAndWrite, atOnce(refresh)}, points: []int{4}},
	{name: "the low water of a sum", scripts: []script{resize, resizeTwo, atOnce(fold), atOnce(fold), reader}},
	{name: "verifying a sum", scripts: []script{resize, remove, fold, verifyIt}},
	{name: "refreshes of a materialized view", scripts: []script{call, atOnce(call), refreshList, refreshList}, points: []int{5, 6}, world: listed},
	{name: "old snapshots read a materialized view", scripts: []script{call, refreshList, refreshList, reader}, world: listed},
	{name: "a new definition", scripts: []script{resize, atOnce(call), redefine}, world: redefinable, slow: true},
}

// The protocol survives all orders of the steps of its sessions; without the flag, some orders chosen at random.
func TestInterleavings(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: many orders, each with many statements, take half a minute")
	}
	for _, s := range protocol {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, s)
			begin, ctx := time.Now(), t.Context()
			if !*everyOrder {
				orders := 12
				if s.slow {
					orders = 3
				}
				if order, err := st.sample(ctx, rand.New(rand.NewPCG(1, 1)), orders); err != nil {
					t.Fatal(st.describe(order, err))
				}
				return
			}
			played, order, err := st.explore(ctx)
			if err != nil {
				t.Fatal(st.describe(order, err))
			}
			t.Logf("%d orders in %.0f s", played, time.Since(begin).Seconds())
		})
	}
}

// mistaken lists mistakes in the protocol, each with a scenario in which it shows in one order at least.
var mistaken = []struct {
	scenario
	mutate func(ctx context.Context, t *testing.T, pool *pgxpool.Pool)
}{
	{
		scenario: scenario{name: "refreshes do not lock", scripts: []script{resize, atOnce(call), refresh, refresh}, points: []int{3}},
		mutate:   mutated("refresh.room_cards", `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;"),
	},
	{
		scenario: scenario{name: "the lock is taken inside the reading statement", scripts: []script{resize, atOnce(call), refreshI, refresh}},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			rewrite(ctx, t, pool, "refresh.room_cards", `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;")
			rewrite(ctx, t, pool, "refresh.room_cards", `WITH taken AS MATERIALIZED \(\s+DELETE FROM marks\.room_cards m WHERE (m\.ctid = ANY \(places\)) RETURNING m\.\*\s+\), dirty`,
				"WITH held AS MATERIALIZED (SELECT engine.lock('room_cards', organization)), taken AS MATERIALIZED (DELETE FROM marks.room_cards m USING held WHERE $1 RETURNING m.*), dirty")
		},
	},
	{
		scenario: scenario{name: "marks are deleted that the snapshot did not see", scripts: []script{resize, resizeTwo, refresh}, points: []int{4}},
		mutate:   mutated("refresh.room_cards", `(PERFORM set_config\('engine\.writing', '', true\);)`, "DELETE FROM marks.room_cards m WHERE m.organization_id = organization; $1"),
	},
	{
		scenario: scenario{name: "marks are inserted once", scripts: []script{resize, resize, refresh, refresh}},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			run(ctx, t, pool, "CREATE UNIQUE INDEX once ON marks.room_cards (organization_id, room_id) WHERE grain = 'key'")
			rewrite(ctx, t, pool, "marks.room_cards_from_rooms", `(?s)(INSERT INTO marks\.room_cards.*?)(;\s+marked := )`, "$1 ON CONFLICT DO NOTHING $2")
		},
	},
	{
		// A refresh that waits for the writer deletes the mark that it has updated, having computed by a snapshot from before. By its
		// place it would not find it.
		scenario: scenario{name: "marks are updated where there are some, and deleted by number", scripts: []script{atOnce(resize), resize, refresh}},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			run(ctx, t, pool, "CREATE UNIQUE INDEX once ON marks.room_cards (organization_id, room_id) WHERE grain = 'key'")
			rewrite(ctx, t, pool, "marks.room_cards_from_rooms", `(?s)(INSERT INTO marks\.room_cards.*?)(;\s+marked := )`,
				"$1 ON CONFLICT (organization_id, room_id) WHERE grain = 'key' DO UPDATE SET marked_at = clock_timestamp() $2")
			rewrite(ctx, t, pool, "refresh.room_cards", `DELETE FROM marks\.room_cards m WHERE (m\.ctid = ANY \(places\)) RETURNING m\.\*\s+\), dirty`,
				"DELETE FROM marks.room_cards m USING (SELECT m.id FROM marks.room_cards m WHERE $1) chosen WHERE m.id = chosen.id RETURNING m.*), dirty")
		},
	},
	{
		scenario: scenario{name: "tracking joins another table", scripts: []script{call, add, refresh}},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			rewrite(ctx, t, pool, "marks.room_cards_from_houses", `INSERT INTO marks\.room_cards \(grain, organization_id, house_id, within_house_id\)\s+SELECT DISTINCT 'house', v\.organization_id, v\.house_id, v\.within_house_id`,
				"INSERT INTO marks.room_cards (grain, organization_id, room_id) SELECT DISTINCT 'key', j.organization_id, j.id")
			rewrite(ctx, t, pool, "marks.room_cards_from_houses", `(\) v \(organization_id, house_id, within_house_id\))`,
				"$1 JOIN canonical.rooms j ON j.organization_id = v.organization_id AND j.house_id = v.house_id")
		},
	},
	{
		scenario: scenario{name: "marks name the group that a row moves to alone", scripts: []script{move, refresh}},
		mutate:   mutated("marks.room_cards_from_rooms", `(CROSS JOIN LATERAL \(VALUES )\(o\.organization_id, o\.id, o\.house_id\)`, "$1(o.organization_id, o.id, n.house_id)"),
	},
	{
		scenario: scenario{name: "a verification takes dirty keys for drift", scripts: []script{resize, refresh, verify}},
		mutate:   mutated("engine.verify_slice", `AND NOT EXISTS \(SELECT FROM dirty\.%2\$I d WHERE %7\$s\)`, ""),
	},
	{
		scenario: scenario{name: "folds do not lock", scripts: []script{addNext, removeNext, fold, fold}, points: []int{3}},
		mutate:   mutated("refresh.house_sizes", `busy := NOT engine\.try_lock\([^)]*\);`, "busy := false;"),
	},
	{
		scenario: scenario{name: "the low water is the current transaction", scripts: []script{resize, resizeTwo, atOnce(refresh), atOnce(refresh)}},
		mutate:   mutated("engine.raise_low_water", `pg_snapshot_xmax\(s\)`, "pg_current_xact_id()"),
	},
	{
		scenario: scenario{name: "the low water is the end of the snapshot", scripts: []script{resize, resizeTwo, atOnce(refresh), atOnce(refresh)}},
		mutate:   mutated("engine.raise_low_water", `UNION SELECT pg_snapshot_xip\(open\) FROM snapshot`, ""),
	},
	{
		scenario: scenario{name: "transactions that the low water leaves behind are forgotten", scripts: []script{resize, resizeTwo, atOnce(refresh), atOnce(refresh)}},
		mutate:   mutated("engine.raise_low_water", `CASE WHEN g\.next IS NOT NULL THEN f\.first END, g\.xid,`, "NULL, NULL,"),
	},
	{
		scenario: scenario{name: "the calling transaction counts as ended", scripts: []script{atOnce(call), resize, refreshAndWrite, atOnce(refresh)}, points: []int{4}},
		mutate:   mutated("engine.raise_low_water", `UNION SELECT LEAST\(pg_current_xact_id\(\), xmax\) FROM snapshot`, ""),
	},
	{
		scenario: scenario{name: "the low water passes over what is left", scripts: []script{resize, atOnce(call), atOnce(refreshOne), atOnce(refreshOne)}},
		mutate:   mutated("engine.raise_low_water", `UNION SELECT xid FROM left_over`, ""),
	},
	{
		scenario: scenario{name: "a refresh of a materialized view deletes marks that it did not see", scripts: []script{call, atOnce(call), refreshList}, points: []int{6}, world: listed},
		mutate:   mutated("engine.refresh_view", `WHERE xid >= \$2 AND id = ANY \(\$1\)`, "WHERE true OR $$1 IS NULL OR $$2 IS NULL"),
	},
	{
		scenario: scenario{name: "a new definition forgets what is dirty", scripts: []script{resize, redefine}, world: redefinable},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			rewrite(ctx, t, pool, "engine.switch", `BETWEEN 1 AND 200`, "< 0")
			rewrite(ctx, t, pool, "engine.switch", `RETURN false;`, "EXECUTE format('DELETE FROM marks.%I', next);")
		},
	},
	{
		scenario: scenario{name: "deltas of updates have no old row", scripts: []script{resize, fold}},
		mutate:   mutated("marks.house_sizes_from_rooms", `(?s)(ELSIF TG_OP = 'UPDATE'.*?) UNION ALL SELECT organization_id, house_id, -1 AS row_count, -size AS size FROM \(.*?\) o\)`, "$1)"),
	},
	{
		scenario: scenario{name: "deltas of deleted rows have the wrong sign", scripts: []script{remove, fold}},
		mutate:   mutated("marks.house_sizes_from_rooms", `-size AS size`, "size AS size"),
	},
	{
		// A statement takes for the old size what the transaction has set last, which a sequence keeps over the rollback of a savepoint.
		scenario: scenario{name: "deltas survive the rollback of their savepoint", scripts: []script{giveUpPart, fold}},
		mutate: func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
			t.Helper()
			run(ctx, t, pool, "CREATE SEQUENCE interleaving.last")
			rewrite(ctx, t, pool, "marks.house_sizes_from_rooms", `(?s)(ELSIF TG_OP = 'UPDATE'.*?-1 AS row_count, )-size AS size( FROM \(.*?\) o\)[^;]*;)`,
				`${1}-CASE last_value / 1000000 WHEN pg_current_xact_id()::text::bigint THEN last_value % 1000000 ELSE size END AS size${2}
				PERFORM setval('interleaving.last', pg_current_xact_id()::text::bigint * 1000000 + (SELECT max(size) FROM new_rows));`)
			rewrite(ctx, t, pool, "marks.house_sizes_from_rooms", `(?s)(ELSIF TG_OP = 'UPDATE'.*?-1 AS row_count, -CASE.*?\) o)\)`, "${1}, interleaving.last)")
		},
	},
}

// mutated makes a mistake in one function.
func mutated(function, pattern, replacement string) func(context.Context, *testing.T, *pgxpool.Pool) {
	return func(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
		t.Helper()
		rewrite(ctx, t, pool, function, pattern, replacement)
	}
}

// functions returns the engine's functions, as SQL that makes them.
func functions(ctx context.Context, t *testing.T, pool *pgxpool.Pool) (list []string) {
	t.Helper()
	rows, err := pool.Query(ctx, "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN ('engine'::regnamespace, 'refresh'::regnamespace, 'marks'::regnamespace)")
	if err != nil {
		t.Fatal(err)
	}
	if list, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		t.Fatal(err)
	}
	return list
}

// restore takes a mistake back: it makes those functions again that are others now, drops the index that one mistake has, and
// forgets the low water that others have raised.
func restore(ctx context.Context, t *testing.T, pool *pgxpool.Pool, sound []string) {
	t.Helper()
	now := functions(ctx, t, pool)
	for _, function := range sound {
		if !slices.Contains(now, function) {
			run(ctx, t, pool, function)
		}
	}
	run(ctx, t, pool, "DROP INDEX IF EXISTS marks.once")
	run(ctx, t, pool, "UPDATE engine.low_water SET xid = '0', open_from = NULL, open_to = NULL")
}

// Every mistake shows in one order at least, which the protocol survives.
func TestInterleavingsOfMistakes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: many orders, each with many statements, take half a minute")
	}
	for _, s := range mistaken {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			st, ctx := newStage(t, s.scenario), t.Context()
			if err := st.seed(ctx); err != nil { // by the protocol without the mistake
				t.Fatal(err)
			}
			sound := functions(ctx, t, st.pool)
			s.mutate(ctx, t, st.pool)
			// All orders again, while none shows it: what the low water leaves behind depends on transactions of other tests too.
			found := difference{}
			played, order, err := st.explore(ctx)
			for end := time.Now().Add(time.Minute); err == nil && time.Now().Before(end); {
				played, order, err = st.explore(ctx)
			}
			if !errors.As(err, &found) {
				t.Fatalf("%d orders do not show it; the last: %s", played, st.describe(order, err))
			}
			t.Logf("shows in order %d: %s", played, st.describe(order, err))
			restore(ctx, t, st.pool, sound)
			if err := st.repeat(ctx, order); err != nil && !errors.Is(err, errDiverged) {
				t.Errorf("the protocol does not survive it: %s", st.describe(order, err))
			}
		})
	}
}
