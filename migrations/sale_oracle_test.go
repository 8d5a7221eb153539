package migrations_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // for machines without

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// TestSalesAgreeWithPaintedDays invents stores with parts, hours and exceptions that change over time, and compares what
// the database says of their sales with an oracle that knows nothing of intervals: it takes the wall's clock from Go's
// own zones, and paints every minute of the days around a sale, one period after the other.
func TestSalesAgreeWithPaintedDays(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	const salesEach = 60
	r := rand.New(rand.NewPCG(2026, 11))
	scene := newScene(t)
	for range pgtest.Rounds(20, 200) {
		s := inventShop(r)
		location, err := time.LoadLocation(s.zone)
		if err != nil {
			t.Fatal(err)
		}
		store := scene.store(s)
		want := map[int64]string{}
		for range salesEach {
			at := inventInstant(r, location)
			want[scene.sell(store, at)] = s.oracle(at.In(location))
		}
		scene.do("SELECT set_config('TimeZone', $1, true)", zones[r.IntN(len(zones))])
		// What says whether a store is open at an instant says the same of its sales.
		if n := value[int](scene, `SELECT count(*) FROM source.sale_annotations WHERE organization_id = $1 AND store_id = $2
			AND inside_opening_hours <> canonical.is_open(organization_id, store_id, local_time)`, scene.organization, store); n > 0 {
			t.Errorf("%d sales are inside opening hours for one and not for the other", n)
		}
		rows, err := scene.Query(t.Context(), `SELECT sale_id, local_time::text || ' ' || COALESCE(day_part, '-') || ' ' || business_date || ' ' || inside_opening_hours
			FROM source.sale_annotations WHERE organization_id = $1 AND store_id = $2`, scene.organization, store)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		var sale int64
		var got string
		if _, err := pgx.ForEachRow(rows, []any{&sale, &got}, func() error {
			found++
			if got != want[sale] {
				t.Errorf("%+v\nthe database says %s\nthe oracle says   %s", s, got, want[sale])
			}
			return nil
		}); err != nil || found != salesEach {
			t.Fatalf("%d sales are annotated, %v", found, err)
		}
	}
}

var zones = []string{"UTC", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "Asia/Kolkata", "Europe/Berlin",
	"America/New_York", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran"}

// change is when invented parts and hours are replaced.
var change = time.Date(2026, time.April, 5, 0, 0, 0, 0, time.UTC)

func inventShop(r *rand.Rand) shop {
	s := shop{zone: zones[r.IntN(len(zones))]}
	if r.IntN(2) == 0 {
		s.businessDayStart = r.IntN(1440)
	}
	for i, valid := range []string{"(,2026-04-05)", "[2026-04-05,)"} {
		for j, p := range cut(r, 1440, 1440, r.IntN(7)) {
			p.name, p.valid = fmt.Sprintf("Part%d.%d", i, j), valid
			s.parts = append(s.parts, p)
		}
		for _, p := range cut(r, 7*1440, 1440, r.IntN(20)) {
			p.valid, p.weekday, p.start = valid, p.start/1440+1, p.start%1440
			s.hours = append(s.hours, p)
		}
	}
	for range r.IntN(6) {
		// In other months, so that two never overlap.
		date := change.AddDate(0, 0, len(s.exceptions)*9-20)
		e := exception{date: date.Format(time.DateOnly)}
		if r.IntN(3) > 0 {
			e.start, e.length = r.IntN(1440), 1+r.IntN(1440)
		}
		s.exceptions = append(s.exceptions, e)
	}
	return s
}

// cut cuts a circle of minutes into at most n periods, some of which touch, and none of which is longer than it may be.
func cut(r *rand.Rand, circle, longest, n int) (periods []period) {
	var at []int
	for minute := range circle {
		if len(at) < n && r.IntN(circle-minute) < n-len(at) {
			at = append(at, minute)
		}
	}
	for i, start := range at {
		room := (at[(i+1)%len(at)] - start + circle) % circle
		if len(at) == 1 {
			room = circle
		}
		room = min(room, longest)
		switch r.IntN(4) {
		case 0:
			periods = append(periods, period{start: start, length: 1 + r.IntN(room)})
		case 1:
		default:
			periods = append(periods, period{start: start, length: room})
		}
	}
	return periods
}

// inventInstant is near the change, near a change of the clocks, or anywhere; on a whole minute more often than chance.
func inventInstant(r *rand.Rand, location *time.Location) time.Time {
	at := time.Unix(change.Unix()+int64(r.IntN(60*86400)-30*86400), int64(r.IntN(1e6))*1000)
	switch r.IntN(3) {
	case 0:
		at = change.Add(time.Duration(r.IntN(5*86400)-2*86400) * time.Second)
	case 1:
		if _, transition := time.Date(2025+r.IntN(3), time.Month(1+r.IntN(12)), 15, 0, 0, 0, 0, location).ZoneBounds(); !transition.IsZero() {
			at = transition.Add(time.Duration(r.IntN(12*3600)-6*3600) * time.Second)
		}
	}
	if r.IntN(2) == 0 {
		at = at.Truncate(time.Minute)
	}
	return at
}

// oracle annotates a sale at what its store's clock shows.
func (s shop) oracle(local time.Time) string {
	type painted struct {
		part, date string
		open       bool
	}
	// The wall's minutes of four days, from the one before yesterday: a day has 1 440 of them on every wall.
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	minutes := make([]painted, 4*1440+1440)
	for day := range 4 {
		date := midnight.AddDate(0, 0, day-2)
		isOld := date.Before(change)
		special := false
		for _, e := range s.exceptions {
			if e.date == date.Format(time.DateOnly) {
				special = true
				for minute := range e.length {
					minutes[day*1440+e.start+minute].open = true
				}
			}
		}
		for _, p := range s.hours {
			if !special && isOld == (p.valid[0] == '(') && p.weekday == int(date.Weekday()+6)%7+1 {
				for minute := range p.length {
					minutes[day*1440+p.start+minute].open = true
				}
			}
		}
		for _, p := range s.parts {
			if isOld == (p.valid[0] == '(') {
				for minute := range p.length {
					at := &minutes[day*1440+p.start+minute] // over what an earlier day has painted there
					at.part, at.date = p.name, date.Format(time.DateOnly)
				}
			}
		}
	}
	at := minutes[2*1440+local.Hour()*60+local.Minute()]
	if at.part == "" {
		at.part, at.date = "-", midnight.Format(time.DateOnly)
		if local.Hour()*60+local.Minute() < s.businessDayStart {
			at.date = midnight.AddDate(0, 0, -1).Format(time.DateOnly)
		}
	}
	return fmt.Sprintf("%s %s %s %t", local.Format("2006-01-02 15:04:05.999999"), at.part, at.date, at.open)
}
