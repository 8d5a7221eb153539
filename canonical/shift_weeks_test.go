package canonical_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// refreshShifts absorbs all marks of shifts. While another test refreshes them in its own transaction, it waits.
const refreshShifts = `DO $$ BEGIN WHILE (SELECT more FROM refresh.shift_annotations(1, 10000)) LOOP PERFORM pg_sleep(0.005); END LOOP; END $$`

// rostering is the test's own model of all shifts and of the stores' zones.
type rostering struct {
	zones  map[int64]string
	shifts map[int64]rosteredShift
}

type rosteredShift struct {
	store, person int64 // person 0: open
	from, until   time.Time
	cancelled     bool
}

// week returns the ISO week in which a shift begins, in its store's time zone.
func (r rostering) week(t *testing.T, s rosteredShift) [2]int {
	t.Helper()
	zone, err := time.LoadLocation(r.zones[s.store])
	must(t, err)
	year, week := s.from.In(zone).ISOWeek()
	return [2]int{year, week}
}

// running returns the running minutes of the person's week by shift, -1 for a shift without.
func (r rostering) running(t *testing.T) map[int64]int {
	t.Helper()
	minutes := map[int64]int{}
	for id, s := range r.shifts {
		if minutes[id] = -1; s.cancelled || s.person == 0 {
			continue
		}
		minutes[id] = 0
		for _, other := range r.shifts {
			if !other.cancelled && other.person == s.person && !other.from.After(s.from) && r.week(t, other) == r.week(t, s) {
				minutes[id] += int(other.until.Sub(other.from).Minutes())
			}
		}
	}
	return minutes
}

// overlaps reports whether a shift overlaps another one of its person.
func (r rostering) overlaps(id int64, s rosteredShift) bool {
	for other, o := range r.shifts {
		if other != id && s.person != 0 && o.person == s.person && !s.cancelled && !o.cancelled && s.from.Before(o.until) && o.from.Before(s.until) {
			return true
		}
	}
	return false
}

