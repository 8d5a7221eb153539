package projection_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/pgtest"
	"daybook/projection"
)

var standbyDrains = flag.Int("standby.drains", 3, "how many times 20 000 marks are drained beside readers of a standby")

// Draining large backlogs, and vacuuming behind them, cancels no reader of a standby, where reads are exact as well.
func TestDrainsBesideStandby(t *testing.T) {
	pgtest.Long(t)
	ctx, pool := t.Context(), populated(t)
	standby := pgtest.Standby(t, pool, map[string]string{"hot_standby_feedback": "on", "wal_receiver_status_interval": "1s", "max_standby_streaming_delay": "1s"})
	reading, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	var reads, cancelled atomic.Int64
	note := func(err error) {
		var failure *pgconn.PgError
		switch {
		case err == nil:
			reads.Add(1)
		case errors.As(err, &failure) && strings.Contains(failure.Detail, "buffer pin"): // no lock and no snapshot: a busy machine replays a second late
			t.Log(failure.Message, failure.Detail)
		case errors.As(err, &failure) && failure.Code == "40001": // a conflict with the recovery
			cancelled.Add(1)
			t.Log(failure.Message, failure.Detail)
		case reading.Err() == nil:
			t.Error(err)
		}
	}
	for range 2 {
		wg.Go(func() {
			for ; reading.Err() == nil; time.Sleep(5 * time.Millisecond) {
				_, err := products.Page(reading, &projection.Reader{DB: standby, OrganizationID: 1, Mode: projection.Exact}, projection.PageQuery{First: new(50)})
				note(err)
			}
		})
	}
	wg.Go(func() { // a long read
		for reading.Err() == nil {
			note(pgx.BeginTxFunc(reading, standby, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
				for _, sql := range []string{"SELECT count(*) FROM pending.product_summaries", "SELECT pg_sleep(1.5)", "SELECT count(*) FROM pending.product_summaries"} {
					if _, err := tx.Exec(reading, sql); err != nil {
						return err
					}
				}
				return nil
			}))
		}
	})
	engine := engineOn(pool)
	for i := range *standbyDrains {
		run(ctx, t, pool, fmt.Sprintf("UPDATE canonical.products SET name = 'Drain %d' WHERE organization_id = 1", i))
		run(ctx, t, pool, "INSERT INTO marks.product_summaries (grain, organization_id, product_id) SELECT 'key', 1 + i % 3, 100 * (1 + i % 3) + 1 + i / 3 % 40 FROM generate_series(1, 20000) i")
		for more := true; more; {
			stats, err := engine.Refresh(ctx, "product_summaries", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			more = stats.More
		}
		w := &workload{pool: standby}
		if w.check(ctx); len(w.found()) > 0 {
			t.Error(w.found())
		}
	}
	stop()
	wg.Wait()
	t.Logf("%d drains, %d reads of the standby, %d cancelled", *standbyDrains, reads.Load(), cancelled.Load())
	if cancelled.Load() > 0 || reads.Load() == 0 {
		t.Errorf("of %d reads %d were cancelled", reads.Load(), cancelled.Load())
	}
	// The standby has followed.
	wantAllExact(ctx, t, standby)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var name string
		if err := standby.QueryRow(ctx, "SELECT name FROM projection.product_summaries WHERE organization_id = 1 AND product_id = 101").Scan(&name); err != nil {
			t.Fatal(err)
		}
		if name == fmt.Sprintf("Drain %d", *standbyDrains-1) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the standby shows %q", name)
		}
	}
}
