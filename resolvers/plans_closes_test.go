package resolvers_test

// Tills, their sessions and day closes.

var _ = addPlans(listsOfCloses, fillingOfCloses)

var listsOfCloses = []list{
	{field: "Query.tills", nodes: "id store { id }", filters: []string{`ids: ["Till:7"]`, `storeId: "Store:7"`, `archived: true`}},
	{
		field: "Query.tillSessions",
		nodes: "id store { id } till { id } dayClose { id }",
		filters: []string{`ids: ["TillSession:7"]`, `storeId: "Store:7"`, `tillId: "Till:7"`, `state: OPEN`, `state: REOPENED`, `state: CLOSED`,
			`businessDateFrom: "2026-01-01"`, `businessDateTo: "2023-01-31"`},
	},
	{
		field: "Query.dayCloses",
		nodes: "id store { id } tillSession { id }",
		filters: []string{`ids: ["DayClose:7"]`, `storeId: "Store:7"`, `tillSessionId: "TillSession:7"`, `businessDateFrom: "2026-01-01"`, `businessDateTo: "2023-01-31"`,
			`reversed: true`, `reversed: false`},
	},
}

// Each till has ten sessions, nearly all of them closed by a live close.
var fillingOfCloses = []string{
	`INSERT INTO canonical.tills (organization_id, id, store_id, name, archived_at)
	SELECT $1, g, 1 + g % 1000, 'Till ' || g, CASE WHEN g % 20 = 0 THEN now() END FROM generate_series(1, $3 / 10) AS g`,
	`INSERT INTO canonical.till_sessions (organization_id, id, store_id, till_id, business_date, currency, state, closed_at)
	SELECT $1, g, 1 + till.id % 1000, till.id, date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', till.state, CASE WHEN till.state = 'closed' THEN now() END
	FROM generate_series(1, $3) AS g, LATERAL (SELECT 1 + (g - 1) / 10 AS id, CASE g % ($3 / 100) WHEN 1 THEN 'open' WHEN 2 THEN 'reopened' ELSE 'closed' END AS state) AS till`,
	`INSERT INTO canonical.day_closes (organization_id, id, store_id, till_id, till_session_id, business_date, currency, reversed_at)
	SELECT $1, g, 1 + till.id % 1000, till.id, g, date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', CASE WHEN g % ($3 / 100) IN (1, 2) THEN now() END
	FROM generate_series(1, $3) AS g, LATERAL (SELECT 1 + (g - 1) / 10 AS id) AS till`,
}
