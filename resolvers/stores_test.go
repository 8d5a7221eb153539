package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"daybook/graph/model"
)

// storeWithHours makes a store that is open on weekdays, with a lunch break, and on Friday nights.
func (c caller) storeWithHours(name, zone string) string {
	c.t.Helper()
	id := c.made("storeCreate", `mutation($name: String, $zone: String) { storeCreate(input: {name: $name, timeZone: $zone}) {
		record { id } userErrors { path code message } } }`, variables{"name": name, "zone": zone})
	c.made("storeHoursSet", `mutation($id: ID!) { storeHoursSet(id: $id, input: {effectiveFrom: null, periods: [
		{weekday: MONDAY, start: "09:00", lengthMinutes: 180}, {weekday: MONDAY, start: "13:00", lengthMinutes: 300},
		{weekday: FRIDAY, start: "22:00", lengthMinutes: 360}]}) { record { id } userErrors { path code message } } }`, variables{"id": id})
	c.made("storeHourExceptionsSet", `mutation($id: ID!) { storeHourExceptionsSet(id: $id, input: {effectiveFrom: null, exceptions: [
		{date: "2026-03-02", reason: "Labour Day"}, {date: "2026-03-09", periods: [{start: "20:00", lengthMinutes: 300}, {start: "10:00", lengthMinutes: 60}]}]}) {
			record { id } userErrors { path code message } } }`, variables{"id": id})
	c.made("storeDayPartsSet", `mutation($id: ID!) { storeDayPartsSet(id: $id, input: {effectiveFrom: "2026-01-01", parts: [
		{name: "Day", start: "06:00", lengthMinutes: 960}, {name: "Night", start: "22:00", lengthMinutes: 360}]}) {
			record { id } userErrors { path code message } } }`, variables{"id": id})
	return id
}

func TestStore(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.storeWithHours("Norwood", "Australia/Adelaide")
	const query = `query($id: ID!) {
		store(id: $id) {
			version name timeZone businessDayStart hours { weekday start end }
			hourExceptions(from: "2026-03-01", to: "2026-03-09") { date closed reason periods { start end lengthMinutes } }
			later: hourExceptions(from: "2026-03-09") { date } none: hourExceptions(from: "2026-03-10") { date }
			dayParts { name start end } before: dayParts(on: "2025-12-31") { name }
			closed: isOpenAt(time: "2026-03-01T23:00:00Z") open: isOpenAt(time: "2026-03-08T23:30:00Z") night: isOpenAt(time: "2026-03-06T17:29:59Z") over: isOpenAt(time: "2026-03-06T17:30:00Z")
			isOpenAt
			openPeriods(from: "2026-03-06T12:00:00Z", to: "2026-03-09T12:00:00Z") { from to localFrom localTo }
			nextOpening(after: "2026-03-01T00:00:00Z") nextClosing(after: "2026-03-06T12:00:00Z")
			plannedHours { effectiveFrom } plannedDayParts { effectiveFrom }
		}
		node(id: $id) { id ... on Store { name } }
	}`
	for _, mode := range []string{"auto", "exact"} {
		s.must(query, variables{"id": id}, "Daybook-Read", mode).want(map[string]string{
			"data.store.version":          "4",
			"data.store.businessDayStart": "00:00",
			"data.store.hours":            `[{"end":"12:00","start":"09:00","weekday":"MONDAY"},{"end":"18:00","start":"13:00","weekday":"MONDAY"},{"end":"04:00","start":"22:00","weekday":"FRIDAY"}]`,
			"data.store.hourExceptions": `[{"closed":true,"date":"2026-03-02","periods":[],"reason":"Labour Day"},` +
				`{"closed":false,"date":"2026-03-09","periods":[{"end":"11:00","lengthMinutes":60,"start":"10:00"},{"end":"01:00","lengthMinutes":300,"start":"20:00"}],"reason":""}]`,
			"data.store.later":    `[{"date":"2026-03-09"}]`,
			"data.store.none":     `[]`,
			"data.store.dayParts": `[{"end":"22:00","name":"Day","start":"06:00"},{"end":"04:00","name":"Night","start":"22:00"}]`,
			"data.store.before":   `[]`,
			"data.store.closed":   "false",
			"data.store.open":     "true",
			"data.store.night":    "true",
			"data.store.over":     "false",
			"data.store.openPeriods": `[{"from":"2026-03-06T12:00:00Z","localFrom":"2026-03-06T22:30:00","localTo":"2026-03-07T04:00:00","to":"2026-03-06T17:30:00Z"},` +
				`{"from":"2026-03-08T23:30:00Z","localFrom":"2026-03-09T10:00:00","localTo":"2026-03-09T11:00:00","to":"2026-03-09T00:30:00Z"},` +
				`{"from":"2026-03-09T09:30:00Z","localFrom":"2026-03-09T20:00:00","localTo":"2026-03-09T22:30:00","to":"2026-03-09T12:00:00Z"}]`,
			"data.store.nextOpening": "2026-03-06T11:30:00Z", "data.store.nextClosing": "2026-03-06T17:30:00Z",
			"data.store.plannedHours": "[]", "data.store.plannedDayParts": "[]",
			"data.node": `{"id":"` + id + `","name":"Norwood"}`,
		})
	}
	for period, message := range map[string]string{
		`from: "2026-03-01T00:00:00Z", to: "2026-03-01T00:00:00Z"`: "openPeriods: from must be before to",
		`from: "2026-03-01T00:00:00Z", to: "2026-06-01T00:00:01Z"`: "openPeriods: from and to must not be more than 92 days apart",
	} {
		t.Run(period, func(t *testing.T) {
			s := s.in(t)
			s.call(`query($id: ID!) { store(id: $id) { openPeriods(`+period+`) { from } } }`, variables{"id": id}).
				want(map[string]string{"errors.0.message": message, "errors.0.extensions.code": "BAD_USER_INPUT"})
		})
	}
	s.must(`mutation($id: ID!) { storeHoursSet(id: $id, expectedVersion: 3, input: {periods: []}) { record { id } userErrors { path code } }
			storeHourExceptionsSet(id: $id, input: {exceptions: [{date: "2020-01-01"}]}) { userErrors { path code } }
			storeDayPartsSet(id: "Person:1", input: {parts: []}) { userErrors { path code } } }`, variables{"id": id}).
		want(map[string]string{
			"data.storeHoursSet":                     `{"record":null,"userErrors":[{"code":"CONFLICT","path":"expectedVersion"}]}`,
			"data.storeHourExceptionsSet.userErrors": `[{"code":"INVALID","path":"exceptions.0.date"}]`,
			"data.storeDayPartsSet.userErrors":       `[{"code":"NOT_FOUND","path":"id"}]`,
		})
}

