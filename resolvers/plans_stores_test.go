package resolvers_test

// Stores and their hours.

var _ = addPlans(listsOfStores, fillingOfStores)

var listsOfStores = []list{
	{
		field: "Query.stores",
		nodes: `id hours { start } hourExceptions { date } dayParts { name } isOpenAt nextOpening nextClosing plannedHours { effectiveFrom } plannedDayParts { effectiveFrom }
			openPeriods(from: "2026-03-01T00:00:00Z", to: "2026-03-08T00:00:00Z") { from }`,
		filters: []string{`ids: ["Store:7"]`, `externalRef: "EXT-7"`, `search: "quartz"`, `search: "07777"`, `archived: true`},
	},
}

// The first two thousand stores in the order of the list have hours, exceptions and day parts.
var fillingOfStores = []string{
	// It reads all time zones that there are, for each store.
	`DROP TRIGGER check_time_zone ON canonical.stores`,
	`INSERT INTO canonical.stores (organization_id, id, name, time_zone, archived_at, created_at)
	SELECT $1, g, CASE WHEN g % ($3 / 100) = 9 THEN 'Quartz ' ELSE 'Branch ' END || lpad(g::text, 7, '0'), 'Australia/Adelaide',
		CASE WHEN g % 20 = 0 THEN now() END, now() - g * interval '1 minute'
	FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.store_hours (organization_id, id, store_id, valid, weekday, start_minute, length_minutes)
	SELECT $1, g, 1 + g / 7, '(,)', 1 + g % 7, 540, 480 FROM generate_series(0, 13999) AS g`,
	`INSERT INTO canonical.store_hour_exceptions (organization_id, id, store_id, on_date, closed)
	SELECT $1, g, 1 + g / 2, current_date + 400 * (g % 2), true FROM generate_series(0, 3999) AS g`,
	`INSERT INTO canonical.day_parts (organization_id, id, store_id, valid, name, start_minute, length_minutes)
	SELECT $1, g, 1 + g / 2, '(,)', 'Part ' || g % 2, 720 * (g % 2), 360 FROM generate_series(0, 3999) AS g`,
}
