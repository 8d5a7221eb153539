package demo

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// shop is an invented store. Shops do not depend on the seed.
type shop struct {
	name, zone string
	hours      []opening
	parts      []dayPart
	// begins is the minute of the day at which its business day begins.
	begins   int16
	archived bool
	// tills are the names of its tills; a shop without one imports its sales.
	tills []string
}

// opening is a period of opening hours on several weekdays, of which 1 is Monday; start and length are minutes.
type opening struct {
	weekdays      []int16
	start, length int
}

type dayPart struct {
	name          string
	start, length int
}

const hour = 60

var (
	everyDay = []int16{1, 2, 3, 4, 5, 6, 7}
	// A shop closes over lunch, and on Sundays.
	shopHours = []opening{{[]int16{1, 2, 3, 4, 5}, 9 * hour, 3 * hour}, {[]int16{1, 2, 3, 4, 5}, 13 * hour, 5 * hour}, {[]int16{6}, 9*hour + 30, 6 * hour}}
	// A bar closes in the small hours; its Sunday night is Monday's.
	barHours = []opening{{[]int16{2, 3, 4}, 16 * hour, 8 * hour}, {[]int16{5, 6}, 16 * hour, 11 * hour}, {[]int16{7}, 12 * hour, 14 * hour}}
	// A kiosk never closes.
	kioskHours = []opening{{everyDay, 0, 24 * hour}}

	shopParts = []dayPart{{"Morning", 6 * hour, 5 * hour}, {"Lunch", 11 * hour, 3 * hour}, {"Afternoon", 14 * hour, 5 * hour}}
	barParts  = []dayPart{{"Afternoon", 12 * hour, 6 * hour}, {"Evening", 18 * hour, 4 * hour}, {"Night", 22 * hour, 6 * hour}}
	allParts  = []dayPart{{"Early", 4 * hour, 6 * hour}, {"Day", 10 * hour, 8 * hour}, {"Evening", 18 * hour, 4 * hour}, {"Night", 22 * hour, 6 * hour}}
)

// shops returns an organization's stores: in zones whose offsets have half and quarter hours, with daylight saving time on
// both hemispheres, and on Lord Howe Island, whose clocks change by half an hour.
func (p plan) shops() []shop {
	switch p.country {
	case "AU":
		return []shop{
			{name: "Harbour Street", zone: "Australia/Sydney", hours: shopHours, parts: shopParts, tills: []string{"Counter", "Back counter"}},
			{name: "Rundle Mall", zone: "Australia/Adelaide", hours: shopHours, parts: shopParts, tills: []string{"Counter"}},
			{name: "Lagoon Kiosk", zone: "Australia/Lord_Howe", hours: kioskHours, parts: allParts, begins: 4 * hour},
			{name: "Brick Lane", zone: "Europe/London", hours: barHours, parts: barParts, begins: 5 * hour, tills: []string{"Bar", "Terrace"}},
			{name: "Water Street", zone: "America/St_Johns", hours: barHours, parts: barParts, begins: 5 * hour, tills: []string{"Bar"}},
			{name: "Old Pier", zone: "Australia/Sydney", hours: shopHours, parts: shopParts, archived: true},
		}
	case "NP":
		return []shop{
			{name: "Thamel", zone: "Asia/Kathmandu", hours: shopHours, parts: shopParts, tills: []string{"Counter"}},
			{name: "Patan Press Café", zone: "Asia/Kathmandu", hours: barHours, parts: barParts, begins: 4 * hour, tills: []string{"Bar"}},
		}
	case "NZ":
		return []shop{{name: "Waitangi Wharf", zone: "Pacific/Chatham", hours: shopHours, parts: shopParts, tills: []string{"Counter"}}}
	default:
		return []shop{{name: "Souq Stall", zone: "Asia/Kuwait", hours: barHours, parts: barParts, begins: 4 * hour, tills: []string{"Counter"}}}
	}
}

