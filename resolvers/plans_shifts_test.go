package resolvers_test

const shiftsOfPerson = `person(id: "Person:7")`

// shiftFilters find what is rare: a shift begins every half hour, over the years from 2020.
var shiftFilters = []string{`ids: ["Shift:7"]`, `externalRef: "EXT-7"`, `storeId: "Store:3"`, `storeId: "Store:500"`, `personId: "Person:7"`, `open: true`, `open: false`,
	`state: DRAFT`, `state: CANCELLED`, `state: PUBLISHED`,
	`businessDateFrom: "2021-03-01", businessDateTo: "2021-03-01"`, `businessDateTo: "2020-01-03"`, `businessDateFrom: "2021-01-01"`,
	`storeId: "Store:3", businessDateFrom: "2021-03-01", businessDateTo: "2021-03-03"`,
	`overlapping: {from: "2021-03-01T09:00:00Z", to: "2021-03-01T10:00:00Z"}`,
	`storeId: "Store:3", overlapping: {from: "2021-03-01T09:00:00Z", to: "2021-03-01T10:00:00Z"}`}

var _ = addPlans(listsOfShifts, fillingOfShifts)

var listsOfShifts = []list{
	{field: "Query.shifts", nodes: `id store { id } person { id } dayParts { minutes }`, filters: shiftFilters},
	{field: "Person.shifts", of: shiftsOfPerson, nodes: `id`, filters: shiftFilters},
}

// fillingOfShifts stores shifts as they would be annotated, of 20 large stores and some small ones, and of as many people
// as there are hundreds; few are open, drafts or cancelled.
var fillingOfShifts = []string{
	`INSERT INTO projection.shift_annotations (organization_id, shift_id, canonical_type, canonical_id, version, store_id, person_id, state, note, starts_at, ends_at, minutes,
		local_start, local_end, business_date, day_parts, minutes_in_no_day_part, minutes_outside_hours, week_start, running_week_minutes, created_at, updated_at)
	SELECT $1, g, 'Shift', g, 1, CASE g % ($3 / 100) WHEN 0 THEN 500 + g / ($3 / 100) % 10 ELSE 1 + g % 20 END,
		CASE WHEN g % ($3 / 200) > 0 THEN 1 + g::bigint * 7919 % ($3 / 100) END,
		CASE g % ($3 / 100) WHEN 1 THEN 'DRAFT' WHEN 2 THEN 'CANCELLED' ELSE 'PUBLISHED' END, '', at.starts, at.starts + interval '8 hours', 480,
		at.shows, at.shows + interval '8 hours', at.shows::date, '[]', 480, 480, at.shows::date, 480,
		'2019-12-01 00:00+00'::timestamptz + g * 104729::bigint % $3 * interval '1 minute', now()
	FROM generate_series(1, $3) AS g,
		LATERAL (SELECT '2020-01-01 00:00+00'::timestamptz + g * interval '30 minutes' AS starts, '2020-01-01 00:00'::timestamp + g * interval '30 minutes' AS shows) AS at`,
}