// Planned hours and day parts are listed by their date, those that close the store too, and are kept by a correction; a
// holiday is set and cleared alone.
func TestWhatStoresPlan(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.storeWithHours("Norwood", "Australia/Adelaide")
	set := func(call string) {
		t.Helper()
		a := s.must(`mutation($id: ID!) { set: `+call+` { record { id } userErrors { path message } } }`, variables{"id": id})
		a.want(map[string]string{"data.set.userErrors": "[]"})
	}
	set(`storeHoursSet(id: $id, input: {effectiveFrom: "2101-01-03", periods: [{weekday: MONDAY, start: "10:00", lengthMinutes: 60}]})`)
	set(`storeHoursSet(id: $id, input: {effectiveFrom: "2102-01-02", periods: []})`)
	set(`storeDayPartsSet(id: $id, input: {effectiveFrom: "2101-01-03", parts: [{name: "All", start: "00:00", lengthMinutes: 1440}]})`)
	set(`storeHoursSet(id: $id, input: {periods: [{weekday: TUESDAY, start: "11:00", lengthMinutes: 60}]})`)
	set(`storeDayPartsSet(id: $id, input: {parts: []})`)
	set(`storeHourExceptionSet(id: $id, input: {date: "2101-12-25", reason: "Christmas"})`)
	set(`storeHourExceptionSet(id: $id, input: {date: "2101-12-24", periods: [{start: "09:00", lengthMinutes: 60}]})`)
	set(`storeHourExceptionClear(id: $id, date: "2026-03-02")`)
	s.must(`query($id: ID!) { store(id: $id) { hours { weekday } dayParts { name } then: hours(on: "2101-01-03") { start }
		plannedHours { effectiveFrom hours { weekday start end lengthMinutes } } plannedDayParts { effectiveFrom parts { name start end lengthMinutes } }
		hourExceptions(from: "2026-01-01") { date closed reason } } }`, variables{"id": id}).want(map[string]string{
		"data.store.hours": `[{"weekday":"TUESDAY"}]`, "data.store.dayParts": "[]", "data.store.then": `[{"start":"10:00"}]`,
		"data.store.plannedHours":    `[{"effectiveFrom":"2101-01-03","hours":[{"end":"11:00","lengthMinutes":60,"start":"10:00","weekday":"MONDAY"}]},{"effectiveFrom":"2102-01-02","hours":[]}]`,
		"data.store.plannedDayParts": `[{"effectiveFrom":"2101-01-03","parts":[{"end":"00:00","lengthMinutes":1440,"name":"All","start":"00:00"}]}]`,
		"data.store.hourExceptions":  `[{"closed":false,"date":"2026-03-09","reason":""},{"closed":false,"date":"2101-12-24","reason":""},{"closed":true,"date":"2101-12-25","reason":"Christmas"}]`,
	})
}

