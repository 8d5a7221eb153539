package canonical_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"golang.org/x/sync/errgroup"

	"daybook/graph/model"
)

func TestStoreHoursOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	type week = []model.StoreHoursInput
	for name, c := range map[string]struct {
		week week
		want []string
	}{
		"Sunday into Monday":                 {week{hours(sun, "22:00", 480), hours(mon, "05:59", 60)}, []string{"periods.1.start INVALID"}},
		"Monday under Sunday's night":        {week{hours(mon, "00:00", 60), hours(mon, "09:00", 60), hours(sun, "23:30", 31)}, []string{"periods.2.start INVALID"}},
		"twice the same":                     {week{hours(mon, "09:00", 60), hours(mon, "09:00", 60)}, []string{"periods.1.start INVALID"}},
		"inside":                             {week{hours(mon, "12:00", 10), hours(mon, "09:00", 600)}, []string{"periods.1.start INVALID"}},
		"24 hours and the next morning":      {week{hours(mon, "10:00", 1440), hours(tue, "09:00", 61)}, []string{"periods.1.start INVALID"}},
		"longer than 24 hours":               {week{hours(mon, "10:00", 1441)}, []string{"periods.0.lengthMinutes INVALID"}},
		"no length, and another's overlap":   {week{hours(mon, "10:00", 0), hours(tue, "09:00", 60), hours(tue, "09:30", 60), hours(tue, "08:30", 600)}, []string{"periods.0.lengthMinutes INVALID", "periods.2.start INVALID", "periods.3.start INVALID"}},
		"adjacent, over midnight":            {week{hours(sun, "22:00", 480), hours(mon, "06:00", 60)}, nil},
		"lunch break":                        {week{hours(mon, "09:00", 180), hours(mon, "13:00", 240)}, nil},
		"a whole day beside a whole day":     {week{hours(mon, "00:00", 1440), hours(tue, "00:00", 1440), hours(sun, "00:00", 1440)}, nil},
		"24 hours over Sunday, ends on time": {week{hours(sun, "18:00", 1440), hours(mon, "18:00", 1)}, nil},
		"never open":                         {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from(""), Periods: c.week})
			if c.want == nil {
				if err != nil {
					t.Errorf("%v", err)
				}
				if n := one[int](w, `SELECT count(*) FROM canonical.store_hours WHERE valid = '(,)'`); n != len(c.week) {
					t.Errorf("%d periods are saved", n)
				}
				return
			}
			if got := mistakes(t, err); strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			// The database rejects what the check rejects.
			must(t, exec(w, `DELETE FROM canonical.store_hours`))
			refused := false
			for _, p := range c.week {
				refused = exec(w, `INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes)
					SELECT $1, $2, '(,)', array_position(ARRAY['MONDAY','TUESDAY','WEDNESDAY','THURSDAY','FRIDAY','SATURDAY','SUNDAY'], $3), $4, $5`,
					w.owner.OrganizationID, id, string(p.Weekday), p.Start.Minute, p.LengthMinutes) != nil || refused
			}
			if !refused {
				t.Errorf("the database accepts it")
			}
			must(t, exec(w, `DELETE FROM canonical.store_hours`))
		})
	}
	_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{Periods: make(week, 501)})
	wantMistakes(t, err, "periods INVALID")
}

func exec(w *world, sql string, args ...any) error {
	_, err := w.pool.Exec(w.t.Context(), sql, args...)
	return err
}

// weeks returns the saved hours: validity, weekday, start, length and version of each.
const weeks = `SELECT coalesce(string_agg(concat_ws(' ', valid, weekday, start_minute, length_minutes), '; ' ORDER BY valid, weekday, start_minute), '')
	FROM canonical.store_hours`

func TestStoreHoursAreValidFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	version := 1
	set := func(since string, want string, week ...model.StoreHoursInput) {
		t.Helper()
		before := one[string](w, weeks)
		_, err := w.StoreHoursSet(t.Context(), w.owner, id, &version, model.StoreHoursSetInput{EffectiveFrom: from(since), Periods: week})
		must(t, err)
		if want != before {
			version++
		}
		if got := one[string](w, weeks); got != want {
			t.Errorf("from %q: %s, want %s", since, got, want)
		}
		if got := one[int](w, `SELECT version FROM canonical.stores`); got != version {
			t.Errorf("from %q: version %d, want %d", since, got, version)
		}
	}
	set("", "(,) 1 540 60; (,) 2 540 60", hours(mon, "09:00", 60), hours(tue, "09:00", 60))
	// Unchanged periods continue, new ones begin, and removed ones end.
	set("2001-06-01", "(,2001-06-01) 2 540 60; (,) 1 540 60; [2001-06-01,) 2 540 90", hours(mon, "09:00", 60), hours(tue, "09:00", 90))
	row := one[int64](w, `SELECT id FROM canonical.store_hours WHERE valid = '(,)'`)
	set("2001-06-01", "(,2001-06-01) 2 540 60; (,) 1 540 60; [2001-06-01,) 2 540 90", hours(tue, "09:00", 90), hours(mon, "09:00", 60))
	if again := one[int64](w, `SELECT id FROM canonical.store_hours WHERE valid = '(,)'`); again != row {
		t.Error("what stays the same was written anew")
	}
	// What held later in the past is replaced; what was before is as it was.
	set("2001-09-01", "(,2001-06-01) 2 540 60; (,2001-09-01) 1 540 60; [2001-06-01,2001-09-01) 2 540 90")
	set("2001-03-01", "(,2001-03-01) 2 540 60; (,) 1 540 60", hours(mon, "09:00", 60))
	set("2001-03-01", "(,2001-03-01) 1 540 60; (,2001-03-01) 2 540 60; [2001-03-01,) 7 0 1440", hours(sun, "00:00", 1440))
	// The past is changed if the caller asks for it.
	set("", "(,) 2 540 60", hours(tue, "09:00", 60))

	_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{Periods: nil})
	must(t, err)
	if !one[bool](w, `SELECT upper(valid) = (now() AT TIME ZONE 'Australia/Adelaide')::date FROM canonical.store_hours`) {
		t.Errorf("left out, the date is today at the store: %s", one[string](w, weeks))
	}
}

// What is planned stays when the present is corrected, unless the caller says until when the correction holds.
func TestPlannedHoursStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	until := func(date string) graphql.Omittable[*model.Date] { return from(date) }
	set := func(since string, to graphql.Omittable[*model.Date], want string, week ...model.StoreHoursInput) {
		t.Helper()
		in := model.StoreHoursSetInput{EffectiveTo: to, Periods: week}
		if since != "today" {
			in.EffectiveFrom = from(since)
		}
		_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, in)
		must(t, err)
		got := strings.ReplaceAll(one[string](w, weeks), one[string](w, `SELECT (now() AT TIME ZONE 'Australia/Adelaide')::date::text`), "today")
		if got != want {
			t.Errorf("from %q: %s, want %s", since, got, want)
		}
	}
	planned := graphql.Omittable[*model.Date]{}
	set("", planned, "(,) 1 540 60; (,) 2 540 60", hours(mon, "09:00", 60), hours(tue, "09:00", 60))
	set("2101-01-03", planned, "(,2101-01-03) 1 540 60; (,) 2 540 60; [2101-01-03,) 1 600 60", hours(mon, "10:00", 60), hours(tue, "09:00", 60))
	set("2102-01-02", planned, "(,2101-01-03) 1 540 60; (,2102-01-02) 2 540 60; [2101-01-03,2102-01-02) 1 600 60")
	// A correction: a period that goes on behind it is cut in two.
	set("today", planned, "(,today) 1 540 60; (,today) 2 540 60; [today,2101-01-03) 1 660 60; [2101-01-03,2102-01-02) 1 600 60; [2101-01-03,2102-01-02) 2 540 60",
		hours(mon, "11:00", 60))
	set("2101-01-03", planned, "(,today) 1 540 60; (,today) 2 540 60; [today,2101-01-03) 1 660 60; [2101-01-03,2102-01-02) 3 540 60", hours(model.WeekdayWednesday, "09:00", 60))
	// A last date: after it, what was to hold holds again, also inside one period.
	set("2101-12-20", until("2101-12-31"), "(,today) 1 540 60; (,today) 2 540 60; [today,2101-01-03) 1 660 60; [2101-01-03,2101-12-20) 3 540 60; "+
		"[2101-12-20,2102-01-01) 7 540 60; [2102-01-01,2102-01-02) 3 540 60", hours(sun, "09:00", 60))
	_, err := w.StoreHoursSet(t.Context(), w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from("2101-12-20"), EffectiveTo: until("2101-12-19")})
	wantMistakes(t, err, "effectiveTo INVALID")
	// For good.
	set("today", until(""), "(,today) 1 540 60; (,today) 2 540 60; [today,) 5 540 60", hours(model.WeekdayFriday, "09:00", 60))
	set("", until(""), "(,) 5 540 60", hours(model.WeekdayFriday, "09:00", 60))
	// A plan that is taken back leaves no bound at which a later correction would end.
	const saturdays = "(,2101-01-03) 5 540 60; [2101-01-03,2101-01-10) 6 540 60; [2101-01-10,) 5 540 60"
	set("2101-01-03", until("2101-01-09"), saturdays, hours(model.WeekdaySaturday, "09:00", 60))
	set("2101-01-03", until("2101-01-09"), "(,) 5 540 60", hours(model.WeekdayFriday, "09:00", 60))
	set("2101-01-03", until("2101-01-09"), saturdays, hours(model.WeekdaySaturday, "09:00", 60))
	set("2101-01-10", planned, "(,2101-01-03) 5 540 60; [2101-01-03,) 6 540 60", hours(model.WeekdaySaturday, "09:00", 60))
	set("2101-01-03", planned, "(,) 5 540 60", hours(model.WeekdayFriday, "09:00", 60))
}

