package canonical_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// Hours in local time are open in these periods of real time, with and without clock changes; times are UTC.
func TestOpenTimes(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		zone, from, until string
		week              []model.StoreHoursInput
		exceptions        []model.StoreHourExceptionInput
		want              string
	}{
		"opens at a time that the clocks skip": {"Australia/Adelaide", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z",
			[]model.StoreHoursInput{hours(sun, "02:30", 180)}, nil, "10-03 16:30 to 10-03 19:00"},
		"all of it is skipped": {"Australia/Adelaide", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z",
			[]model.StoreHoursInput{hours(sun, "02:10", 30)}, nil, ""},
		"the long night": {"Australia/Adelaide", "2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z",
			[]model.StoreHoursInput{hours(sat, "22:00", 480)}, nil, "04-04 11:30 to 04-04 20:30"},
		"closes at a time that comes twice": {"Australia/Adelaide", "2026-04-04T00:00:00Z", "2026-04-05T12:00:00Z",
			[]model.StoreHoursInput{hours(sat, "22:00", 270)}, nil, "04-04 11:30 to 04-04 16:00, 04-04 16:30 to 04-04 17:00"},
		"the short night": {"America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T00:00:00Z",
			[]model.StoreHoursInput{hours(sat, "22:00", 300)}, nil, "03-08 03:00 to 03-08 07:00"},
		"one hour that comes twice": {"America/New_York", "2026-10-31T12:00:00Z", "2026-11-02T00:00:00Z",
			[]model.StoreHoursInput{hours(sun, "01:00", 60)}, nil, "11-01 05:00 to 11-01 07:00"},
		"half an hour is skipped": {"Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z",
			[]model.StoreHoursInput{hours(sun, "02:15", 60)}, nil, "10-03 15:30 to 10-03 16:15"},
		"half an hour comes twice": {"Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T00:00:00Z",
			[]model.StoreHoursInput{hours(sun, "01:00", 60)}, nil, "04-04 14:00 to 04-04 15:30"},
		"midnight is skipped": {"Asia/Beirut", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z",
			[]model.StoreHoursInput{hours(sun, "00:00", 120)}, nil, "03-28 22:00 to 03-28 23:00"},
		"45 minutes": {"Asia/Kathmandu", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z",
			[]model.StoreHoursInput{hours(mon, "09:00", 30), hours(mon, "10:00", 30)}, nil, "03-02 03:15 to 03-02 03:45, 03-02 04:15 to 03-02 04:45"},
		"Sunday into Monday, cut at both ends": {"UTC", "2026-03-02T01:00:00.25Z", "2026-03-02T06:30:00Z",
			[]model.StoreHoursInput{hours(sun, "22:00", 480), hours(mon, "06:00", 60)}, nil, "03-02 01:00:00.25 to 03-02 06:30"},
		"a closed day, and the night before it": {"UTC", "2026-03-01T12:00:00Z", "2026-03-04T00:00:00Z",
			[]model.StoreHoursInput{hours(sun, "22:00", 480), hours(mon, "10:00", 60), hours(tue, "10:00", 60)},
			[]model.StoreHourExceptionInput{exception("2026-03-02")}, "03-01 22:00 to 03-02 06:00, 03-03 10:00 to 03-03 11:00"},
		"a night instead of a day, into the next morning": {"UTC", "2026-03-01T12:00:00Z", "2026-03-04T00:00:00Z",
			[]model.StoreHoursInput{hours(mon, "10:00", 60), hours(tue, "06:00", 60)},
			[]model.StoreHourExceptionInput{exception("2026-03-02", period("20:00", 660), period("12:00", 60))}, "03-02 12:00 to 03-02 13:00, 03-02 20:00 to 03-03 07:00"},
		"never open": {"UTC", "2026-03-01T12:00:00Z", "2026-03-04T00:00:00Z", nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			id := w.store(name, c.zone)
			_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from(""), Periods: c.week})
			must(t, err)
			_, err = w.StoreHourExceptionsSet(t.Context(), w.owner, id, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: from(""), Exceptions: c.exceptions})
			must(t, err)
			for _, session := range []string{"UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"} {
				must(t, pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
					if _, err := tx.Exec(t.Context(), `SELECT set_config('timezone', $1, true)`, session); err != nil {
						return err
					}
					var got string
					err := tx.QueryRow(t.Context(), `
						SELECT coalesce(string_agg(regexp_replace(substr((lower(r) AT TIME ZONE 'UTC')::text, 6), ':00$', '') || ' to '
							|| regexp_replace(substr((upper(r) AT TIME ZONE 'UTC')::text, 6), ':00$', ''), ', ' ORDER BY r), '')
						FROM unnest(canonical.open_times($1, $2, $3, $4, $5)) AS r`, w.owner.OrganizationID, id, c.zone, instant(c.from), instant(c.until)).Scan(&got)
					if got != c.want {
						t.Errorf("%s, with the session in %s: %q, want %q", name, session, got, c.want)
					}
					return err
				}))
			}
		})
	}
}

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// oracle computes whether a store is open from its periods, minute by minute.
type oracle struct {
	zone       *time.Location
	weeks      [2][]model.StoreHoursInput // before and since the seam
	seam       model.Date
	exceptions map[string][]model.DayPeriodInput
}

