package projection_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"daybook/internal/pgtest"
)

// The functions that exact reads call say what the views say: which keys are dirty, whether anything is behind, and the source
// rows of some keys, of which each column may be wanted alone.
func TestFunctionsOfReadsAreTheViews(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx := t.Context()
	w := &workload{pool: inhabited(t)}
	r := rand.New(rand.NewPCG(21, 22))
	for round := range 3 {
		if round > 0 {
			w.disturb(ctx, t, r)
		}
		tx := snapshot(ctx, t, w.pool)
		all, err := readCatalogue(ctx, tx)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Kind == "sum" {
				continue
			}
			var keys, arrays []string
			for i, k := range p.Key[1:] {
				keys = append(keys, fmt.Sprintf("k%d AS %s", i+1, k))
				arrays = append(arrays, fmt.Sprintf("(SELECT array_agg(%[2]s ORDER BY %[3]s) FROM source.%[1]s WHERE organization_id = 1)", p.Name, k, strings.Join(p.Key, ", ")))
			}
			key := strings.Join(p.Key[1:], ", ")
			same := func(what, left, right string) {
				t.Helper()
				var different int
				sql := fmt.Sprintf("WITH l AS (%s), r AS (%s) SELECT count(*) FROM ((SELECT * FROM l EXCEPT ALL SELECT * FROM r) UNION ALL (SELECT * FROM r EXCEPT ALL SELECT * FROM l)) d", left, right)
				if err := tx.QueryRow(ctx, sql).Scan(&different); err != nil {
					t.Fatalf("%s: %s: %v", p.Name, what, err)
				}
				if different > 0 {
					t.Errorf("round %d, %s: %d rows differ in %s", round, p.Name, different, what)
				}
			}
			same("dirty keys", fmt.Sprintf("SELECT %s FROM dirty.%s(1, 1000, 5000)", strings.Join(keys, ", "), p.Name),
				fmt.Sprintf("SELECT DISTINCT %s FROM dirty.%s WHERE organization_id = 1", key, p.Name))
			same("what is behind", fmt.Sprintf("SELECT pending.%s(1)", p.Name), fmt.Sprintf("SELECT EXISTS (SELECT FROM pending.%s WHERE organization_id = 1)", p.Name))
			var columns []string
			if err := tx.QueryRow(ctx, "SELECT engine.columns_of(('source.' || $1)::regclass)", p.Name).Scan(&columns); err != nil {
				t.Fatal(err)
			}
			for _, column := range append(columns, "*") {
				wanted := fmt.Sprintf(", ARRAY['%s']", column)
				if column == "*" {
					wanted = ""
				}
				row := fmt.Sprintf("SELECT %s, (SELECT (x.*)::text FROM (SELECT f.%s) x)", key, column)
				same(column, fmt.Sprintf("%s FROM source.%s(1, %s%s) f", row, p.Name, strings.Join(arrays, ", "), wanted),
					fmt.Sprintf("%s FROM source.%s f WHERE organization_id = 1", row, p.Name))
			}
		}
		if err := tx.Rollback(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