func exception(date string, periods ...model.DayPeriodInput) model.StoreHourExceptionInput {
	return model.StoreHourExceptionInput{Date: day(date), Periods: graphql.OmittableOf(periods)}
}

func period(start string, length int) model.DayPeriodInput {
	return model.DayPeriodInput{Start: at(start), LengthMinutes: length}
}

func TestStoreHourExceptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "UTC")
	set := func(since string, list ...model.StoreHourExceptionInput) error {
		_, err := w.StoreHourExceptionsSet(t.Context(), w.owner, id, nil, model.StoreHourExceptionsSetInput{EffectiveFrom: from(since), Exceptions: list})
		return err
	}
	wantMistakes(t, set("2026-12-24",
		exception("2026-12-23"),
		exception("2026-12-24", period("20:00", 600), period("19:00", 61)),
		exception("2026-12-25", period("05:59", 60)),
		exception("2026-12-26", period("10:00", 0)),
		exception("2026-12-24")),
		"exceptions.0.date INVALID", "exceptions.1.periods.1.start INVALID", "exceptions.2.periods.0.start INVALID",
		"exceptions.3.periods.0.lengthMinutes INVALID", "exceptions.4.date INVALID")
	const saved = `SELECT coalesce(string_agg(concat_ws(' ', on_date, CASE WHEN closed THEN 'closed' END, start_minute, length_minutes), '; ' ORDER BY on_date, start_minute), '')
		FROM canonical.store_hour_exceptions`
	must(t, set("", exception("2026-12-24", period("20:00", 600), period("10:00", 60)), exception("2026-12-25"), exception("2026-12-26", period("00:00", 1440))))
	if got := one[string](w, saved); got != "2026-12-24 600 60; 2026-12-24 1200 600; 2026-12-25 closed; 2026-12-26 0 1440" {
		t.Errorf("saved %s", got)
	}
	// The period of the day before stays, and the new ones must not overlap it.
	wantMistakes(t, set("2026-12-25", exception("2026-12-25", period("05:00", 90))), "exceptions.0.periods.0.start INVALID")
	must(t, set("2026-12-25", exception("2026-12-25", period("06:00", 90))))
	if got := one[string](w, saved); got != "2026-12-24 600 60; 2026-12-24 1200 600; 2026-12-25 360 90" {
		t.Errorf("saved %s", got)
	}
	must(t, set("2026-12-24"))
	if got := one[string](w, saved); got != "" {
		t.Errorf("left over: %s", got)
	}

	must(t, set("2026-12-24", exception("2026-12-24")))
	for _, values := range []string{"'2026-12-24', false, 0, 60", "'2026-12-24', true, NULL, NULL", "'2026-12-23', true, 0, 60", "'2026-12-23', false, NULL, NULL", "'infinity', true, NULL, NULL"} {
		if exec(w, `INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes)
			SELECT $1, $2, `+values, w.owner.OrganizationID, id) == nil {
			t.Errorf("the database accepts %s", values)
		}
	}
}

