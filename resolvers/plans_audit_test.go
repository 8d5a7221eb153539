package resolvers_test

// What was changed, and by whom.

var _ = addPlans(listsOfAudit, fillingOfAudit)

var listsOfAudit = []list{
	{
		field: "Query.auditLog",
		nodes: "text changes { field old new } snapshot { field } actor { name } entity { id }",
		filters: []string{`entity: "Person:7"`, `actor: "User:1"`, `table: "tax_rates"`, `table: "people"`, `field: "phone"`, `field: "email"`,
			`action: CREATE`, `action: UPDATE`, `action: DELETE`, `requestId: "r-77"`, `from: "2026-01-01T00:00:00Z"`, `to: "2026-01-01T00:00:00Z"`,
			`table: "people", field: "phone"`, `entity: "Person:7", action: UPDATE`, `actor: "User:1", from: "2020-01-01T00:00:00Z"`},
	},
	{field: "Person.history", of: `person(id: "Person:7")`, nodes: "text"},
}

// Nearly all events are updates of people by nobody.
var fillingOfAudit = []string{
	`INSERT INTO audit.events (organization_id, relation, row_id, action, canonical_type, canonical_id, fields, changes, snapshot, actor_id,
		request_id, occurred_at)
	SELECT $1, CASE WHEN g % ($3 / 100) = 1 THEN 'tax_rates' ELSE 'people' END, '1', CASE g % ($3 / 100) WHEN 2 THEN 'delete' ELSE CASE WHEN g % 3 = 0 THEN 'create' ELSE 'update' END END,
		'Person', g % ($3 / 10) + 1, CASE WHEN g % 3 > 0 THEN ARRAY[CASE WHEN g % ($3 / 100) = 3 THEN 'phone' ELSE 'email' END] ELSE '{}' END,
		CASE WHEN g % 3 > 0 THEN '{"email": [null, "x"]}' ELSE '{}' END::jsonb, '{"email": "x"}',
		CASE WHEN g % ($3 / 100) = 4 THEN 1 END, 'r-' || g / 10, '2026-06-01'::timestamptz - g * interval '1 hour'
	FROM generate_series(1, $3) AS g`,
}
