package resolvers_test

import (
	"fmt"
	"testing"

	"daybook/graph/model"
)

// place adds a store with a week and a night of day parts, and returns its id: open from 08:00 to 22:00, closed at
// Christmas; day from 06:00, and night from 22:00 to 06:00.
func (s *service) place(c caller, name, zone string) string {
	s.t.Helper()
	var key int64
	err := s.pool.QueryRow(s.t.Context(), `WITH store AS (
			INSERT INTO canonical.stores (organization_id, name, time_zone) VALUES ($1, $2, $3) RETURNING id
		), parts AS (
			INSERT INTO canonical.day_parts (organization_id, store_id, valid, name, start_minute, length_minutes)
			SELECT $1, id, '(,)', part.name, part.start, part.length FROM store, (VALUES ('Day', 360, 960), ('Night', 1320, 480)) AS part (name, start, length)
		), hours AS (
			INSERT INTO canonical.store_hours (organization_id, store_id, valid, weekday, start_minute, length_minutes)
			SELECT $1, id, '(,)', weekday, 480, 840 FROM store, generate_series(1, 7) AS weekday
		), christmas AS (
			INSERT INTO canonical.store_hour_exceptions (organization_id, store_id, on_date, closed) SELECT $1, id, '2026-12-25', true FROM store
		) SELECT id FROM store`, c.organizationID, name, zone).Scan(&key)
	if err != nil {
		s.t.Fatal(err)
	}
	return model.ID{Type: "Store", Key: key}.String()
}

// staff makes a person who may be given shifts.
func (c caller) staff(name string) string {
	c.t.Helper()
	return c.made("personCreate", `mutation($name: String!) {
		personCreate(input: {givenName: $name, isStaff: true}) { record { id } userErrors { path code message } } }`, variables{"name": name})
}

// shift drafts one by the clock of its store; an empty person is nobody.
func (c caller) shift(store, person, date, start string, minutes int) string {
	c.t.Helper()
	vars := variables{"store": store, "date": date, "start": start, "minutes": minutes}
	if person != "" {
		vars["person"] = person
	}
	return c.made("shiftCreate", `mutation($store: ID!, $person: ID, $date: Date!, $start: LocalTime!, $minutes: Int!) {
		shiftCreate(input: {storeId: $store, personId: $person, local: {date: $date, start: $start, lengthMinutes: $minutes}}) {
			record { id } userErrors { path code message recordId } } }`, vars)
}

const shiftFields = `state startsAt endsAt minutes localStart localEnd businessDate weekStart dayParts { dayPart minutes } minutesInNoDayPart minutesOutsideHours runningWeekMinutes`

// What a shift is annotated with, on a plain night and on the night the clock is put forward, before anything is
// refreshed and after.
func TestShiftIsAnnotated(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shop, ada := s.place(s.caller, "Rundle Mall", "Australia/Adelaide"), s.staff("Ada")
	plain := s.shift(shop, ada, "2026-10-02", "20:00", 600)
	night := s.shift(shop, ada, "2026-10-03", "20:00", 600) // 02:00 is followed by 03:00
	christmas := s.shift(shop, "", "2026-12-25", "05:00", 120)
	for _, behind := range []bool{true, false} {
		if !behind {
			s.refreshed()
		}
		for id, want := range map[string]string{
			plain: `{"businessDate":"2026-10-02","dayParts":[{"dayPart":"Day","minutes":120},{"dayPart":"Night","minutes":480}],"endsAt":"2026-10-02T20:30:00Z",` +
				`"localEnd":"2026-10-03T06:00:00","localStart":"2026-10-02T20:00:00","minutes":600,"minutesInNoDayPart":0,"minutesOutsideHours":480,` +
				`"runningWeekMinutes":600,"startsAt":"2026-10-02T10:30:00Z","state":"DRAFT","weekStart":"2026-09-28"}`,
			night: `{"businessDate":"2026-10-03","dayParts":[{"dayPart":"Day","minutes":180},{"dayPart":"Night","minutes":420}],"endsAt":"2026-10-03T20:30:00Z",` +
				`"localEnd":"2026-10-04T07:00:00","localStart":"2026-10-03T20:00:00","minutes":600,"minutesInNoDayPart":0,"minutesOutsideHours":480,` +
				`"runningWeekMinutes":1200,"startsAt":"2026-10-03T10:30:00Z","state":"DRAFT","weekStart":"2026-09-28"}`,
			christmas: `{"businessDate":"2026-12-24","dayParts":[{"dayPart":"Night","minutes":60},{"dayPart":"Day","minutes":60}],"endsAt":"2026-12-24T20:30:00Z",` +
				`"localEnd":"2026-12-25T07:00:00","localStart":"2026-12-25T05:00:00","minutes":120,"minutesInNoDayPart":0,"minutesOutsideHours":120,` +
				`"runningWeekMinutes":null,"startsAt":"2026-12-24T18:30:00Z","state":"DRAFT","weekStart":"2026-12-21"}`,
		} {
			s.must(`query($id: ID!) { shift(id: $id) { `+shiftFields+` } }`, variables{"id": id}).want(map[string]string{"data.shift": want})
		}
	}
}