// One date's exception is set and cleared without those of other dates; what it must not overlap are theirs.
func TestOneStoreHourException(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ctx := w.store("Norwood", "UTC"), t.Context()
	const saved = `SELECT coalesce(string_agg(concat_ws(' ', on_date, CASE WHEN closed THEN 'closed' END, start_minute, length_minutes, reason), '; ' ORDER BY on_date, start_minute), '')
		FROM canonical.store_hour_exceptions`
	version := 1
	after := func(err error, changes int, want string) {
		t.Helper()
		must(t, err)
		version += changes
		if got := one[string](w, saved); got != want {
			t.Errorf("saved %s, want %s", got, want)
		}
		if got := one[int](w, `SELECT version FROM canonical.stores`); got != version {
			t.Errorf("version %d, want %d", got, version)
		}
	}
	set := func(in model.StoreHourExceptionInput) error {
		_, err := w.StoreHourExceptionSet(ctx, w.owner, id, nil, in)
		return err
	}
	holiday := exception("2026-12-25")
	holiday.Reason = some(" Christmas ")
	after(set(holiday), 1, "2026-12-25 closed Christmas")
	after(set(holiday), 0, "2026-12-25 closed Christmas")
	after(set(exception("2026-12-24", period("20:00", 600), period("10:00", 60))), 1, "2026-12-24 600 60 ; 2026-12-24 1200 600 ; 2026-12-25 closed Christmas")
	after(set(exception("2026-12-24", period("20:00", 600))), 1, "2026-12-24 1200 600 ; 2026-12-25 closed Christmas")
	after(set(exception("2026-12-26", period("05:00", 60))), 1, "2026-12-24 1200 600 ; 2026-12-25 closed Christmas; 2026-12-26 300 60 ")
	wantMistakes(t, set(exception("2026-12-25", period("05:59", 60), period("07:00", 1441), period("08:00", 60), period("08:59", 60), period("23:00", 361))),
		"periods.0.start INVALID", "periods.1.lengthMinutes INVALID", "periods.3.start INVALID", "periods.4.start INVALID")
	cleared := func(date string) error {
		_, err := w.StoreHourExceptionClear(ctx, w.owner, id, &version, day(date))
		return err
	}
	after(cleared("2026-12-25"), 1, "2026-12-24 1200 600 ; 2026-12-26 300 60 ")
	after(cleared("2026-12-25"), 0, "2026-12-24 1200 600 ; 2026-12-26 300 60 ")
	after(cleared("2026-12-24"), 1, "2026-12-26 300 60 ")
	_, err := w.StoreArchive(ctx, w.owner, id, nil)
	must(t, err)
	wantMistakes(t, set(holiday), "id STATE")
	version++
	wantMistakes(t, cleared("2026-12-26"), "id STATE")
}

// When several callers set the hours at once, the store has the whole week of one of them.
func TestConcurrentHoursAreNoMixture(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "UTC")
	for round := range 5 {
		g, ctx := errgroup.WithContext(t.Context())
		for n := range 4 {
			g.Go(func() error {
				var week []model.StoreHoursInput
				for _, weekday := range model.AllWeekday[:3+n] {
					week = append(week, hours(weekday, fmt.Sprintf("%02d:00", 8+n), 60+n), hours(weekday, fmt.Sprintf("%02d:00", 14+n), 60+n))
				}
				_, err := w.StoreHoursSet(ctx, w.owner, id, nil, model.StoreHoursSetInput{EffectiveFrom: from("2026-01-01"), Periods: week})
				return err
			})
		}
		must(t, g.Wait())
		if got := one[string](w, `SELECT concat_ws(' ', count(DISTINCT length_minutes), count(*) = 2 * (min(length_minutes) - 57), min(valid::text) = max(valid::text)) FROM canonical.store_hours`); got != "1 t t" {
			t.Errorf("round %d: a mixture: %s, %s", round, got, one[string](w, weeks))
		}
	}
	if got := one[int](w, `SELECT version FROM canonical.stores`); got < 6 {
		t.Errorf("version %d", got)
	}
}