func TestStoresAreListedAndHidden(t *testing.T) {
	t.Parallel()
	s := serve(t)
	norwood, unley := s.storeWithHours("Norwood", "Australia/Adelaide"), s.storeWithHours("Unley 100%", "UTC")
	s.must(`mutation($id: ID!) { storeArchive(id: $id) { record { archivedAt } userErrors { path } } }`, variables{"id": s.storeWithHours("Gone", "UTC")})
	for arguments, want := range map[string]string{
		``:                          ids(norwood, unley),
		`filter: {search: "0%"}`:    ids(unley),
		`filter: {search: "ADEL"}`:  ids(norwood),
		`filter: {archived: true}`:  ids("Store:3"),
		`filter: {archived: false}`: ids(norwood, unley),
		`orderBy: {field: CREATED_AT, direction: DESC}, first: 1`: ids(unley),
	} {
		t.Run(arguments, func(t *testing.T) {
			s := s.in(t)
			if got := s.must(`{ stores(`+strings.TrimSpace(arguments+` last: null`)+`) { nodes { id } } }`, nil).text("data.stores.nodes"); got != want {
				t.Errorf("%s: got %s, want %s", arguments, got, want)
			}
		})
	}

	other := s.organization("Difference Engines")
	other.must(`query($id: ID!) { store(id: $id) { id } node(id: $id) { id } stores { totalCount } }`, variables{"id": norwood}).
		want(map[string]string{"data": `{"node":null,"store":null,"stores":{"totalCount":0}}`})
	other.must(`mutation($id: ID!) { storeUpdate(id: $id, input: {name: "Mine"}) { userErrors { path code } } storeHoursSet(id: $id, input: {periods: []}) { userErrors { path code } } }`, variables{"id": norwood}).
		want(map[string]string{"data.storeUpdate.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`, "data.storeHoursSet.userErrors": `[{"code":"NOT_FOUND","path":"id"}]`})
	s.member(s.organizationID, model.RoleReader).must(`mutation($id: ID!) { storeHoursSet(id: $id, input: {periods: []}) { userErrors { code } } storeCreate(input: {name: "Mine"}) { userErrors { code } } }`, variables{"id": norwood}).
		want(map[string]string{"data.storeHoursSet.userErrors": `[{"code":"FORBIDDEN"}]`, "data.storeCreate.userErrors": `[{"code":"FORBIDDEN"}]`})
}

// However many stores are listed, each of their fields is one statement; the same field with other arguments is
// another one.
func TestStatementsOfAStoreList(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for i := range 12 {
		s.storeWithHours(fmt.Sprint("Store ", i), "Australia/Adelaide")
	}
	s.refreshed()
	made := s.sql.during(func() {
		a := s.must(`{ stores { nodes { hours { start } hourExceptions { date } dayParts { name } isOpenAt then: isOpenAt(time: "2026-03-06T12:00:00Z")
			openPeriods(from: "2026-03-06T12:00:00Z", to: "2026-03-09T12:00:00Z") { from } nextOpening nextClosing plannedHours { hours { start } } plannedDayParts { parts { name } } } } }`, nil)
		if got := a.text("data.stores.nodes.11.hours"); strings.Count(got, "start") != 3 {
			t.Errorf("the last store has %s", got)
		}
	})
	if len(made) != 11 {
		t.Errorf("%d statements, want 11:\n%s", len(made), strings.Join(made, "\n---\n"))
	}
}
