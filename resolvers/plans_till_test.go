package resolvers_test

// What stores sell.

var _ = addPlans(listsOfTills, fillingOfTills)

var listsOfTills = []list{
	{
		field: "Query.sales",
		nodes: `id store { id } person { id } tillSession { id } lines { id product { id } refundedLine { id } } refundOf { id } refunds { id }`,
		filters: []string{`ids: ["Sale:7"]`, `storeId: "Store:7"`, `kind: REFUND`, `kind: SALE`, `dayPart: "Quartz"`, `withoutDayPart: true`, `withoutDayPart: false`,
			`businessDateFrom: "2026-01-01"`, `businessDateTo: "2023-01-31"`, `businessDateFrom: "2024-05-01", businessDateTo: "2024-05-02"`,
			`insideOpeningHours: true`, `insideOpeningHours: false`, `amountGte: 90000`, `amountLte: 10`, `personId: "Person:7"`,
			`productId: "Product:7"`, `tender: CASH`, `tender: CARD`, `tender: VOUCHER`, `tender: OTHER`, `refundOfId: "Sale:108"`, `tillSessionId: "TillSession:7"`,
			`voided: true`, `voided: false`, `externalRef: "R-00777"`, `occurredFrom: "2026-01-01T00:00:00Z"`, `occurredTo: "2023-01-02T00:00:00Z"`},
	},
}

// A thousand stores that sell while they are open, nearly always.
var fillingOfTills = []string{
	`INSERT INTO canonical.day_parts (organization_id, id, store_id, valid, name, start_minute, length_minutes)
	VALUES ($1, 5000, 7, '(,)', 'Quartz', 660, 60)`,
	`INSERT INTO canonical.sales (organization_id, id, store_id, kind, occurred_at, currency, amount, person_id, external_ref, voided_at, created_at, tax_rounding, refunded_sale_id, booked_on)
	SELECT $1, g, 1 + g % 1000, CASE WHEN g % ($3 / 100) = 1 THEN 'refund' ELSE 'sale' END, local.at AT TIME ZONE 'Australia/Adelaide',
		'AUD', g::bigint * 104729 % 9999999 + 1, CASE WHEN g % ($3 / 100) = 4 THEN 7 END, CASE WHEN g % 3 = 0 THEN 'R-' || lpad(g::text, 5, '0') END,
		CASE WHEN g % ($3 / 100) = 2 THEN now() END, now() - g * interval '1 minute',
		CASE WHEN g % ($3 / 1000) < 9 THEN 'line' END, CASE WHEN g % ($3 / 100) = 1 THEN 108 END, local.at::date
	FROM generate_series(1, $3) AS g
	CROSS JOIN LATERAL (SELECT timestamp '2023-01-01' + (g::bigint * 1301 % 1400) * interval '1 day'
		+ CASE WHEN g % ($3 / 100) = 3 THEN interval '20 hours' ELSE interval '9 hours' + g::bigint * 7919 % 28800 * interval '1 second' END AS at) AS local`,
	`INSERT INTO canonical.sale_lines (organization_id, id, sale_id, line, product_id, refunded_line_id, description, unit_price, net, tax)
	SELECT $1, g, g, 1, CASE WHEN g % ($3 / 100) = 5 THEN 7 ELSE 8 + g % 900 END, CASE WHEN g % ($3 / 100) = 1 THEN 108 END, 'Work', 100, 100, 0
	FROM generate_series(1, $3) AS g WHERE g % ($3 / 1000) < 9`,
	// Each tender is rare: of most sales nobody knows it.
	`INSERT INTO canonical.sale_tenders (organization_id, sale_id, position, tender, amount)
	SELECT $1, g, 1, (ARRAY['cash', 'card', 'voucher', 'other'])[g % ($3 / 100) - 4], g::bigint * 104729 % 9999999 + 1
	FROM generate_series(1, $3) AS g WHERE g % ($3 / 100) BETWEEN 5 AND 8`,
}
