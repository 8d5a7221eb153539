package migrations_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// period is a part of a day or an opening, on the wall's clock.
type period struct {
	name          string
	valid         string // a daterange; empty: always
	weekday       int    // of opening hours, Monday is 1
	start, length int    // minutes
}

// shop is a store with the parts of its day and its hours.
type shop struct {
	zone             string
	businessDayStart int
	parts, hours     []period
	exceptions       []exception
}

// exception is one opening of a date, or that it is closed (a length of 0).
type exception struct {
	date          string
	start, length int
}

// annotated is what sale_annotations says of a sale.
type annotated struct{ Local, Part, Date string }

// scene is a transaction with an organization of its own.
type scene struct {
	pgx.Tx
	t            *testing.T
	organization int64
}

func newScene(t *testing.T) scene {
	t.Helper()
	s := scene{Tx: pgtest.Tx(t), t: t}
	s.organization = value[int64](s, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ('One', 'UTC', 'AUD') RETURNING id`)
	return s
}

func (s scene) do(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatalf("%v\n%s %v", err, sql, args)
	}
}

// refresh absorbs all marks of the organization's sales. At most two transactions refresh one read model, so it waits until
// other tests have ended theirs.
func (s scene) refresh() {
	s.t.Helper()
	for value[bool](s, "SELECT more FROM refresh.sale_annotations($1, 1000)", s.organization) {
		time.Sleep(5 * time.Millisecond)
	}
}

func value[T any](s scene, sql string, args ...any) (v T) {
	s.t.Helper()
	if err := s.QueryRow(s.t.Context(), sql, args...).Scan(&v); err != nil {
		s.t.Fatalf("%v\n%s %v", err, sql, args)
	}
	return v
}

// store adds one and returns its key.
func (s scene) store(shop shop) int64 {
	s.t.Helper()
	id := value[int64](s, `INSERT INTO canonical.stores (organization_id, name, time_zone, business_day_start_minute)
		VALUES ($1, 'Store ' || (SELECT count(*) FROM canonical.stores), $2, $3) RETURNING id`, s.organization, shop.zone, shop.businessDayStart)
	valid := func(p period) string {
		if p.valid == "" {
			return "(,)"
		}
		return p.valid
	}
	for _, p := range shop.parts {
		s.do(`INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
			VALUES ($1, $2, $3::text::daterange, $4, $5, $6)`, s.organization, id, valid(p), p.name, p.start, p.length)
	}
	for _, p := range shop.hours {
		s.do(`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes)
			VALUES ($1, $2, $3::text::daterange, $4, $5, $6)`, s.organization, id, valid(p), p.weekday, p.start, p.length)
	}
	for _, e := range shop.exceptions {
		s.do(`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed, start_minute, length_minutes)
			VALUES ($1, $2, $3::text::date, $5::int = 0, CASE WHEN $5 > 0 THEN $4::int END, NULLIF($5, 0))`, s.organization, id, e.date, e.start, e.length)
	}
	return id
}

// sell records a sale at the instant and returns its key.
func (s scene) sell(store int64, at time.Time) int64 {
	s.t.Helper()
	return value[int64](s, `INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount)
		VALUES ($1, $2, $3, 'AUD', 100) RETURNING id`, s.organization, store, at)
}

// clock is hours and minutes as minutes.
func clock(hours, minutes int) int { return 60*hours + minutes }

// usual has gaps from 04:00 to 06:00, 14:00 to 17:00 and 21:00 to 22:00.
var usual = []period{
	{name: "Breakfast", start: clock(6, 0), length: clock(5, 0)}, {name: "Lunch", start: clock(11, 0), length: clock(3, 0)},
	{name: "Dinner", start: clock(17, 0), length: clock(4, 0)}, {name: "Night", start: clock(22, 0), length: clock(6, 0)},
}

// TestSaleTimes is what a sale's time in its store is, on days of all kinds: worked out by hand.
func TestSaleTimes(t *testing.T) {
	t.Parallel()
	seam := []period{
		{name: "Night", valid: "(,2026-06-01)", start: clock(22, 0), length: clock(6, 0)},
		{name: "Early", valid: "[2026-06-01,)", start: clock(2, 0), length: clock(3, 0)},
	}
	for _, c := range []struct {
		what  string
		shop  shop
		sales map[string]annotated
	}{
		{"half an hour, winter and summer", shop{zone: "Australia/Adelaide", parts: usual}, map[string]annotated{
			"2026-07-01T02:00:00Z": {"2026-07-01 11:30:00", "Lunch", "2026-07-01"},
			"2026-01-15T01:00:00Z": {"2026-01-15 11:30:00", "Lunch", "2026-01-15"},
			"2026-01-15T00:29:59Z": {"2026-01-15 10:59:59", "Breakfast", "2026-01-15"},
		}},
		{"three quarters of an hour", shop{zone: "Asia/Kathmandu", parts: usual}, map[string]annotated{
			"2026-07-01T18:20:00Z": {"2026-07-02 00:05:00", "Night", "2026-07-01"},
			"2026-07-01T18:14:59Z": {"2026-07-01 23:59:59", "Night", "2026-07-01"},
			"2026-07-01T22:15:00Z": {"2026-07-02 04:00:00", "", "2026-07-02"},
		}},
		{"a part over midnight, from both sides", shop{zone: "UTC", parts: usual}, map[string]annotated{
			"2026-03-10T21:59:59.999999Z": {"2026-03-10 21:59:59.999999", "", "2026-03-10"},
			"2026-03-10T22:00:00Z":        {"2026-03-10 22:00:00", "Night", "2026-03-10"},
			"2026-03-11T00:00:00Z":        {"2026-03-11 00:00:00", "Night", "2026-03-10"},
			"2026-03-11T03:59:59.999999Z": {"2026-03-11 03:59:59.999999", "Night", "2026-03-10"},
			"2026-03-11T04:00:00Z":        {"2026-03-11 04:00:00", "", "2026-03-11"},
		}},
		{"clocks go forward in the north", shop{zone: "Europe/Berlin", parts: usual}, map[string]annotated{
			"2026-03-29T00:59:59Z": {"2026-03-29 01:59:59", "Night", "2026-03-28"},
			"2026-03-29T01:00:00Z": {"2026-03-29 03:00:00", "Night", "2026-03-28"},
			"2026-03-29T01:59:59Z": {"2026-03-29 03:59:59", "Night", "2026-03-28"},
			"2026-03-29T02:00:00Z": {"2026-03-29 04:00:00", "", "2026-03-29"},
		}},
		{"clocks go back in the north", shop{zone: "Europe/Berlin", parts: usual}, map[string]annotated{
			"2026-10-25T00:30:00Z": {"2026-10-25 02:30:00", "Night", "2026-10-24"},
			"2026-10-25T01:30:00Z": {"2026-10-25 02:30:00", "Night", "2026-10-24"},
			"2026-10-25T02:59:59Z": {"2026-10-25 03:59:59", "Night", "2026-10-24"},
			"2026-10-25T03:00:00Z": {"2026-10-25 04:00:00", "", "2026-10-25"},
		}},
		{"a part that the clocks skip, and one that comes twice", shop{zone: "America/New_York", businessDayStart: clock(3, 0), parts: []period{
			{name: "Ghost", start: clock(2, 0), length: 60}, {name: "Twice", start: clock(1, 0), length: 60}}}, map[string]annotated{
			"2026-03-08T06:59:59Z": {"2026-03-08 01:59:59", "Twice", "2026-03-08"},
			"2026-03-08T07:00:00Z": {"2026-03-08 03:00:00", "", "2026-03-08"},
			"2026-03-08T05:59:59Z": {"2026-03-08 00:59:59", "", "2026-03-07"},
			"2026-11-01T05:30:00Z": {"2026-11-01 01:30:00", "Twice", "2026-11-01"},
			"2026-11-01T06:30:00Z": {"2026-11-01 01:30:00", "Twice", "2026-11-01"},
			"2026-11-01T07:30:00Z": {"2026-11-01 02:30:00", "Ghost", "2026-11-01"},
		}},
		{"clocks go forward in the south", shop{zone: "Australia/Adelaide", parts: usual}, map[string]annotated{
			"2026-10-03T16:29:59Z": {"2026-10-04 01:59:59", "Night", "2026-10-03"},
			"2026-10-03T16:30:00Z": {"2026-10-04 03:00:00", "Night", "2026-10-03"},
			"2026-10-03T17:30:00Z": {"2026-10-04 04:00:00", "", "2026-10-04"},
		}},
		{"clocks go back in the south", shop{zone: "Australia/Adelaide", parts: usual}, map[string]annotated{
			"2026-04-04T16:00:00Z": {"2026-04-05 02:30:00", "Night", "2026-04-04"},
			"2026-04-04T17:00:00Z": {"2026-04-05 02:30:00", "Night", "2026-04-04"},
			"2026-04-04T18:30:00Z": {"2026-04-05 04:00:00", "", "2026-04-05"},
		}},
		{"three quarters of an hour, and clocks go back", shop{zone: "Pacific/Chatham", parts: usual}, map[string]annotated{
			"2026-04-04T13:59:00Z": {"2026-04-05 03:44:00", "Night", "2026-04-04"},
			"2026-04-04T14:00:00Z": {"2026-04-05 02:45:00", "Night", "2026-04-04"},
			"2026-04-04T15:14:59Z": {"2026-04-05 03:59:59", "Night", "2026-04-04"},
			"2026-04-04T15:15:00Z": {"2026-04-05 04:00:00", "", "2026-04-05"},
		}},
		{"Lord Howe's clocks move by half an hour", shop{zone: "Australia/Lord_Howe", parts: []period{{name: "Bar", start: clock(22, 0), length: clock(3, 45)}}}, map[string]annotated{
			"2026-04-04T14:44:59Z": {"2026-04-05 01:44:59", "Bar", "2026-04-04"},
			"2026-04-04T14:45:00Z": {"2026-04-05 01:45:00", "", "2026-04-05"},
			"2026-04-04T15:00:00Z": {"2026-04-05 01:30:00", "Bar", "2026-04-04"}, // again
			"2026-04-04T15:15:00Z": {"2026-04-05 01:45:00", "", "2026-04-05"},
			"2026-10-03T15:29:59Z": {"2026-10-04 01:59:59", "", "2026-10-04"},
			"2026-10-03T15:30:00Z": {"2026-10-04 02:30:00", "", "2026-10-04"},
			"2026-10-03T15:14:59Z": {"2026-10-04 01:44:59", "Bar", "2026-10-03"},
		}},
		{"the start of the business day, outside of parts only", shop{zone: "Europe/Berlin", businessDayStart: clock(5, 0), parts: usual}, map[string]annotated{
			"2026-01-10T03:30:00Z": {"2026-01-10 04:30:00", "", "2026-01-09"},
			"2026-01-10T03:59:59Z": {"2026-01-10 04:59:59", "", "2026-01-09"},
			"2026-01-10T04:00:00Z": {"2026-01-10 05:00:00", "", "2026-01-10"},
			"2026-01-10T01:00:00Z": {"2026-01-10 02:00:00", "Night", "2026-01-09"},
			"2026-01-10T05:00:00Z": {"2026-01-10 06:00:00", "Breakfast", "2026-01-10"},
			"2026-03-29T03:00:00Z": {"2026-03-29 05:00:00", "", "2026-03-29"}, // 23 hours long
			"2026-03-29T02:59:59Z": {"2026-03-29 04:59:59", "", "2026-03-28"},
		}},
		{"a late start of the business day does not move parts", shop{zone: "UTC", businessDayStart: clock(23, 59), parts: usual}, map[string]annotated{
			"2026-01-10T06:00:00Z": {"2026-01-10 06:00:00", "Breakfast", "2026-01-10"},
			"2026-01-10T15:00:00Z": {"2026-01-10 15:00:00", "", "2026-01-09"},
		}},
		{"a part of 24 hours", shop{zone: "UTC", parts: []period{{name: "All", start: clock(23, 59), length: 1440}}}, map[string]annotated{
			"2026-03-10T23:58:59Z": {"2026-03-10 23:58:59", "All", "2026-03-09"},
			"2026-03-10T23:59:00Z": {"2026-03-10 23:59:00", "All", "2026-03-10"},
		}},
		{"the ends of the world, at the end of the year", shop{zone: "Pacific/Kiritimati", parts: usual}, map[string]annotated{
			"2025-12-31T10:30:00Z": {"2026-01-01 00:30:00", "Night", "2025-12-31"},
		}},
		{"and on the other side", shop{zone: "Pacific/Pago_Pago", parts: usual}, map[string]annotated{
			"2026-01-01T09:30:00Z": {"2025-12-31 22:30:00", "Night", "2025-12-31"},
			"2026-01-01T14:59:59Z": {"2026-01-01 03:59:59", "Night", "2025-12-31"},
		}},
		{"an old night into new parts: what began later wins", shop{zone: "UTC", parts: seam}, map[string]annotated{
			"2026-06-01T01:59:59Z": {"2026-06-01 01:59:59", "Night", "2026-05-31"},
			"2026-06-01T02:00:00Z": {"2026-06-01 02:00:00", "Early", "2026-06-01"},
			"2026-06-01T22:30:00Z": {"2026-06-01 22:30:00", "", "2026-06-01"},
			"2026-06-02T02:30:00Z": {"2026-06-02 02:30:00", "Early", "2026-06-02"},
			"2026-05-31T02:30:00Z": {"2026-05-31 02:30:00", "Night", "2026-05-30"},
		}},
		{"no parts at all", shop{zone: "Australia/Eucla"}, map[string]annotated{
			"2026-03-10T15:14:59Z": {"2026-03-10 23:59:59", "", "2026-03-10"},
			"2026-03-10T15:15:00Z": {"2026-03-11 00:00:00", "", "2026-03-11"},
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			store := s.store(c.shop)
			for instant, want := range c.sales {
				at, err := time.Parse(time.RFC3339Nano, instant)
				if err != nil {
					t.Fatal(err)
				}
				sale := s.sell(store, at)
				for _, zone := range []string{"UTC", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"} {
					s.do("SELECT set_config('TimeZone', $1, true)", zone)
					s.do("SELECT engine.mark_all('sale_annotations')")
					s.refresh()
					for _, schema := range []string{"source", "projection"} {
						var got annotated
						err := s.QueryRow(t.Context(), `SELECT local_time::text, COALESCE(day_part, ''), business_date::text
							FROM `+schema+`.sale_annotations WHERE organization_id = $1 AND sale_id = $2`, s.organization, sale).Scan(&got.Local, &got.Part, &got.Date)
						if err != nil || got != want {
							t.Errorf("%s, in a session of %s, %s: %+v, want %+v, %v", instant, zone, schema, got, want, err)
						}
					}
				}
			}
		})
	}
}

// TestInsideOpeningHours is about weeks with lunch breaks and nights, and dates that are different.
func TestInsideOpeningHours(t *testing.T) {
	t.Parallel()
	// In the week of Monday, 2 March 2026.
	week := shop{zone: "UTC", hours: []period{
		{weekday: 1, start: clock(8, 0), length: clock(4, 0)}, {weekday: 1, start: clock(13, 0), length: clock(4, 0)},
		{weekday: 5, start: clock(20, 0), length: clock(8, 0)}, {weekday: 6, start: clock(20, 0), length: clock(8, 0)},
		{weekday: 7, start: clock(22, 0), length: clock(5, 0)},
		{weekday: 3, valid: "(,2026-03-01)", start: 0, length: 1440}, {weekday: 4, valid: "[2026-03-02,)", start: 0, length: 1440},
	}, exceptions: []exception{
		{date: "2026-03-07"}, // a Saturday
		{date: "2026-03-10", start: clock(10, 0), length: clock(2, 0)}, {date: "2026-03-10", start: clock(23, 0), length: clock(2, 0)},
		{date: "2026-03-16"},
	}}
	for instant, want := range map[string]bool{
		"2026-03-02T07:59:59Z": false, "2026-03-02T08:00:00Z": true, "2026-03-02T12:00:00Z": false, "2026-03-02T13:00:00Z": true, "2026-03-02T17:00:00Z": false,
		"2026-03-02T02:59:59Z": true, "2026-03-02T03:00:00Z": false, // Sunday's night
		"2026-03-03T12:00:00Z": false, "2026-03-04T12:00:00Z": false, "2026-02-25T12:00:00Z": true, "2026-03-05T00:00:00Z": true, "2026-02-26T12:00:00Z": false,
		"2026-03-07T03:59:59Z": true, // Friday's night goes on into the closed Saturday
		"2026-03-07T20:00:00Z": false, "2026-03-08T01:00:00Z": false, "2026-03-08T22:00:00Z": true,
		"2026-03-10T10:00:00Z": true, "2026-03-10T12:00:00Z": false, "2026-03-11T00:59:59Z": true, "2026-03-11T01:00:00Z": false,
		"2026-03-16T02:00:00Z": true, "2026-03-16T09:00:00Z": false,
	} {
		s := newScene(t)
		at, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		sale := s.sell(s.store(week), at)
		if got := value[bool](s, `SELECT inside_opening_hours FROM source.sale_annotations WHERE organization_id = $1 AND sale_id = $2`, s.organization, sale); got != want {
			t.Errorf("%s: %t", instant, got)
		}
	}
}

// TestSaleMarks: a change of a store marks what depends on it, by one mark, and nothing else.
func TestSaleMarks(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	store, other := s.store(shop{zone: "UTC", parts: usual}), s.store(shop{zone: "UTC", parts: usual})
	at := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	var sales []int64
	for day := range 10 {
		sales = append(sales, s.sell(store, at.AddDate(0, 0, day)))
		s.sell(other, at.AddDate(0, 0, day))
	}
	for _, c := range []struct {
		what, sql   string
		marks, keys int
	}{
		{"a new sale marks itself", fmt.Sprintf(`INSERT INTO canonical.sales (organization_id, store_id, occurred_at, currency, amount) VALUES ($O, %d, '2026-03-10', 'AUD', 1)`, store), 1, 1},
		{"a void one too", fmt.Sprintf(`UPDATE canonical.sales SET voided_at = now() WHERE id = %d`, sales[0]), 1, 1},
		{"a new name nothing", `UPDATE canonical.stores SET name = name || '!' WHERE organization_id = $O`, 0, 0},
		{"nor does archiving", `UPDATE canonical.stores SET archived_at = now() WHERE organization_id = $O`, 0, 0},
		{"nor does restoring", `UPDATE canonical.stores SET archived_at = NULL WHERE organization_id = $O`, 0, 0},
		{"a zone its store", fmt.Sprintf(`UPDATE canonical.stores SET time_zone = 'Asia/Kathmandu' WHERE id = %d`, store), 1, 11},
		{"a start of the business day its store", fmt.Sprintf(`UPDATE canonical.stores SET business_day_start_minute = 1 WHERE id = %d`, store), 1, 11},
		{"parts their store", fmt.Sprintf(`UPDATE canonical.day_parts SET name = name || '!' WHERE store_id = %d`, store), 1, 11},
		{"hours their store", fmt.Sprintf(`INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes) VALUES ($O, %d, '(,)', 1, 0, 60)`, store), 1, 11},
		{"an exception what is near its date", fmt.Sprintf(`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, %d, '2026-03-16', true)`, store), 1, 4},
		{"one of the future nothing", fmt.Sprintf(`INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) VALUES ($O, %d, '2027-03-16', true)`, store), 1, 0},
	} {
		s.refresh()
		s.do(strings.ReplaceAll(c.sql, "$O", strconv.FormatInt(s.organization, 10)))
		marks := value[int](s, "SELECT count(*) FROM marks.sale_annotations WHERE organization_id = $1", s.organization)
		keys := value[int](s, "SELECT count(DISTINCT sale_id) FROM dirty.sale_annotations WHERE organization_id = $1", s.organization)
		if marks != c.marks || keys != c.keys {
			t.Errorf("%s: %d marks, %d dirty sales, want %d and %d", c.what, marks, keys, c.marks, c.keys)
		}
	}
}
