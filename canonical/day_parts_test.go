package canonical_test

import (
	"strings"
	"testing"

	"daybook/graph/model"
)

func dayPart(name, start string, length int) model.DayPartInput {
	return model.DayPartInput{Name: some(name), Start: at(start), LengthMinutes: length}
}

func TestDayPartsOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	type parts = []model.DayPartInput
	for name, c := range map[string]struct {
		parts parts
		want  []string
	}{
		"over midnight":         {parts{dayPart("Night", "22:00", 360), dayPart("Early", "02:00", 180)}, []string{"parts.1.start INVALID"}},
		"over midnight, before": {parts{dayPart("Early", "02:00", 180), dayPart("Night", "22:00", 360)}, []string{"parts.1.start INVALID"}},
		"a whole day and more":  {parts{dayPart("Day", "06:00", 1440), dayPart("Moment", "05:59", 1)}, []string{"parts.1.start INVALID"}},
		"too long":              {parts{dayPart("Day", "06:00", 1441)}, []string{"parts.0.lengthMinutes INVALID"}},
		"one name, no name":     {parts{dayPart("Lunch", "11:00", 60), dayPart(" lunch ", "12:00", 60), dayPart(" ", "13:00", 60)}, []string{"parts.2.name REQUIRED", "parts.1.name TAKEN"}},
		"all at once":           {parts{dayPart("A", "10:00", 60), dayPart("a", "10:30", 0), dayPart("B", "10:59", 2)}, []string{"parts.1.lengthMinutes INVALID", "parts.2.start INVALID", "parts.1.name TAKEN"}},
		"adjacent":              {parts{dayPart("Night", "22:00", 360), dayPart("Early", "04:00", 120), dayPart("Day", "06:00", 960)}, nil},
		"gaps":                  {parts{dayPart("Lunch", "11:00", 60), dayPart("Dinner", "18:00", 60)}, nil},
		"the whole circle":      {parts{dayPart("Day", "06:00", 1440)}, nil},
		"none":                  {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			_, err := w.StoreDayPartsSet(t.Context(), w.owner, id, nil, model.StoreDayPartsSetInput{EffectiveFrom: from(""), Parts: c.parts})
			if c.want == nil {
				if n := one[int](w, `SELECT count(*) FROM canonical.day_parts`); err != nil || n != len(c.parts) {
					t.Errorf("%v, %d parts", err, n)
				}
				return
			}
			if got := mistakes(t, err); strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			must(t, exec(w, `DELETE FROM canonical.day_parts`))
			refused := false
			for _, p := range c.parts {
				refused = exec(w, `INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
					VALUES ($1, $2, '(,)', btrim($3), $4, $5)`, w.owner.OrganizationID, id, *p.Name.Value(), p.Start.Minute, p.LengthMinutes) != nil || refused
			}
			if !refused {
				t.Errorf("the database accepts it")
			}
			must(t, exec(w, `DELETE FROM canonical.day_parts`))
		})
	}
}

func TestDayPartsAreValidFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.store("Norwood", "Australia/Adelaide")
	set := func(since, want string, parts ...model.DayPartInput) {
		t.Helper()
		_, err := w.StoreDayPartsSet(t.Context(), w.owner, id, nil, model.StoreDayPartsSetInput{EffectiveFrom: from(since), Parts: parts})
		must(t, err)
		got := one[string](w, `SELECT coalesce(string_agg(concat_ws(' ', valid, name, start_minute, length_minutes), '; ' ORDER BY valid, start_minute), '') FROM canonical.day_parts`)
		if got != want {
			t.Errorf("from %q: %s, want %s", since, got, want)
		}
	}
	set("", "(,) Lunch 660 120; (,) Night 1320 360", dayPart("Lunch", "11:00", 120), dayPart("Night", "22:00", 360))
	// A name can be used again after its part has ended; the old night still reaches into the new morning.
	set("2001-06-01", "(,2001-06-01) Night 1320 360; (,) Lunch 660 120; [2001-06-01,) night 120 180", dayPart("Lunch", "11:00", 120), dayPart("night", "02:00", 180))
	set("2001-07-01", "(,2001-06-01) Night 1320 360; (,2001-07-01) Lunch 660 120; [2001-06-01,2001-07-01) night 120 180")
	set("2001-06-15", "(,2001-06-01) Night 1320 360; (,2001-06-15) Lunch 660 120; [2001-06-01,2001-06-15) night 120 180; [2001-06-15,) All 0 1440", dayPart("All", "00:00", 1440))
	set("", "")
	// What is planned stays when the present is corrected.
	set("2101-06-01", "[2101-06-01,) Dinner 1080 60", dayPart("Dinner", "18:00", 60))
	set("", "(,2101-06-01) Lunch 660 120; [2101-06-01,) Dinner 1080 60", dayPart("Lunch", "11:00", 120))
	set("2101-06-01", "(,2101-06-01) Lunch 660 120; [2101-06-01,) Supper 1080 60", dayPart("Supper", "18:00", 60))
}
