package resolvers_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
	"daybook/projection"
)

// A store with 10 000 shifts gets another clock: that is one mark. While it is drained, in bounded batches, other writers
// wait for no lock, and reads are exact or say that they are not; afterwards all is as the definition says.
func TestChangedClockOfALargeStore(t *testing.T) {
	t.Parallel()
	pgtest.Long(t)
	s := serve(t)
	ctx := t.Context()
	shop := s.place(s.caller, "Rundle Mall", "Australia/Adelaide")
	other := s.place(s.caller, "Elsewhere", "UTC")
	for i := range 5 {
		s.staff(fmt.Sprintf("Person %d", i))
	}
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := s.pool.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	s.refreshed()
	admin := pgtest.Superuser(t, s.pool)
	for _, sql := range []string{
		pgtest.TriggersOff, // as if all had been refreshed long ago
		fmt.Sprintf(`INSERT INTO canonical.shifts (organization_id, store_id, person_id, during)
			SELECT %d, CASE WHEN g %% 1000 = 0 THEN %d ELSE %d END, 1 + g %% 5,
				tstzrange('2020-01-06 00:00+00'::timestamptz + g / 5 * interval '24 hours', '2020-01-06 08:00+00'::timestamptz + g / 5 * interval '24 hours')
			FROM generate_series(1, 10010) AS g`, s.organizationID, s.key(other), s.key(shop)),
		`ANALYZE`,
		`INSERT INTO projection.shift_annotations SELECT * FROM source.shift_annotations`,
		pgtest.TriggersOn,
		`ANALYZE`,
	} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	before := s.must(`{ shifts(first: 1) { nodes { id localStart } } }`, nil)

	run(`UPDATE canonical.stores SET time_zone = 'Asia/Kathmandu' WHERE organization_id = $1 AND id = $2`, s.organizationID, s.key(shop))
	var marks int
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM marks.shift_annotations`).Scan(&marks); err != nil || marks != 1 {
		t.Errorf("a new clock is %d marks: %v", marks, err)
	}
	list := s.must(`{ shifts(first: 1) { nodes { id localStart } } }`, nil)
	list.want(map[string]string{
		"data": before.text("data"), "extensions.freshness.projections.0.read": "stored", "extensions.freshness.projections.0.reason": "backlog",
	})
	id := list.text("data.shifts.nodes.0.id")
	exact := s.must(`query($id: ID!) { shift(id: $id) { localStart } }`, variables{"id": id})
	if got := exact.text("data.shift.localStart"); got == before.text("data.shifts.nodes.0.localStart") {
		t.Errorf("by key it shows %s still", got)
	}
	s.call(`{ shifts(first: 1) { nodes { id } } }`, nil, "Daybook-Read", "exact").want(map[string]string{"errors.0.extensions.code": "BEHIND"})

	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var writes int
	wg.Go(func() { writes = s.writeShifts(ctx, t) })
	batches, most := s.drainShifts(ctx, t)
	cancel()
	wg.Wait()
	t.Logf("%d batches of at most %d keys, %d writes meanwhile", batches, most, writes)
	if batches < 10 || most > 2*int64(s.engine.Batch) || writes < 10 {
		t.Errorf("%d batches of at most %d keys, %d writes meanwhile", batches, most, writes)
	}
	s.refreshed()
	s.must(`{ shifts(first: 1) { nodes { localStart } } }`, nil).want(map[string]string{
		"data.shifts.nodes.0.localStart": exact.text("data.shift.localStart"), "extensions.freshness.projections.0.read": "exact",
	})
	checked := 0
	for slice := (projection.Slice{}); ; {
		var err error
		if slice, err = s.engine.Verify(t.Context(), "shift_annotations", slice.Next); err != nil || len(slice.Drifted) > 0 {
			t.Fatalf("verified: %+v, %v", slice, err)
		}
		if checked += int(slice.Checked); slice.Next == nil {
			break
		}
	}
	if checked < 10_000 {
		t.Errorf("%d keys were verified", checked)
	}
}

// drainShifts absorbs the marks that there are, and what they stand for, and returns the number of batches and the
// largest.
func (s *service) drainShifts(ctx context.Context, t *testing.T) (batches int, most int64) {
	t.Helper()
	for last := int64(0); ; batches++ {
		var keys, first int64
		err := s.pool.QueryRow(ctx, `SELECT keys FROM refresh.shift_annotations($1, $2)`, s.organizationID, s.engine.Batch).Scan(&keys)
		if err == nil && batches == 0 { // the mark of the store is marks of its shifts by now
			err = s.pool.QueryRow(ctx, `SELECT max(id) FROM marks.shift_annotations`).Scan(&last)
		}
		if err == nil {
			err = s.pool.QueryRow(ctx, `SELECT coalesce(min(id), $1::bigint + 1) FROM marks.shift_annotations`, last).Scan(&first)
		}
		if err != nil {
			t.Fatal(err)
		}
		if most = max(most, keys); first > last {
			return batches, most
		}
	}
}

// writeShifts changes shifts, one after the other, until ctx ends, and returns how many. None may wait 100 ms for a lock.
func (s *service) writeShifts(ctx context.Context, t *testing.T) (writes int) {
	t.Helper()
	for ; ctx.Err() == nil; writes++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '100ms'`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE canonical.shifts SET note = 'changed' WHERE organization_id = $1 AND id = $2`, s.organizationID, 1+writes*37%10_000)
			return err
		})
		if err != nil && ctx.Err() == nil {
			t.Errorf("write %d: %v", writes, err)
			return writes
		}
		time.Sleep(20 * time.Millisecond)
	}
	return writes
}

// key is the number in an id.
func (s *service) key(id string) (key int64) {
	s.t.Helper()
	_, number, _ := strings.Cut(id, ":")
	if _, err := fmt.Sscan(number, &key); err != nil {
		s.t.Fatal(err)
	}
	return key
}
