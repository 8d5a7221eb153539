package projection_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// exactly is pgtest.Exactly of a projection.
func exactly(ctx context.Context, tx pgx.Tx, p catalogued) (different []string, dirty int64, err error) {
	return pgtest.Exactly(ctx, tx, p.Name, p.Kind, p.Key)
}

// apart returns what exactly returns of reads that leave alone what is marked elsewhere: each reads the rows with one value of a
// column by which marks are told apart, which is the key or one of within. Of the column's values it takes a share, at random.
func apart(ctx context.Context, tx pgx.Tx, p catalogued, column string, share float64) (different []string, err error) {
	err = tx.QueryRow(ctx, fmt.Sprintf(`
		WITH told AS MATERIALIZED (
			SELECT o, v, pending.%[1]s(o, in_%[3]s => ARRAY[v]) AS behind, ARRAY(SELECT k1 FROM dirty.%[1]s(o, 100000, 1000000, in_%[3]s => ARRAY[v]) WHERE k1 IS NOT NULL) AS k
			FROM (SELECT organization_id, %[3]s FROM source.%[1]s UNION SELECT organization_id, %[3]s FROM projection.%[1]s) u (o, v) WHERE v IS NOT NULL AND random() < $1),
		exact AS MATERIALIZED (
			SELECT (r.*)::text AS image FROM told CROSS JOIN LATERAL (
				SELECT p.* FROM projection.%[1]s p WHERE p.organization_id = o AND p.%[3]s = v AND NOT (behind AND p.%[2]s = ANY (k))
				UNION ALL SELECT s.* FROM source.%[1]s s WHERE behind AND s.organization_id = o AND s.%[2]s = ANY (k) AND s.%[3]s = v) r),
		source AS MATERIALIZED (SELECT (s.*)::text AS image FROM source.%[1]s s JOIN told ON s.organization_id = o AND s.%[3]s = v)
		SELECT ARRAY((SELECT 'exact ' || image FROM (SELECT * FROM exact EXCEPT ALL SELECT * FROM source) x)
			UNION ALL (SELECT 'source ' || image FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM exact) x))`, p.Name, p.Key[1], column), share).Scan(&different)
	return different, err
}

// checkApart compares what such reads of a projection answer: all of them, or a few where writers run.
func (w *workload) checkApart(ctx context.Context, tx pgx.Tx, p catalogued) error {
	if p.Kind == "sum" || len(p.Key) != 2 {
		return nil
	}
	columns, share := append(p.Key[1:2:2], p.Within...), 1.0
	if !w.played {
		share = 0.3
		columns = columns[rand.IntN(len(columns)):][:rand.IntN(3)/2] // one, or none
	}
	for _, column := range columns {
		different, err := apart(ctx, tx, p, column, share)
		if err != nil {
			return fmt.Errorf("%s by %s: %w", p.Name, column, err)
		}
		w.checks.Add(1)
		if len(different) > 0 {
			w.failf("%s differs between exact reads by %s and the source view in one snapshot:\n%s", p.Name, column, strings.Join(different, "\n"))
		}
	}
	return nil
}

// readAsProduct compares what the product's reads answer in this snapshot, by page, by key
// and by a parent's key, with the source views.
func (w *workload) readAsProduct(ctx context.Context, tx pgx.Tx) error {
	for organization := range int64(2) {
		reader := &projection.Reader{DB: tx, OrganizationID: organization + 1, Mode: projection.Auto, Freshness: &projection.Freshness{}}
		want, err := sourceRows(ctx, tx, reader.OrganizationID)
		if err != nil {
			return err
		}
		page, err := documents.Page(ctx, reader, projection.PageQuery{First: new(1000), Order: "TOTAL", Count: true})
		if err != nil {
			return err
		}
		if len(want) <= 1000 && (page.Total != len(want) || !reflect.DeepEqual(page.Rows, want) && len(want) > 0) {
			w.failf("a page differs from the source view: %d rows, %d counted, not %d", len(page.Rows), page.Total, len(want))
		}
		for party := range int64(6) {
			of := slices.DeleteFunc(slices.Clone(want), func(d document) bool { return d.PartyID != party+1 })
			page, err := documents.Page(ctx, reader, projection.PageQuery{First: new(1000), Order: "TOTAL", Where: []projection.Condition{projection.Equal("party_id", party+1)}})
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(page.Rows, of) && len(of)+len(page.Rows) > 0 {
				w.failf("a page of party %d differs from the source view: %d rows, not %d", party+1, len(page.Rows), len(of))
			}
		}
		keys, customers := []int64{987654321}, map[int64]int{}
		for _, d := range want {
			keys = append(keys, d.DocumentID)
			customers[d.PartyID]++
		}
		byKey, err := documents.ByKey(ctx, reader, keys)
		if err != nil {
			return err
		}
		related, err := documents.Related(ctx, reader, "party_id", "document_id", []int64{1, 2, 3, 4, 5, 6})
		if err != nil {
			return err
		}
		if len(byKey) != len(want) {
			w.failf("by key %d rows are found, not %d", len(byKey), len(want))
		}
		for _, d := range want {
			if !reflect.DeepEqual(byKey[d.DocumentID], d) {
				w.failf("document %d by key: %+v, not %+v", d.DocumentID, byKey[d.DocumentID], d)
			}
			if d.PartyID <= 6 && len(related[d.PartyID]) != customers[d.PartyID] {
				w.failf("customer %d: %d documents, not %d", d.PartyID, len(related[d.PartyID]), customers[d.PartyID])
			}
		}
		for _, r := range reader.Freshness.Reports() {
			w.productReads.Add(1)
			if r.Read != "exact" {
				w.failf("read so: %+v", r)
			}
		}
	}
	return nil
}

