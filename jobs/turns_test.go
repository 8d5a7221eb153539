package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// storedAfter commits a change of a product so many times, and returns how long each took from commit to stored, sorted.
func (f *fixture) storedAfter(n int, product int, what string) (lags []time.Duration) {
	f.t.Helper()
	for i := range n {
		name := fmt.Sprintf("%s %d", what, i)
		tx := f.begin()
		f.renamed(tx, product, name)
		f.commit(tx)
		begin := time.Now()
		for stored := false; !stored; {
			if time.Since(begin) > 20*time.Second {
				f.t.Fatalf("%s is not stored after 20 seconds", name)
			}
			time.Sleep(2 * time.Millisecond)
			if err := f.pool.QueryRow(f.t.Context(), `SELECT name = $2 FROM projection.product_summaries WHERE product_id = $1`, product, name).Scan(&stored); err != nil {
				f.t.Fatal(err)
			}
		}
		lags = append(lags, time.Since(begin))
		time.Sleep(time.Duration(20+i%7*10) * time.Millisecond)
	}
	slices.Sort(lags)
	return lags
}

// load changes what the statement says in one organization, again and again, until the context is done.
func (f *fixture) load(ctx context.Context, every time.Duration, sql string) {
	for i := 0; ctx.Err() == nil; i++ {
		var committed func()
		err := pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) (err error) {
			if _, err := tx.Exec(ctx, sql, fmt.Sprint(i)); err != nil {
				return err
			}
			committed, err = f.wake(ctx, tx, "product_summaries")
			return err
		})
		if err == nil {
			committed()
		}
		if err != nil && ctx.Err() == nil {
			f.t.Error(err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// What an organization with little to do commits is stored soon, beside one that is always behind and one that commits
// often. The bounds are wide, for machines that do much else; the log has the figures.
func TestSmallOrganizationIsStoredSoon(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	f := start(t, time.Hour)
	f.exec(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (2, 'Two', 'UTC', 'AUD'), (3, 'Three', 'UTC', 'AUD')`)
	f.exec(`INSERT INTO canonical.products (organization_id, id, sku, name, unit_price, currency) SELECT 2 + i / 100, 2000 + i, 'S' || i, 'Product', 100, 'AUD' FROM generate_series(1, 100) i`)
	f.work()
	f.quiet()
	f.storedAfter(3, 2100, "warm")
	quiet := f.storedAfter(40, 2100, "quiet")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() {
		f.load(ctx, time.Millisecond, `UPDATE canonical.products SET name = $1 WHERE organization_id = 1`)
	})
	wg.Go(func() {
		f.load(ctx, 20*time.Millisecond, `UPDATE canonical.products SET name = $1 WHERE organization_id = 2`)
	})
	loaded := f.storedAfter(40, 2100, "loaded")
	behind := f.text(`SELECT count(*)::text FROM marks.product_summaries WHERE organization_id = 1`)
	stop()
	wg.Wait()
	t.Logf("from commit to stored, median and most: quiet %v and %v, loaded %v and %v with %s marks of the largest organization",
		quiet[20].Round(time.Millisecond), quiet[39].Round(time.Millisecond), loaded[20].Round(time.Millisecond), loaded[39].Round(time.Millisecond), behind)
	if loaded[20] > 3*quiet[20]+time.Second || loaded[39] > 10*time.Second {
		t.Errorf("quiet %v\nloaded %v", quiet, loaded)
	}
}