// After every change the running minutes are right, in the source view and in an exact read of a copy that is behind.
// People work in stores whose weeks begin 26 hours apart, so a store's new zone moves shifts between weeks, and changes
// the running minutes of later shifts in other stores.
func TestRunningWeekMinutes(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	tx := pgtest.Tx(t)
	ctx := t.Context()
	const seed = 7
	random := rand.New(rand.NewPCG(seed, 0))
	run := func(sql string, args ...any) {
		t.Helper()
		_, err := tx.Exec(ctx, sql, args...)
		must(t, err)
	}
	run(`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`)
	run(`INSERT INTO canonical.people (organization_id, id, given_name, is_staff) SELECT 1, g, 'P' || g, true FROM generate_series(1, 3) AS g`)
	zones := []string{"Pacific/Kiritimati", "Pacific/Niue", "UTC", "Australia/Adelaide", "America/St_Johns"}
	oracle := rostering{zones: map[int64]string{}, shifts: map[int64]rosteredShift{}}
	for i, zone := range zones {
		oracle.zones[int64(i+1)] = zone
		run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, $1, $2, $3)`, i+1, fmt.Sprint("Store ", i), zone)
	}
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // the shifts are around it and the next
	invent := func() rosteredShift {
		from := monday.Add(time.Duration(random.IntN(10*24)-36) * time.Hour)
		return rosteredShift{store: int64(1 + random.IntN(len(zones))), person: int64(random.IntN(4)), from: from,
			until: from.Add(time.Duration(1+random.IntN(480)) * time.Minute)}
	}
	one := func() int64 { // of the shifts there are; 0 where there is none
		if keys := slices.Sorted(maps.Keys(oracle.shifts)); len(keys) > 0 {
			return keys[random.IntN(len(keys))]
		}
		return 0
	}
	next, done := int64(1), map[string]int{}
	for range pgtest.Rounds(250, 2000) {
		what := ""
		switch id := one(); random.IntN(8) {
		case 0, 1, 2:
			if s := invent(); !oracle.overlaps(next, s) {
				what = "create"
				run(`INSERT INTO canonical.shifts (organization_id, id, store_id, person_id, during) VALUES (1, $1, $2, nullif($3::bigint, 0), tstzrange($4, $5))`,
					next, s.store, s.person, s.from, s.until)
				oracle.shifts[next] = s
				next++
			}
		case 3, 4:
			if s := invent(); id != 0 && !oracle.shifts[id].cancelled && !oracle.overlaps(id, s) {
				what = "move"
				run(`UPDATE canonical.shifts SET store_id = $2, person_id = nullif($3::bigint, 0), during = tstzrange($4, $5) WHERE id = $1`, id, s.store, s.person, s.from, s.until)
				oracle.shifts[id] = s
			}
		case 5:
			if s := oracle.shifts[id]; id != 0 && !s.cancelled {
				what = "cancel"
				run(`UPDATE canonical.shifts SET state = 'cancelled', cancelled_at = now() WHERE id = $1`, id)
				s.cancelled = true
				oracle.shifts[id] = s
			}
		case 6:
			if id != 0 && !oracle.shifts[id].cancelled {
				what = "delete"
				run(`DELETE FROM canonical.shifts WHERE id = $1`, id)
				delete(oracle.shifts, id)
			}
		case 7:
			store, zone := int64(1+random.IntN(len(zones))), zones[random.IntN(len(zones))]
			if what = "zone"; oracle.zones[store] != zone {
				run(`UPDATE canonical.stores SET time_zone = $2 WHERE id = $1`, store, zone)
				oracle.zones[store] = zone
			}
		}
		done[what]++
		want := oracle.running(t)
		for name, sql := range map[string]string{
			"source": `SELECT shift_id, COALESCE(running_week_minutes, -1) FROM source.shift_annotations`,
			"exact": `WITH k AS MATERIALIZED (SELECT shift_id FROM dirty.shift_annotations)
				SELECT shift_id, COALESCE(running_week_minutes, -1) FROM projection.shift_annotations WHERE shift_id NOT IN (SELECT shift_id FROM k)
				UNION ALL SELECT shift_id, COALESCE(running_week_minutes, -1) FROM source.shift_annotations WHERE shift_id IN (SELECT shift_id FROM k)`,
		} {
			if diff := cmp.Diff(want, minutesByShift(t, tx, sql)); diff != "" {
				t.Fatalf("%s after %s (seed %d): want -, got +\n%s", name, what, seed, diff)
			}
		}
		if random.IntN(2) == 0 {
			run(refreshShifts)
		}
	}
	for _, what := range []string{"create", "move", "cancel", "delete", "zone"} {
		if done[what] < 10 {
			t.Errorf("%s was done %d times: %v", what, done[what], done)
		}
	}
}

func minutesByShift(t *testing.T, db pgx.Tx, sql string) map[int64]int {
	t.Helper()
	rows, err := db.Query(t.Context(), sql)
	must(t, err)
	found := map[int64]int{}
	var id int64
	var minutes int
	_, err = pgx.ForEachRow(rows, []any{&id, &minutes}, func() error {
		if _, twice := found[id]; twice {
			return fmt.Errorf("shift %d is there twice", id)
		}
		found[id] = minutes
		return nil
	})
	must(t, err)
	return found
}

// A changed shift marks itself and the rest of its person's week, however many other shifts the person has.
func TestChangedShiftMarksFewOthers(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	tx := pgtest.Tx(t)
	ctx := t.Context()
	for _, sql := range []string{
		`INSERT INTO canonical.organizations (id, name, time_zone, base_currency) VALUES (1, 'One', 'UTC', 'AUD')`,
		`INSERT INTO canonical.people (organization_id, id, given_name, is_staff) VALUES (1, 1, 'Ada', true)`,
		`INSERT INTO canonical.stores (organization_id, id, name, time_zone) VALUES (1, 1, 'One', 'UTC')`,
		`INSERT INTO canonical.shifts (organization_id, id, store_id, person_id, during)
			SELECT 1, g, 1, 1, tstzrange('2020-01-06 09:00+00'::timestamptz + g * interval '24 hours', '2020-01-06 17:00+00'::timestamptz + g * interval '24 hours')
			FROM generate_series(0, 1999) AS g`,
		// Marks of days become marks of shifts first.
		refreshShifts,
		`UPDATE canonical.shifts SET note = 'x', state = 'cancelled', cancelled_at = now() WHERE id = 1000`,
	} {
		_, err := tx.Exec(ctx, sql)
		must(t, err)
	}
	var dirty, first, last int
	must(t, tx.QueryRow(ctx, `SELECT count(DISTINCT shift_id), min(shift_id), max(shift_id) FROM dirty.shift_annotations`).Scan(&dirty, &first, &last))
	if dirty > 9 || first != 1000 || last > 1008 {
		t.Errorf("%d shifts are dirty, from %d to %d", dirty, first, last)
	}
}
