package projection_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// summed creates a sum of what is charged by document, and a projection of documents that reads it.
const summed = `
SELECT engine.create_sum('charges', 'Invoice', 'document_id', '{organization_id,document_id}', ARRAY[
	['canonical.document_items', 'SELECT organization_id, document_id, amount AS net FROM changed'],
	['canonical.payment_allocations', 'SELECT organization_id, document_id, -amount AS net FROM changed']]);
CREATE VIEW source.memos AS SELECT d.organization_id, d.id AS document_id, 'Invoice'::text AS canonical_type, d.id AS canonical_id, d.memo,
	COALESCE(c.row_count, 0) AS row_count, COALESCE(c.net, 0) AS net
FROM canonical.documents d LEFT JOIN exact.charges c ON c.organization_id = d.organization_id AND c.document_id = d.id;
SELECT engine.create_projection('memos', 'table', '{organization_id,document_id}');
SELECT engine.track('memos', 'canonical.documents', 'key', '{organization_id,id}');
SELECT engine.track('memos', 'canonical.document_items', 'key', '{organization_id,document_id}');
SELECT engine.track('memos', 'canonical.payment_allocations', 'key', '{organization_id,document_id}');
SELECT engine.activate('charges');
SELECT engine.activate('memos');`

// charge is a row of the sum.
type charge struct {
	DocumentID int64 `json:"document_id"`
	RowCount   int64 `json:"row_count"`
	Net        int64 `json:"net"`
}

var charges = projection.Define[charge](projection.Definition{Name: "charges", Key: []string{"document_id"}, Sum: true})

