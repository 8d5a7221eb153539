package canonical_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the oracle's clocks, wherever it runs

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// wallRule is a period of local time that begins on some dates at a minute of the day.
type wallRule struct {
	name          string    // of a day part
	weekday       int       // of opening hours; 1 is Monday
	from, until   time.Time // valid from (with) one date to (without) another
	start, length int       // minutes
}

func (p wallRule) validOn(day time.Time) bool { return !day.Before(p.from) && day.Before(p.until) }

// rules are the invented rules of one store.
type rules struct {
	zone        *time.Location
	dayStart    int
	parts       []wallRule
	hours       []wallRule
	exceptions  map[time.Time][]wallRule // by date; an empty list is a closed day
	exceptional []time.Time              // their dates, in order
}

// annotated is the annotation of one shift.
type annotated struct {
	LocalStart, LocalEnd, BusinessDate time.Time
	DayParts                           []partMinutes
	InNoPart, OutsideHours             int
}

type partMinutes struct {
	DayPart string `json:"dayPart"`
	Minutes int    `json:"minutes"`
}

// shown returns the store's local time at an instant, as the same date and time in UTC.
func (r rules) shown(at time.Time) time.Time {
	t := at.In(r.zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
}

func dateOf(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }

// covers returns which of the periods of a day contains a local time.
func covers(day, local time.Time, of []wallRule) (wallRule, bool) {
	for _, p := range of {
		begins := day.Add(time.Duration(p.start) * time.Minute)
		if !local.Before(begins) && local.Before(begins.Add(time.Duration(p.length)*time.Minute)) {
			return p, true
		}
	}
	return wallRule{}, false
}

// part returns the day part of a local time and the date on which it began; of several, the one that began last.
func (r rules) part(local time.Time) (name string, began time.Time, found bool) {
	today := dateOf(local)
	var best time.Time
	for _, day := range []time.Time{today, today.AddDate(0, 0, -1)} {
		for _, p := range r.parts {
			if !p.validOn(day) {
				continue
			}
			begins := day.Add(time.Duration(p.start) * time.Minute)
			if _, covered := covers(day, local, []wallRule{p}); covered && (!found || begins.After(best)) {
				name, began, best, found = p.name, day, begins, true
			}
		}
	}
	return name, began, found
}

// open reports whether the store is open at a local time.
func (r rules) open(local time.Time) bool {
	today := dateOf(local)
	for _, day := range []time.Time{today, today.AddDate(0, 0, -1)} {
		of, exceptional := r.exceptions[day]
		if !exceptional {
			weekday := (int(day.Weekday())+6)%7 + 1
			of = slices.DeleteFunc(slices.Clone(r.hours), func(p wallRule) bool { return p.weekday != weekday || !p.validOn(day) })
		}
		if _, covered := covers(day, local, of); covered {
			return true
		}
	}
	return false
}

// annotate computes the annotation of a shift minute by minute.
func (r rules) annotate(from, until time.Time) annotated {
	local := r.shown(from)
	a := annotated{LocalStart: local, LocalEnd: r.shown(until), DayParts: []partMinutes{}}
	a.BusinessDate = dateOf(local.Add(-time.Duration(r.dayStart) * time.Minute))
	if _, began, found := r.part(local); found {
		a.BusinessDate = began
	}
	for at := from; at.Before(until); at = at.Add(time.Minute) {
		local := r.shown(at)
		if !r.open(local) {
			a.OutsideHours++
		}
		name, _, found := r.part(local)
		if !found {
			a.InNoPart++
			continue
		}
		i := slices.IndexFunc(a.DayParts, func(p partMinutes) bool { return p.DayPart == name })
		if i < 0 {
			i = len(a.DayParts)
			a.DayParts = append(a.DayParts, partMinutes{DayPart: name})
		}
		a.DayParts[i].Minutes++
	}
	return a
}

// clocks are time zones, each with moments of its clock changes, if it has any.
var clocks = map[string][]string{
	"UTC":                 {"2026-03-29T00:00:00Z"},
	"Australia/Adelaide":  {"2026-04-04T16:30:00Z", "2026-10-03T16:30:00Z"},
	"Australia/Lord_Howe": {"2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"},
	"Asia/Kathmandu":      {"2026-06-30T18:15:00Z"},
	"Pacific/Chatham":     {"2026-04-04T14:00:00Z", "2026-09-26T14:00:00Z"},
	"Pacific/Kiritimati":  {"2026-01-04T10:00:00Z"},
	"America/New_York":    {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
	"America/St_Johns":    {"2010-03-14T03:31:00Z", "2010-11-07T02:31:00Z"}, // at one minute past midnight
	"Europe/Berlin":       {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
	"Africa/Casablanca":   {"2026-02-15T02:00:00Z", "2026-03-22T02:00:00Z"},
	"America/Havana":      {"2026-03-08T05:00:00Z", "2026-11-01T05:00:00Z"}, // at midnight
	"Pacific/Apia":        {"2011-12-30T10:00:00Z"},                         // left out a whole day
	"Pacific/Niue":        {"2026-12-31T11:00:00Z"},
}

// circle returns random periods that do not overlap on a circle of size minutes, adjacent or with gaps.
func circle(r *rand.Rand, size, most int) (periods []wallRule) {
	offset, at := r.IntN(size), 0
	for range 1 + r.IntN(most) {
		if r.IntN(3) == 0 {
			at += 1 + r.IntN(size/4)
		}
		length := 1 + r.IntN(min(1440, size/2))
		if r.IntN(8) == 0 {
			length = 1440
		}
		if at+length > size {
			break
		}
		periods = append(periods, wallRule{start: (offset + at) % size, length: length})
		at += length
	}
	return periods
}

// inventRules returns random rules of a store: two sets, the second of which is valid from a date near a moment.
func inventRules(r *rand.Rand, zone *time.Location, near time.Time) rules {
	seam := dateOf(near.In(zone)).AddDate(0, 0, r.IntN(3)-1)
	seam = time.Date(seam.Year(), seam.Month(), seam.Day(), 0, 0, 0, 0, time.UTC)
	made := rules{zone: zone, dayStart: r.IntN(4) * 120, exceptions: map[time.Time][]wallRule{}}
	sets := [][2]time.Time{{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), seam}, {seam, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}}
	for _, valid := range sets {
		for i, p := range circle(r, 1440, 4) {
			p.name, p.from, p.until = fmt.Sprintf("part %d", i), valid[0], valid[1]
			made.parts = append(made.parts, p)
		}
		for _, p := range circle(r, 10_080, 14) {
			p.weekday, p.start, p.from, p.until = p.start/1440+1, p.start%1440, valid[0], valid[1]
			made.hours = append(made.hours, p)
		}
	}
	for n := range 4 {
		if day := seam.AddDate(0, 0, n-2); r.IntN(3) == 0 {
			made.exceptions[day] = nil
			if r.IntN(2) == 0 {
				made.exceptions[day] = []wallRule{{start: r.IntN(720), length: 1 + r.IntN(600)}}
			}
			made.exceptional = append(made.exceptional, day)
		}
	}
	return made
}

// save creates a store with the rules and returns its key.
func (r rules) save(t *testing.T, db pgx.Tx, organization int64) (store int64) {
	t.Helper()
	ctx := t.Context()
	must(t, db.QueryRow(ctx, `INSERT INTO canonical.stores (organization_id, name, time_zone, business_day_start_minute)
		VALUES ($1, 'Store ' || (SELECT count(*) FROM canonical.stores), $2, $3) RETURNING id`, organization, r.zone.String(), r.dayStart).Scan(&store))
	const valid = `daterange(nullif($3::date, '0001-01-01'), nullif($4::date, '9999-01-01'))`
	run := func(sql string, args ...any) {
		t.Helper()
		_, err := db.Exec(ctx, sql, append([]any{organization, store}, args...)...)
		must(t, err)
	}
	for _, p := range r.parts {
		run(`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
			VALUES ($1, $2, `+valid+`, $5, $6, $7)`, p.from, p.until, p.name, p.start, p.length)
	}
	for _, p := range r.hours {
		run(`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes)
			VALUES ($1, $2, `+valid+`, $5, $6, $7)`, p.from, p.until, p.weekday, p.start, p.length)
	}
	for _, day := range r.exceptional {
		if len(r.exceptions[day]) == 0 {
			run(`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, reason) VALUES ($1, $2, $3, true, 'Closed')`, day)
		}
		for _, p := range r.exceptions[day] {
			run(`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes, reason)
				VALUES ($1, $2, $3, false, $4, $5, 'Other hours')`, day, p.start, p.length)
		}
	}
	return store
}

// For random zones, parts, hours and exceptions the annotation equals one that Go computes minute by minute with its own
// time zones, whatever the session's zone.
func TestShiftAnnotations(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	tx := pgtest.Tx(t)
	ctx := t.Context()
	const seed = 20260301
	r := rand.New(rand.NewPCG(seed, 0))
	var organization int64
	must(t, tx.QueryRow(ctx, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ('One', 'UTC', 'AUD') RETURNING id`).Scan(&organization))
	type expected struct {
		zone        string
		from, until time.Time
		want        annotated
	}
	shifts := map[int64]expected{}
	for name, moments := range clocks {
		zone, err := time.LoadLocation(name)
		must(t, err)
		for _, moment := range moments {
			near, err := time.Parse(time.RFC3339, moment)
			must(t, err)
			for range pgtest.Rounds(3, 6) {
				made := inventRules(r, zone, near)
				store := made.save(t, tx, organization)
				for range pgtest.Rounds(4, 6) {
					from := near.Add(time.Duration(r.IntN(2400)-1600) * time.Minute)
					until := from.Add(time.Duration(1+r.IntN(1440)) * time.Minute)
					var id int64
					must(t, tx.QueryRow(ctx, `INSERT INTO canonical.shifts (organization_id, store_id, during)
						VALUES ($1, $2, tstzrange($3, $4)) RETURNING id`, organization, store, from, until).Scan(&id))
					shifts[id] = expected{name, from, until, made.annotate(from, until)}
				}
			}
		}
	}
	_, err := tx.Exec(ctx, `ANALYZE`)
	must(t, err)
	changed := 0
	for _, session := range []string{"UTC", "America/New_York", "Pacific/Kiritimati", "Australia/Lord_Howe"} {
		_, err = tx.Exec(ctx, `SELECT set_config('TimeZone', $1, true)`, session)
		must(t, err)
		for id, got := range annotations(ctx, t, tx, organization) {
			e := shifts[id]
			if diff := cmp.Diff(e.want, got); diff != "" {
				t.Errorf("session %s, %s from %s to %s (seed %d): want -, got +\n%s", session, e.zone, e.from, e.until, seed, diff)
			}
			sum := got.InNoPart
			for _, p := range got.DayParts {
				sum += p.Minutes
			}
			if total := int(e.until.Sub(e.from).Minutes()); sum != total {
				t.Errorf("%s from %s to %s: parts and none are %d minutes of %d", e.zone, e.from, e.until, sum, total)
			}
			if got.LocalEnd.Sub(got.LocalStart) != e.until.Sub(e.from) {
				changed++
			}
		}
	}
	if changed < 100 {
		t.Errorf("the clock changed in only %d shifts", changed)
	}
}

// annotations reads the annotations of an organization's shifts from the source view.
func annotations(ctx context.Context, t *testing.T, db pgx.Tx, organization int64) map[int64]annotated {
	t.Helper()
	rows, err := db.Query(ctx, `SELECT shift_id, local_start, local_end, business_date, day_parts, minutes_in_no_day_part, minutes_outside_hours
		FROM source.shift_annotations WHERE organization_id = $1`, organization)
	must(t, err)
	found := map[int64]annotated{}
	var id int64
	var a annotated
	var parts []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &a.LocalStart, &a.LocalEnd, &a.BusinessDate, &parts, &a.InNoPart, &a.OutsideHours}, func() error {
		a.DayParts = nil
		err := json.Unmarshal(parts, &a.DayParts)
		found[id] = a
		return err
	})
	must(t, err)
	return found
}
