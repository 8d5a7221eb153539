package projection_test

import (
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// The random workload shows something of every projection: its operations write to every table
// that a projection is tracked on, and write marks of every grain. An operation that never
// changes anything is a mistake too.
func TestWorkloadCoversTheCatalogue(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	ctx, pool := t.Context(), inhabited(t)
	relations, grains, idle := map[string]bool{}, map[string]bool{}, map[string]error{}
	for _, row := range pairs(ctx, t, pool, "SELECT DISTINCT relation, '' FROM engine.tracks") {
		relations[row[0]] = true
	}
	for _, row := range pairs(ctx, t, pool, "SELECT DISTINCT projection, grain FROM engine.tracks") {
		grains[row[0]+" by "+row[1]] = true
	}
	for _, op := range operations {
		idle[op] = nil
	}
	r := rand.New(rand.NewPCG(21, 22))
	for round := 0; round < 100 && len(relations)+len(grains)+len(idle) > 0; round++ {
		for _, i := range r.Perm(len(operations)) {
			op := operations[i]
			err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
				if err := operate(ctx, tx, r, op); err != nil {
					return err
				}
				// Postings are made by deferred triggers.
				if _, err := tx.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
					return err
				}
				if len(relations) > 0 {
					changed := pairs(ctx, t, tx, "SELECT schemaname || '.' || relname, '' FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0")
					for _, row := range changed {
						delete(relations, row[0])
					}
				}
				var marked string
				if err := tx.QueryRow(ctx, "SELECT COALESCE(current_setting('engine.marked', true), '')").Scan(&marked); err != nil {
					return err
				}
				if marked != "" {
					delete(idle, op)
				}
				return nil
			})
			if _, ok := idle[op]; ok {
				idle[op] = err // some arguments meet a constraint; not all of them may
			}
		}
		for _, p := range catalogue(ctx, t, pool) {
			if p.Kind == "sum" {
				if len(pairs(ctx, t, pool, "SELECT 'delta', '' FROM marks."+p.Name+" LIMIT 1")) > 0 {
					delete(grains, p.Name+" by key")
				}
				continue
			}
			for _, row := range pairs(ctx, t, pool, "SELECT DISTINCT grain, '' FROM marks."+p.Name) {
				delete(grains, p.Name+" by "+row[0])
			}
		}
	}
	for relation := range relations {
		t.Errorf("no operation writes to %s", relation)
	}
	for grain := range grains {
		t.Errorf("no operation marks %s", grain)
	}
	for op, err := range idle {
		t.Errorf("an operation changes nothing (%v): %s", err, op)
	}
}