// open reports whether the minute's local time is in a period that began on its date or the day before.
func (o *oracle) open(at time.Time) bool {
	local := at.In(o.zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for back := range 2 {
		date := today.AddDate(0, 0, -back)
		minute := back*1440 + local.Hour()*60 + local.Minute()
		for _, p := range o.begins(date) {
			if minute >= p.Start.Minute && minute < p.Start.Minute+p.LengthMinutes {
				return true
			}
		}
	}
	return false
}

func (o *oracle) begins(date time.Time) (list []model.DayPeriodInput) {
	if instead, there := o.exceptions[date.Format(time.DateOnly)]; there {
		return instead
	}
	week := o.weeks[0]
	if !date.Before(o.seam.Time) {
		week = o.weeks[1]
	}
	for _, p := range week {
		if p.Weekday == model.AllWeekday[(int(date.Weekday())+6)%7] {
			list = append(list, model.DayPeriodInput{Start: p.Start, LengthMinutes: p.LengthMinutes})
		}
	}
	return list
}

// randomWeek returns random periods that do not overlap in a week.
func randomWeek(r *rand.Rand) (week []model.StoreHoursInput) {
	first := r.IntN(10080)
	for minute := first; ; {
		minute += r.IntN(1 + r.IntN(2000))
		length := 1 + r.IntN(1+r.IntN(1440))
		if minute+length > first+10080 {
			return week
		}
		week = append(week, model.StoreHoursInput{Weekday: model.AllWeekday[minute%10080/1440], Start: model.LocalTime{Minute: minute % 1440}, LengthMinutes: length})
		minute += length
	}
}

func TestOpeningsAgainstAnOracle(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	w := newWorld(t)
	const seed = 4
	r := rand.New(rand.NewPCG(seed, 0))
	zones := []string{"UTC", "Australia/Adelaide", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "Europe/London", "Pacific/Chatham",
		"America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "America/Havana", "Pacific/Kiritimati", "America/Santiago", "Africa/Casablanca"}
	days := pgtest.Rounds(2, 4)
	for round := range pgtest.Rounds(14, 84) {
		o := &oracle{exceptions: map[string][]model.DayPeriodInput{}}
		name := zones[round%len(zones)]
		var err error
		o.zone, err = time.LoadLocation(name)
		must(t, err)
		begin := time.Date(2026, 1, 1, r.IntN(24), r.IntN(60), 0, 0, time.UTC).AddDate(0, 0, r.IntN(360))
		if change := aChange(r, o.zone); !change.IsZero() && r.IntN(4) > 0 {
			begin = change.Add(-time.Duration(r.IntN(days*1440)) * time.Minute)
		}
		first := model.Date{Time: time.Date(begin.Year(), begin.Month(), begin.Day(), 0, 0, 0, 0, time.UTC)}
		o.weeks = [2][]model.StoreHoursInput{randomWeek(r), randomWeek(r)}
		o.seam = first.AddDays(r.IntN(days))
		var exceptions []model.StoreHourExceptionInput
		for n := -1; n < days+1; n++ {
			if r.IntN(4) > 0 {
				continue
			}
			date := first.AddDays(n).String()
			o.exceptions[date] = nil
			if r.IntN(2) > 0 { // ends before midnight, so that it overlaps no other
				start := r.IntN(1400)
				o.exceptions[date] = []model.DayPeriodInput{{Start: model.LocalTime{Minute: start}, LengthMinutes: 1 + r.IntN(1440-start)}}
			}
			exceptions = append(exceptions, exception(date, o.exceptions[date]...))
		}
		id := w.store(fmt.Sprint("Store ", round), name)
		for i, since := range []string{"", o.seam.String()} {
			_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from(since), Periods: o.weeks[i]})
			must(t, err)
		}
		_, err = w.StoreHourExceptionsSet(t.Context(), w.owner, id, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: from(""), Exceptions: exceptions})
		must(t, err)
		if !compareOpenings(t, w, o, id, name, begin, days*1440) {
			t.Fatalf("seed %d, round %d: %s from %s, hours %+v, from %s %+v, exceptions %+v", seed, round, name, begin, o.weeks[0], o.seam, o.weeks[1], o.exceptions)
		}
	}
}

// aChange returns a random clock change of the zone in 2026, zero if there is none.
func aChange(r *rand.Rand, zone *time.Location) time.Time {
	var changes []time.Time
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for m := range 365 * 96 {
		at := begin.Add(time.Duration(m) * 15 * time.Minute)
		_, before := at.Add(-time.Minute).In(zone).Zone()
		if _, now := at.In(zone).Zone(); now != before {
			changes = append(changes, at)
		}
	}
	if len(changes) == 0 {
		return time.Time{}
	}
	return changes[r.IntN(len(changes))]
}

