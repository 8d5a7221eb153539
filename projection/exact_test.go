package projection_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

var (
	workloadSeed     = flag.Uint64("workload.seed", 0, "seed of the random workload; 0 takes 1, 2 and 3")
	workloadDuration = flag.Duration("workload.duration", 4*time.Second, "how long each seed of the random workload runs")
)

// What the package promises: in any snapshot exact reads equal the source views; at rest the
// stored copies do, and there are no marks.
func TestExactUnderRandomWorkload(t *testing.T) {
	pgtest.Long(t)
	seeds := []uint64{1, 2, 3}
	if *workloadSeed != 0 {
		seeds = []uint64{*workloadSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			w := &workload{pool: pgtest.Pool(t), seed: seed, writers: 5, refreshers: 4, duration: *workloadDuration}
			run(t.Context(), t, w.pool, summed)
			w.run(t)
			t.Logf("%d statements, %d commits, %d rollbacks, %d kills; %d refreshes absorbed %d marks and deltas; %d checks, %d of them while keys were dirty (%d dirty keys); %d read models read as the product does; %d differences",
				w.statements.Load(), w.commits.Load(), w.rollbacks.Load(), w.kills.Load(), w.refreshes.Load(), w.absorbed.Load(), w.checks.Load(), w.dirtyChecks.Load(), w.dirtyKeys.Load(), w.productReads.Load(), len(w.found()))
			for _, d := range w.found() {
				t.Error(d)
			}
			if w.dirtyChecks.Load() == 0 || w.commits.Load() == 0 {
				t.Error("nothing was dirty at any check, so nothing was shown")
			}
		})
	}
}