// run executes statements, any number of them.
func run(ctx context.Context, t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(ctx, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func withSums(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := inhabited(t)
	run(t.Context(), t, pool, summed)
	return pool
}

// wantExact compares the sum and its reader with their source views, in one snapshot.
func wantExact(ctx context.Context, t *testing.T, pool *pgxpool.Pool, when string) {
	t.Helper()
	err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		for _, p := range []catalogued{{"charges", "sum", []string{"organization_id", "document_id"}, nil}, {"memos", "table", []string{"organization_id", "document_id"}, nil}} {
			different, _, err := exactly(ctx, tx, p)
			if err != nil {
				return err
			}
			if len(different) > 0 {
				t.Errorf("%s: %s differs from its source view: %s", when, p.Name, strings.Join(different, "; "))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What changes a sum's rows shows at once, before and after the deltas are folded, and in what reads the sum.
func TestSumsAreExact(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), withSums(t)
	engine := engineOn(pool)
	for _, change := range []string{
		"UPDATE canonical.document_items SET unit_price = unit_price + 7 WHERE document_id = 3",
		"UPDATE canonical.document_items SET document_id = 4, line = line + 1000 WHERE organization_id = 1 AND document_id = 3",
		"INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) VALUES (1, 5, 900, 'Another', 11), (1, 5, 901, 'Another', -11)",
		"BEGIN; SAVEPOINT s; UPDATE canonical.document_items SET unit_price = 1 WHERE document_id = 6; ROLLBACK TO s; UPDATE canonical.document_items SET unit_price = 2 WHERE document_id = 7; COMMIT",
		"DELETE FROM canonical.document_items WHERE organization_id = 1 AND document_id = 8",
		"INSERT INTO canonical.payment_allocations (organization_id, payment_id, document_id, amount) SELECT 1, p.id, d.id, 5 FROM canonical.payments p JOIN canonical.documents d ON d.organization_id = p.organization_id AND d.party_id = p.party_id WHERE p.organization_id = 1 LIMIT 1",
		"TRUNCATE canonical.payment_allocations",
		"TRUNCATE canonical.document_items CASCADE",
	} {
		run(ctx, t, pool, change)
		wantExact(ctx, t, pool, change)
		for _, name := range []string{"memos", "charges"} {
			if _, err := engine.Refresh(ctx, name, time.Minute); err != nil {
				t.Fatal(err)
			}
			wantExact(ctx, t, pool, change+", "+name+" refreshed")
		}
	}
	var rows int
	if err := pool.QueryRow(ctx, "SELECT (SELECT count(*) FROM projection.charges) + (SELECT count(*) FROM marks.charges)").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("sums of no rows are kept: %d, %v", rows, err)
	}
}

// A sum is exact in mode auto however many deltas there are.
func TestSumsHaveNoBacklog(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), withSums(t)
	run(ctx, t, pool, "INSERT INTO canonical.document_items (organization_id, document_id, line, description, unit_price) SELECT 1, 1 + i % 12, 1000 + i, 'Item', 1 FROM generate_series(1, 100) i")
	run(ctx, t, pool, "INSERT INTO marks.charges (organization_id, document_id, row_count, net) SELECT 1, 1, v, v FROM generate_series(1, 6000), unnest(ARRAY[1, -1]) v")
	reader := &projection.Reader{DB: pool, OrganizationID: 1, Mode: projection.Auto, Freshness: &projection.Freshness{}}
	var got []charge
	query := projection.Where("SELECT document_id, row_count, net FROM rows WHERE document_id <= ? ORDER BY document_id", 2)
	if err := charges.Summarize(ctx, reader, nil, query, &got); err != nil {
		t.Fatal(err)
	}
	var want []charge
	rows, _ := pool.Query(ctx, "SELECT document_id, count(*), sum(amount)::bigint FROM canonical.document_items WHERE organization_id = 1 AND document_id <= 2 GROUP BY document_id ORDER BY document_id")
	want, err := pgx.CollectRows(rows, pgx.RowToStructByPos[charge])
	if err != nil || !slices.Equal(got, want) || len(want) != 2 {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
	if reports := reader.Freshness.Reports(); reports[0].Read != "exact" {
		t.Errorf("read so: %+v", reports)
	}
}

// Verifying finds what somebody broke, in the sum and in what was computed from it, and exact reads are right from then on.
func TestSumsAreVerified(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), withSums(t)
	engine := engineOn(pool)
	run(ctx, t, pool, "SELECT refresh.charges(o, 200), refresh.memos(o, 200) FROM generate_series(1, 2) o")
	run(ctx, t, pool, "ALTER TABLE canonical.document_items DISABLE TRIGGER USER; UPDATE canonical.document_items SET quantity = 4 WHERE organization_id = 2 AND document_id = 3; ALTER TABLE canonical.document_items ENABLE TRIGGER USER")
	var drifted []string
	for slice, err := engine.Verify(ctx, "charges", nil); slice.Next != nil || err != nil; slice, err = engine.Verify(ctx, "charges", slice.Next) {
		if err != nil {
			t.Fatal(err)
		}
		drifted = append(drifted, slice.Drifted...)
	}
	if !slices.Equal(drifted, []string{"2/3"}) {
		t.Errorf("found %v", drifted)
	}
	wantExact(ctx, t, pool, "verified")
	run(ctx, t, pool, "SET engine.writing = 'on'; UPDATE projection.charges SET net = net + 1; RESET engine.writing")
	if _, err := engine.Rebuild(ctx, "charges", nil); err != nil {
		t.Fatal(err)
	}
	wantExact(ctx, t, pool, "rebuilt")
}

// A sum that nothing reads is redefined while it answers; one that is read is refused.
func TestSumsAreRedefined(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), withSums(t)
	redefine := "SELECT engine.redefine_sum('charges', ARRAY[['canonical.document_items', 'SELECT organization_id, document_id, amount AS net, line::bigint AS lines FROM changed']])"
	if _, err := pool.Exec(ctx, redefine); err == nil || !strings.Contains(err.Error(), "charges is read by memos") {
		t.Errorf("redefined under what reads it: %v", err)
	}
	if _, err := pool.Exec(ctx, "SELECT engine.drop_projection('charges')"); err == nil {
		t.Error("dropped under what reads it")
	}
	run(ctx, t, pool, "SELECT engine.drop_projection('memos')")
	run(ctx, t, pool, redefine)
	run(ctx, t, pool, "SELECT engine.activate('charges__next')")
	settle(ctx, t, pool)
	run(ctx, t, pool, "UPDATE canonical.document_items SET unit_price = unit_price + 1")
	run(ctx, t, pool, "SELECT engine.check()")
	if _, err := engineOn(pool).Refresh(ctx, "charges", time.Minute); err != nil {
		t.Fatal(err)
	}
	var different, next int
	err := pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM (SELECT * FROM source.charges EXCEPT ALL SELECT * FROM projection.charges) d),
		(SELECT count(*) FROM pg_class WHERE relname LIKE 'charges%\_\_next%') + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'charges%\_\_next%')`).Scan(&different, &next)
	if err != nil || different != 0 || next != 0 {
		t.Errorf("after the switch %d rows differ and %d things of the next sum are left: %v", different, next, err)
	}
	run(ctx, t, pool, "SELECT engine.drop_projection('charges')")
}

// What would not add up, or would read more than the changed rows, is refused.
func TestSummandsAreChecked(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	for problem, definition := range map[string]string{
		"does not read FROM changed":      "SELECT organization_id, document_id, amount FROM canonical.document_items",
		"reads more than the changed row": "SELECT organization_id, document_id, (SELECT sum(amount)::bigint FROM canonical.payments) AS net FROM changed",
		"lacks a key column":              "SELECT organization_id, amount FROM changed",
		"has a measure that is not big":   "SELECT organization_id, document_id, quantity AS net FROM changed",
	} {
		t.Run(problem, func(t *testing.T) {
			_, err := pool.Exec(t.Context(), "SELECT engine.create_sum('wrong', 'Invoice', 'document_id', '{organization_id,document_id}', ARRAY[['canonical.document_items', $1]])", definition)
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("read before it is activated", func(t *testing.T) {
		early := strings.Replace(summed, "SELECT engine.activate('charges');", "", 1)
		if _, err := pool.Exec(t.Context(), early); err == nil || !strings.Contains(err.Error(), "memos is activated before a sum that it reads") {
			t.Errorf("got %v", err)
		}
	})
}