// Nobody refreshes here: every answer below is exact all the same.
func TestShiftMutations(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shop, ada, bob := s.place(s.caller, "Rundle Mall", "Australia/Adelaide"), s.staff("Ada"), s.staff("Bob")
	early, late := s.shift(shop, ada, "2026-03-02", "08:00", 240), s.shift(shop, ada, "2026-03-03", "08:00", 480)
	s.must(`mutation($store: ID!, $person: ID!) { shiftCreate(input: {storeId: $store, personId: $person, startsAt: "2026-03-02T22:00:00Z", endsAt: "2026-03-02T23:00:00Z"}) {
		record { id } userErrors { path code recordId } } }`, variables{"store": shop, "person": ada}).
		want(map[string]string{"data.shiftCreate": `{"record":null,"userErrors":[{"code":"TAKEN","path":"personId","recordId":"` + late + `"}]}`})

	running := func(want ...string) {
		t.Helper()
		a := s.must(`query($person: ID!) { person(id: $person) { shifts(orderBy: {field: STARTS_AT}) { nodes { runningWeekMinutes person { fullName } } totalCount } } }`, variables{"person": ada})
		for i, minutes := range want {
			a.want(map[string]string{fmt.Sprintf("data.person.shifts.nodes.%d.runningWeekMinutes", i): minutes})
		}
		a.want(map[string]string{"data.person.shifts.totalCount": fmt.Sprint(len(want)), "data.person.shifts.nodes.0.person.fullName": "Ada"})
	}
	running("240", "720")
	s.must(`mutation($id: ID!) { shiftUpdate(id: $id, expectedVersion: 1, input: {endsAt: "2026-03-01T22:30:00Z", note: "Short"}) { record { version minutes note localEnd } userErrors { code } } }`,
		variables{"id": early}).want(map[string]string{"data.shiftUpdate": `{"record":{"localEnd":"2026-03-02T09:00:00","minutes":60,"note":"Short","version":2},"userErrors":[]}`})
	running("60", "540")
	s.must(`mutation($id: ID!) { shiftPublish(id: $id) { record { state publishedAt } userErrors { code } } }`, variables{"id": early}).
		want(map[string]string{"data.shiftPublish.record.state": "PUBLISHED", "data.shiftPublish.userErrors": "[]"})
	s.must(`mutation($id: ID!) { shiftCancel(id: $id) { record { state runningWeekMinutes } userErrors { code } } }`, variables{"id": early}).
		want(map[string]string{"data.shiftCancel": `{"record":{"runningWeekMinutes":null,"state":"CANCELLED"},"userErrors":[]}`})
	running("null", "480")
	s.must(`mutation($id: ID!, $person: ID) { shiftUpdate(id: $id, input: {personId: $person}) { record { person { fullName } } userErrors { code } } }`, variables{"id": late, "person": bob}).
		want(map[string]string{"data.shiftUpdate.record.person.fullName": "Bob"})
	running("null")
	s.must(`mutation($id: ID!) { shiftDelete(id: $id) { record { id person { fullName } } userErrors { code } } }`, variables{"id": late}).
		want(map[string]string{"data.shiftDelete": `{"record":{"id":"` + late + `","person":{"fullName":"Bob"}},"userErrors":[]}`})
	s.must(`query($id: ID!) { shift(id: $id) { id } node(id: $id) { id } }`, variables{"id": late}).want(map[string]string{"data": `{"node":null,"shift":null}`})
	s.must(`query($id: ID!) { shift(id: "Person:1") { id } node(id: $id) { ... on Shift { state } } }`, variables{"id": early}).
		want(map[string]string{"data": `{"node":{"state":"CANCELLED"},"shift":null}`})
	for _, mutation := range []string{`shiftUpdate(id: $id, input: {})`, `shiftPublish(id: $id)`, `shiftCancel(id: $id)`, `shiftDelete(id: $id)`} {
		s.must(`mutation($id: ID!) { m: `+mutation+` { record { id } userErrors { path code } } }`, variables{"id": ada}).
			want(map[string]string{"data.m": `{"record":null,"userErrors":[{"code":"NOT_FOUND","path":"id"}]}`})
	}
}

