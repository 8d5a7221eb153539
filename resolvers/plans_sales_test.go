package resolvers_test

// People, products and what is sold to them.

var _ = addPlans(listsOfSales, fillingOfSales)

var listsOfSales = []list{
	{
		field: "Query.invoices",
		nodes: "id customer { id } items { id product { id } } payments { id payment { id } } credits { creditNote { id } }",
		filters: []string{`storeIds: ["Store:1"]`, `ids: ["Invoice:7", "Invoice:7", "Person:8"]`, `externalRef: "EXT-7"`, `number: "INV-0000777"`, `dueLte: 10`, `totalGte: 90000`, `totalLte: 10`, `totalGte: 100, totalLte: 200`, `dueGte: 90000`,
			`state: DRAFT`, `state: APPROVED`, `state: VOID`, `paymentState: UNPAID`, `paymentState: NOT_DUE`,
			`customerId: "Person:7"`, `issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`,
			`overdue: true`, `overdue: false`, `search: "quartz"`, `search: "00777"`},
	},
	{
		field:   "Person.invoices",
		of:      `person(id: "Person:7")`,
		nodes:   "id",
		filters: []string{`storeIds: ["Store:1"], ids: ["Invoice:7"], externalRef: "E", number: "INV-7", dueLte: 9, search: "INV", totalGte: 1, totalLte: 1, dueGte: 1, state: DRAFT, paymentState: PAID, customerId: "Person:7", issuedFrom: "2026-01-01", issuedTo: "2026-01-01", overdue: true`},
	},
	{
		field: "Query.people",
		nodes: "id",
		filters: []string{`ids: ["Person:7"]`, `externalRef: "EXT-7"`, `email: "ada@example.com"`, `search: "quartz"`, `search: "07777"`, `isCustomer: true`, `isVendor: true`, `isStaff: true`,
			`isCustomer: false, isVendor: false, isStaff: false`, `archived: true`},
	},
	{
		field: "Query.payments",
		nodes: "id customer { id } vendor { id } account { id } allocations { document { id } }",
		filters: []string{`storeIds: ["Store:1"]`, `ids: ["Payment:7"]`, `externalRef: "EXT-7"`, `customerId: "Person:7"`, `vendorId: "Person:7"`, `direction: IN`, `direction: OUT`,
			`voided: true`, `voided: false`},
	},
	{
		field:   "Query.products",
		nodes:   "id taxRate { id }",
		filters: []string{`ids: ["Product:7"]`, `sku: "SKU777"`, `search: "quartz"`, `archived: true`},
	},
	{field: "Query.taxRates", nodes: "id", filters: []string{`ids: ["TaxRate:7"]`, `archived: true`}},
	{
		field:   "Query.monthlyInvoicing",
		nodes:   "month",
		filters: []string{`storeIds: ["Store:1"]`, `customerId: "Person:7"`, `monthFrom: "2026-01-01"`, `monthTo: "2023-02-01"`},
	},
}

// Nearly all invoices are approved and paid, with an item each.
var fillingOfSales = []string{
	`INSERT INTO canonical.people (organization_id, id, given_name, is_customer, is_vendor, is_staff, archived_at, created_at)
	SELECT $1, g, CASE WHEN g > $3 / 2 AND g % ($3 / 200) = 9 THEN 'Quartz ' ELSE 'Customer ' END || lpad(g::text, 7, '0'), -- no document's party
		g % ($3 / 100) = 1, g % ($3 / 100) = 2, g % ($3 / 100) = 3, CASE WHEN g % 20 = 0 THEN now() END, now() - g * interval '1 minute'
	FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage, archived_at)
	SELECT $1, g, 'Rate ' || g, 10, CASE WHEN g % 20 = 0 THEN now() END FROM generate_series(1, $2 / 50) AS g`,
	`INSERT INTO canonical.products (organization_id, id, sku, name, description, unit_price, currency, tax_rate_id, archived_at)
	SELECT $1, g, 'SKU' || g, CASE WHEN g % ($3 / 100) = 9 THEN 'Quartz ' ELSE 'Widget ' END || g, '', 100, 'AUD', 1,
		CASE WHEN g % 20 = 0 THEN now() END
	FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.documents (organization_id, id, party_id, party_name, state, number, number_value, issued_on, due_on, currency, memo, approved_at, voided_at, created_at, tax_rounding)
	SELECT $1, g, party.id, CASE WHEN state <> 'draft' THEN party.full_name END, state, CASE WHEN state <> 'draft' THEN 'INV-' || lpad(g::text, 7, '0') END,
		CASE WHEN state <> 'draft' THEN g END, day, day + 30, 'AUD', CASE WHEN g % ($2 / 100) = 9 THEN 'Quartz' ELSE '' END,
		CASE WHEN state <> 'draft' THEN day END, CASE WHEN state = 'void' THEN day END, day, 'line'
	FROM generate_series(1, $2) AS g JOIN canonical.people AS party ON (party.organization_id, party.id) = ($1, g::bigint * 7919 % ($2 / 10) + 1),
		LATERAL (SELECT CASE g % ($2 / 100) WHEN 0 THEN 'draft' WHEN 1 THEN 'void' ELSE 'approved' END AS state,
			date '2023-01-01' + (g::bigint * 1301 % 1400)::int AS day) AS x`,
	`INSERT INTO canonical.document_items (organization_id, id, document_id, line, product_id, description, quantity, unit_price)
	SELECT $1, g, g, 1, g % 1000 + 1, 'Work', 1, g::bigint * 104729 % 9999999 + 1 FROM generate_series(1, $2) AS g`,
	`INSERT INTO canonical.payments (organization_id, id, direction, party_id, paid_on, method, reference, currency, amount, voided_at)
	SELECT $1, d.id, 'in', d.party_id, d.issued_on, 'bank',
		CASE WHEN d.id % ($2 / 100) = 9 THEN 'Quartz' ELSE '' END, 'AUD', i.unit_price, CASE WHEN d.id % ($2 / 100) = 2 THEN now() END
	FROM canonical.documents AS d JOIN canonical.document_items AS i ON i.document_id = d.id AND i.organization_id = d.organization_id
	WHERE d.organization_id = $1 AND d.kind = 'invoice' AND d.state = 'approved' AND d.id % ($2 / 200) <> 5`,
	`INSERT INTO canonical.payment_allocations (organization_id, id, payment_id, document_id, amount, allocated_on)
	SELECT organization_id, id, id, id, amount - CASE WHEN id <= $2 / 4 AND id % ($2 / 400) > 1 THEN 2 ELSE 0 END, paid_on -- of the rest a part is credited
	FROM canonical.payments WHERE organization_id = $1 AND direction = 'in' AND party_role = 'customer'`,
}