// compareOpenings compares all SQL functions about opening times with the oracle, for every minute from begin on.
func compareOpenings(t *testing.T, w *world, o *oracle, id int64, zone string, begin time.Time, minutes int) bool {
	t.Helper()
	var isOpen []bool
	var next, closings []*time.Time
	var ranges []pgtype.Range[pgtype.Timestamptz]
	end := begin.Add(time.Duration(minutes) * time.Minute)
	must(t, w.pool.QueryRow(t.Context(), `
		SELECT ARRAY(SELECT canonical.is_open($1, $2, at AT TIME ZONE $3) FROM generate_series($4::timestamptz, $5::timestamptz - interval '1 minute', '1 minute') AS at),
			ARRAY(SELECT canonical.next_opening($1, $2, $3, at) FROM generate_series($4::timestamptz, $5::timestamptz - interval '1 minute', '97 minutes') AS at),
			ARRAY(SELECT canonical.next_closing($1, $2, $3, at) FROM generate_series($4::timestamptz, $5::timestamptz - interval '1 minute', '97 minutes') AS at),
			ARRAY(SELECT unnest(canonical.open_times($1, $2, $3, $4, $5)) ORDER BY 1)`,
		w.owner.OrganizationID, id, zone, begin, end).Scan(&isOpen, &next, &closings, &ranges))
	if len(isOpen) != minutes {
		t.Fatalf("%d answers", len(isOpen))
	}
	for m, got := range isOpen {
		at := begin.Add(time.Duration(m) * time.Minute)
		want := o.open(at)
		inside := false
		for _, r := range ranges {
			inside = inside || !at.Before(r.Lower.Time) && at.Before(r.Upper.Time)
		}
		if got != want || inside != want {
			t.Errorf("at %s: open %v, within the periods %v, want %v", at, got, inside, want)
			return false
		}
		if m%97 == 0 && (!o.next(t, at, next[m/97], true) || !o.next(t, at, closings[m/97], false)) {
			return false
		}
	}
	for i, r := range ranges {
		if i > 0 && !ranges[i-1].Upper.Time.Before(r.Lower.Time) || !r.Lower.Time.Before(r.Upper.Time) {
			t.Errorf("period %d is not apart: %v", i, ranges)
			return false
		}
	}
	return true
}

// next reports whether got is the first minute after at that is open and follows one that is closed; or the other way
// round, if it opens is false.
func (o *oracle) next(t *testing.T, at time.Time, got *time.Time, opens bool) bool {
	t.Helper()
	was := o.open(at)
	for m := 1; m <= 9*1440; m++ {
		now := at.Add(time.Duration(m) * time.Minute)
		is := o.open(now)
		if is == opens && was != opens {
			if got == nil || !got.Equal(now) {
				t.Errorf("after %s it turns (opens %v) at %v, want %s", at, opens, got, now)
				return false
			}
			return true
		}
		was = is
	}
	if got != nil && got.Before(at.Add(9*24*time.Hour)) {
		t.Errorf("after %s it turns (opens %v) at %v, want not within nine days", at, opens, got)
		return false
	}
	return true
}

// The next opening and closing may be months away; a store that is always open has none.
func TestNextOpeningFarAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	turn := func(function string) string {
		got := one[*time.Time](w, `SELECT canonical.`+function+`($1, $2, 'Australia/Adelaide', '2026-03-01 00:00Z')`, w.owner.OrganizationID, id)
		if got == nil {
			return ""
		}
		return got.UTC().Format(time.RFC3339)
	}
	ask := func() string { t.Helper(); return turn("next_opening") }
	closes := func(want string) {
		t.Helper()
		if got := turn("next_closing"); got != want {
			t.Errorf("it closes at %q, want %q", got, want)
		}
	}
	closes("")
	if got := ask(); got != "" {
		t.Errorf("without hours it opens at %s", got)
	}
	_, err := w.StoreHourExceptionsSet(t.Context(), w.owner, id, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: from(""), Exceptions: []model.StoreHourExceptionInput{
		exception("2026-12-24", period("09:00", 60)), exception("2028-12-24", period("09:00", 60))}})
	must(t, err)
	if got := ask(); got != "2026-12-23T22:30:00Z" {
		t.Errorf("it opens at %s", got)
	}
	closes("2026-12-23T23:30:00Z")
	_, err = w.StoreHourExceptionsSet(t.Context(), w.owner, id, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: from("")})
	must(t, err)
	var week []model.StoreHoursInput
	for _, weekday := range model.AllWeekday {
		week = append(week, hours(weekday, "00:00", 1440))
	}
	_, err = w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from(""), Periods: week})
	must(t, err)
	if got := ask(); got != "" {
		t.Errorf("always open, it opens at %s", got)
	}
	closes("")
	if got := one[string](w, `SELECT canonical.open_times($1, $2, 'Australia/Adelaide', '2026-03-01 00:00Z', '2026-06-01 00:00Z')::text`, w.owner.OrganizationID, id); strings.Count(got, ",") != 1 {
		t.Errorf("always open, it is open in pieces: %s", got)
	}
}