// openAt reports whether the shop's weekly hours say that it is open at a local time.
func (s shop) openAt(local time.Time) bool {
	for back := range 2 { // an opening may have begun the day before
		began := local.AddDate(0, 0, -back)
		minute := local.Hour()*hour + local.Minute() + back*24*hour
		for _, o := range s.hours {
			if slices.Contains(o.weekdays, weekdayOf(began)) && minute >= o.start && minute < o.start+o.length {
				return true
			}
		}
	}
	return false
}

// weekdayOf returns the weekday of a date; 1 is Monday.
func weekdayOf(date time.Time) int16 { return int16(date.Weekday()+6)%7 + 1 }

// stores writes the organization's stores. Until half a year ago each closed an hour earlier and had no day parts.
func (w *writer) stores(ctx context.Context, b *business) error {
	shops := b.shops()
	keys, err := w.keys(ctx, "stores", len(shops))
	if err != nil {
		return err
	}
	b.stores = keys
	at, change := b.began(), b.today.AddDate(0, -6, 0)
	before, since := days(nil, &change), days(&change, nil)
	var stores, hours, exceptions, parts [][]any
	for i, s := range shops {
		var archived *time.Time
		if s.archived {
			archived = new(b.today.AddDate(0, -1, 0))
		}
		stores = append(stores, []any{b.id, keys[i], s.name, s.zone, s.begins, archived, at, at})
		for _, o := range s.hours {
			for _, weekday := range o.weekdays {
				hours = append(hours,
					[]any{b.id, int64(0), keys[i], before, weekday, int16(o.start), int32(o.length - hour), at, at},
					[]any{b.id, int64(0), keys[i], since, weekday, int16(o.start), int32(o.length), change, change})
			}
		}
		for _, p := range s.parts {
			parts = append(parts, []any{b.id, int64(0), keys[i], since, p.name, int16(p.start), int32(p.length), change, change})
		}
		for n := range 2 {
			christmas := time.Date(b.today.Year()-1+n, time.December, 25, 0, 0, 0, 0, time.UTC)
			exceptions = append(exceptions,
				[]any{b.id, int64(0), keys[i], christmas.AddDate(0, 0, -1), false, int16(9 * hour), int32(4 * hour), "Christmas Eve", at, at},
				[]any{b.id, int64(0), keys[i], christmas, true, nil, nil, "Christmas Day", at, at})
		}
	}
	for _, t := range []struct {
		table   string
		columns []string
		rows    [][]any
		count   *int
	}{
		{"stores", []string{"name", "time_zone", "business_day_start_minute", "archived_at"}, stores, &w.counts.Stores},
		{"store_hours", []string{"store_id", "valid", "weekday", "start_minute", "length_minutes"}, hours, &w.counts.StoreHours},
		{"store_hour_exceptions", []string{"store_id", "on_date", "closed", "start_minute", "length_minutes", "reason"}, exceptions, &w.counts.StoreHourExceptions},
		{"day_parts", []string{"store_id", "valid", "name", "start_minute", "length_minutes"}, parts, &w.counts.DayParts},
	} {
		if t.table != "stores" {
			if err := w.number(ctx, t.table, t.rows); err != nil {
				return err
			}
		}
		columns := append([]string{"organization_id", "id"}, append(t.columns, "created_at", "updated_at")...)
		if err := w.copy(ctx, t.count, t.table, columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// days returns the range of days from one, included, to another, excluded; nil is unbounded.
func days(from, before *time.Time) pgtype.Range[pgtype.Date] {
	r := pgtype.Range[pgtype.Date]{LowerType: pgtype.Unbounded, UpperType: pgtype.Unbounded, Valid: true}
	if from != nil {
		r.Lower, r.LowerType = pgtype.Date{Time: *from, Valid: true}, pgtype.Inclusive
	}
	if before != nil {
		r.Upper, r.UpperType = pgtype.Date{Time: *before, Valid: true}, pgtype.Exclusive
	}
	return r
}