// sourceRows are the source view's rows, as the page by total has them.
func sourceRows(ctx context.Context, tx pgx.Tx, organization int64) ([]document, error) {
	rows, err := tx.Query(ctx, "SELECT "+columns[document]()+" FROM source.document_summaries WHERE organization_id = $1 AND currency = 'AUD' ORDER BY total, document_id", organization)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[document])
}

// check compares all projections in one snapshot.
func (w *workload) check(ctx context.Context) {
	err := pgx.BeginTxFunc(ctx, w.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		// TRUNCATE shows at once in snapshots that are older than it. A statement of the
		// product locks its tables before it takes its snapshot; this transaction, whose
		// statements share an older one, must do so too.
		if _, err := tx.Exec(ctx, "LOCK TABLE canonical.addresses IN ACCESS SHARE MODE"); err != nil {
			return err
		}
		all, err := readCatalogue(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range all {
			different, dirty, err := exactly(ctx, tx, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
			w.checks.Add(1)
			if dirty > 0 {
				w.dirtyChecks.Add(1)
				w.dirtyKeys.Add(dirty)
			}
			if len(different) > 0 {
				w.failf("%s differs between exact reads and the source view in one snapshot:\n%s", p.Name, strings.Join(different, "\n"))
			}
			if err := w.checkApart(ctx, tx, p); err != nil {
				return err
			}
		}
		return w.readAsProduct(ctx, tx)
	})
	if err != nil && ctx.Err() == nil {
		w.failf("check: %v", err)
	}
}

// await returns when the server has ended the transactions whose connections were killed: until then they hold the locks of
// refreshes, and may still commit.
func (w *workload) await(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var open int
		err := w.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL`).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d transactions of killed connections do not end", open)
		}
	}
}

// rest drains all marks and compares the stored copies with the source views.
func (w *workload) rest(t *testing.T) {
	t.Helper()
	ctx, all := t.Context(), catalogue(t.Context(), t, w.pool)
	w.await(t)
	for _, p := range all {
		if p.Kind == "materialized_view" {
			exec(ctx, t, w.pool, "SELECT engine.refresh_view($1, true)", p.Name)
			continue
		}
		for organization := range 4 { // those of the world; 0 is what belongs to none
			for marks := int64(1); marks > 0; {
				if err := w.pool.QueryRow(ctx, fmt.Sprintf("SELECT marks FROM refresh.%s($1, 100)", p.Name), organization).Scan(&marks); err != nil {
					t.Fatalf("drain %s: %v", p.Name, err)
				}
			}
		}
	}
	for _, p := range all {
		var marks, different int64
		err := w.pool.QueryRow(ctx, fmt.Sprintf(`SELECT (SELECT count(*) FROM marks.%[1]s),
			(SELECT count(*) FROM (SELECT (p.*)::text FROM projection.%[1]s p EXCEPT ALL SELECT (s.*)::text FROM source.%[1]s s) x)
			+ (SELECT count(*) FROM (SELECT (s.*)::text FROM source.%[1]s s EXCEPT ALL SELECT (p.*)::text FROM projection.%[1]s p) x)`, p.Name)).Scan(&marks, &different)
		if err != nil {
			t.Fatalf("compare %s at rest: %v", p.Name, err)
		}
		if marks != 0 || different != 0 {
			w.failf("%s at rest: %d marks are left and %d rows differ", p.Name, marks, different)
		}
	}
}