func TestShiftFilters(t *testing.T) {
	t.Parallel()
	s := serve(t)
	here, there := s.place(s.caller, "Here", "Pacific/Kiritimati"), s.place(s.caller, "There", "Pacific/Niue") // 25 hours apart
	ada := s.staff("Ada")
	a := s.shift(here, ada, "2026-03-02", "08:00", 60)   // until 2026-03-01T19:00Z
	b := s.shift(there, "", "2026-03-02", "08:00", 60)   // from 2026-03-02T19:00Z
	n := s.shift(here, ada, "2026-03-03", "05:00", 1440) // its business date is the day before
	s.of("shiftPublish", n)
	for filter, want := range map[string][]string{
		``:                                    {b, n, a}, // the latest first
		`storeId: "` + here + `"`:             {n, a},
		`storeId: "` + ada + `"`:              {},
		`personId: "` + ada + `"`:             {n, a},
		`open: true`:                          {b},
		`open: false`:                         {n, a},
		`state: PUBLISHED`:                    {n},
		`businessDateFrom: "2026-03-02"`:      {b, n, a},
		`businessDateFrom: "2026-03-03"`:      {},
		`businessDateTo: "2026-03-01"`:        {},
		`businessDateTo: "2026-03-02"`:        {b, n, a},
		`state: DRAFT, open: true`:            {b},
		`storeId: "` + here + `", open: true`: {},
		`overlapping: {from: "2026-03-01T19:00:00Z", to: "2026-03-02T15:00:00Z"}`: {},
		`overlapping: {from: "2026-03-01T18:59:00Z", to: "2026-03-02T15:01:00Z"}`: {n, a},
		`overlapping: {from: "2026-03-03T14:59:00Z", to: "2026-03-04T00:00:00Z"}`: {n},
	} {
		t.Run(filter, func(t *testing.T) {
			s := s.in(t)
			nodes := ""
			for i, id := range want {
				if i > 0 {
					nodes += ","
				}
				nodes += `{"id":"` + id + `"}`
			}
			list := s.must(`{ shifts(filter: {`+filter+`}) { nodes { id } totalCount } }`, nil)
			if got := list.text("data.shifts.nodes"); got != "["+nodes+"]" {
				t.Errorf("%s: %s, want %s", filter, got, want)
			}
		})
	}
	s.must(`{ shifts(orderBy: {field: CREATED_AT}) { nodes { id } } }`, nil).
		want(map[string]string{"data.shifts.nodes": `[{"id":"` + a + `"},{"id":"` + b + `"},{"id":"` + n + `"}]`})
	other := s.organization("Other")
	other.must(`query($id: ID!) { shift(id: $id) { id } shifts { totalCount } }`, variables{"id": a}).
		want(map[string]string{"data": `{"shift":null,"shifts":{"totalCount":0}}`})
}
