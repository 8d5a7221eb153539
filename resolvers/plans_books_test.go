package resolvers_test

import "fmt"

// Bills, credit notes, what else moves money, and the journal.

var _ = addPlans(listsOfBooks, fillingOfBooks)

var listsOfBooks = []list{
	{
		field: "Query.bills",
		nodes: "id vendor { id } items { id } payments { id } credits { vendorCreditNote { id } }",
		filters: []string{`storeIds: ["Store:1"]`, `ids: ["Bill:7"]`, `externalRef: "EXT-7"`, `number: "BILL-7"`, `dueLte: 10`, `totalGte: 99900`, `totalLte: 10`, `dueGte: 99900`, `state: DRAFT`, `paymentState: PAID`, `vendorId: "Person:7"`,
			`issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`, `overdue: true`, `search: "quartz"`},
	},
	{
		field: "Query.creditNotes",
		nodes: "id customer { id } items { id } payments { id } allocations { invoice { id } }",
		filters: []string{`storeIds: ["Store:1"]`, `ids: ["CreditNote:7"]`, `externalRef: "EXT-7"`, `number: "CN-7"`, `remainingLte: 10`, `totalGte: 99900`, `totalLte: 10`, `remainingGte: 99900`, `state: DRAFT`, `customerId: "Person:7"`,
			`issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`, `search: "quartz"`},
	},
	{
		field: "Query.vendorCreditNotes",
		nodes: "id vendor { id } items { id } payments { id } allocations { bill { id } }",
		filters: []string{`storeIds: ["Store:1"]`, `ids: ["VendorCreditNote:7"]`, `externalRef: "EXT-7"`, `number: "VCN-7"`, `remainingLte: 10`, `totalGte: 99900`, `totalLte: 10`, `remainingGte: 99900`, `state: DRAFT`, `vendorId: "Person:7"`,
			`issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`, `search: "quartz"`},
	},
	{
		field: "Person.vendorCreditNotes",
		of:    `person(id: "Person:7")`,
		nodes: "id",
		filters: []string{`storeIds: ["Store:1"], ids: ["VendorCreditNote:7"], externalRef: "E", number: "V-7", remainingLte: 9, search: "VCN", totalGte: 1, totalLte: 1, remainingGte: 1, state: DRAFT, vendorId: "Person:7", ` +
			`issuedFrom: "2026-01-01", issuedTo: "2026-01-01"`},
	},
	{
		field: "Person.bills",
		of:    `person(id: "Person:7")`,
		nodes: "id",
		filters: []string{`storeIds: ["Store:1"], ids: ["Bill:7"], externalRef: "E", number: "B-7", dueLte: 9, search: "BILL", totalGte: 1, totalLte: 1, dueGte: 1, state: DRAFT, paymentState: PAID, vendorId: "Person:7", ` +
			`issuedFrom: "2026-01-01", issuedTo: "2026-01-01", overdue: true`},
	},
	{
		field: "Person.creditNotes",
		of:    `person(id: "Person:7")`,
		nodes: "id",
		filters: []string{`storeIds: ["Store:1"], ids: ["CreditNote:7"], externalRef: "E", number: "CN-7", remainingLte: 9, search: "CN", totalGte: 1, totalLte: 1, remainingGte: 1, state: DRAFT, customerId: "Person:7", ` +
			`issuedFrom: "2026-01-01", issuedTo: "2026-01-01"`},
	},
	{
		field:   "Query.partyBalances",
		nodes:   "currency party { id partyBalances { receivable { amount } } } store { id }",
		filters: []string{`receivableLte: 10`, `payableLte: 10`, `partyId: "Person:7"`, `receivableGte: 90000`, `payableGte: 90000`, `storeIds: [null]`, `storeIds: ["Store:1", "Store:2", null]`},
	},
	{field: "Query.fxRates", nodes: "rate", filters: []string{`currency: "KWD"`, `validTo: "2023-01-31"`}},
	{
		field:   "Query.incomes",
		nodes:   "id account { id } moneyAccount { id } party { id } taxRate { id }",
		filters: append(moved, `ids: ["Income:7"]`, `externalRef: "EXT-7"`, `moneyAccountId: "Account:1"`, `moneyAccountId: "Account:100"`, `moneyAccountId: "Account:2"`, `partyId: "Person:7"`),
	},
	{
		field:   "Query.expenses",
		nodes:   "id account { id } moneyAccount { id } party { id } taxRate { id }",
		filters: append(moved, `ids: ["Expense:7"]`, `externalRef: "EXT-7"`, `moneyAccountId: "Account:1"`, `moneyAccountId: "Account:100"`, `moneyAccountId: "Account:2"`, `partyId: "Person:7"`),
	},
	{
		field:   "Query.transfers",
		nodes:   "id fromAccount { id } toAccount { id }",
		filters: append(moved, `ids: ["Transfer:7"]`, `externalRef: "EXT-7"`),
		others: []string{`filter: {accountId: "Account:12", occurredFrom: "2024-01-01"}`, `filter: {accountId: "Account:1", voided: false}`,
			`filter: {accountId: "Account:12"}, orderBy: {field: OCCURRED_ON}`},
	},
	{
		field: "Query.financialTransactions",
		nodes: "memo canonical { id } party { id } fromAccount { id } toAccount { id }",
		filters: append(moved, `kind: PAYMENT`, `kind: INCOME`, `kind: EXPENSE`, `kind: TRANSFER`, `direction: IN`, `direction: OUT`,
			`partyId: "Person:7"`),
		others: []string{
			`filter: {kind: INCOME, occurredFrom: "2024-01-01", occurredTo: "2024-06-30"}`,
			`filter: {kind: TRANSFER, occurredTo: "2024-06-30"}, orderBy: {field: OCCURRED_ON}`,
			`filter: {kind: EXPENSE, voided: true}`,
			`filter: {kind: TRANSFER, accountId: "Account:1"}`,
			`filter: {kind: INCOME, accountId: "Account:12"}`,
			`filter: {kind: EXPENSE, accountId: "Account:12"}`,
			`filter: {kind: EXPENSE, direction: OUT}`,
			`filter: {kind: EXPENSE, direction: IN}`,
			`filter: {kind: PAYMENT, direction: OUT}`,
			`filter: {kind: EXPENSE, search: "quartz"}`,
			`filter: {direction: OUT, occurredFrom: "2024-01-01", occurredTo: "2024-06-30"}`,
			`filter: {partyId: "Person:7", occurredFrom: "2024-01-01"}`,
			`filter: {partyId: "Person:7", kind: PAYMENT}, orderBy: {field: AMOUNT, direction: DESC}`,
			`filter: {accountId: "Account:12", occurredFrom: "2024-01-01", occurredTo: "2024-06-30"}`,
			`filter: {accountId: "Account:1", occurredTo: "2024-06-30"}`,
			`filter: {accountId: "Account:12"}, orderBy: {field: OCCURRED_ON}`,
			`filter: {accountId: "Account:1", voided: true}`,
			`filter: {accountId: "Account:1", amountGte: 99990}`,
			`filter: {amountGte: 99990}, orderBy: {field: AMOUNT, direction: DESC}`,
			`filter: {occurredFrom: "2024-01-01", occurredTo: "2024-06-30", voided: false}, orderBy: {field: OCCURRED_ON}`,
		},
	},
	{
		field:   "Query.accounts",
		nodes:   "id",
		filters: []string{`ids: ["Account:7"]`, `code: "X0777"`, `archived: true`, `type: EQUITY`, `type: EXPENSE`, `search: "quartz"`},
	},
	{
		field: "Query.journalEntries",
		nodes: "id lines { account { id } } canonical { id } reverses { id } reversedBy { id }",
		filters: []string{`postedFrom: "2026-01-01"`, `postedTo: "2023-01-31"`, `purpose: MANUAL`, `purpose: REVERSAL`,
			`canonicalId: "JournalEntry:77"`, `purpose: REVERSAL, postedTo: "2024-01-01"`,
			`passedLock: true`, `passedLock: false`, `passedLock: true, purpose: POSTING`},
	},
	{
		field:  "Query.accountRegister",
		with:   `accountId: "Account:12"`,
		nodes:  "postedOn balance { amount } entry { id } canonical { id }",
		others: []string{fmt.Sprintf(`last: 50, before: %q`, "MjAyNC0wNi0xNS8x")},
	},
}

// moved are the filters of what moves money. Account:1 is the bank's and has nearly everything, Account:12 some of it
// and Account:100 next to nothing.
var moved = []string{`storeIds: ["Store:1"]`, `occurredFrom: "2026-01-01"`, `occurredTo: "2023-01-31"`, `amountGte: 90000`, `amountLte: 10`,
	`accountId: "Account:1"`, `accountId: "Account:12"`, `accountId: "Account:100"`, `voided: true`, `voided: false`, `search: "quartz"`}

// Money that goes out is as old as can be, at the far end of the lists. Bills and credit notes are a quarter as many as invoices, and transfers as incomes and expenses together.
var fillingOfBooks = []string{
	`INSERT INTO canonical.accounts (organization_id, code, name, type, archived_at)
	SELECT $1, 'X' || g, CASE WHEN g % ($2 / 400) = 9 THEN 'Quartz ' ELSE 'Account ' END || g, 'expense', CASE WHEN g % 20 = 0 THEN now() END
	FROM generate_series(1, $2 / 20) AS g`,
	`INSERT INTO canonical.documents (organization_id, id, kind, party_id, party_name, state, number, number_value, issued_on, due_on, currency, memo, approved_at, voided_at, created_at, tax_rounding)
	SELECT $1, g + $2 * k.place, k.kind, party.id, CASE WHEN state <> 'draft' THEN 'Customer ' || lpad(party.id::text, 7, '0') END, state, CASE WHEN state <> 'draft' THEN k.prefix || lpad(g::text, 7, '0') END,
		CASE WHEN state <> 'draft' THEN g END, day, day + 30, 'AUD', CASE WHEN g % ($2 / 20) = 9 THEN 'Quartz' ELSE '' END,
		CASE WHEN state <> 'draft' THEN day END, CASE WHEN state = 'void' THEN day END, day, 'line'
	FROM generate_series(1, $2 / 4) AS g, LATERAL (SELECT g::bigint * 7919 % ($2 / 10) + 1 AS id) AS party,
		(VALUES (1, 'bill', 'BILL-'), (2, 'credit_note', 'CN-'), (3, 'vendor_credit_note', 'VCN-')) AS k (place, kind, prefix),
		LATERAL (SELECT CASE g % ($2 / 400) WHEN 0 THEN 'draft' WHEN 1 THEN 'void' ELSE 'approved' END AS state,
			date '2023-01-01' + (g::bigint * 1301 % 1400)::int AS day) AS x`,
	`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, quantity, unit_price)
	SELECT organization_id, id, id, 1, 'Work', 1, id * 104729 % 9999999 + 1 FROM canonical.documents WHERE organization_id = $1 AND kind <> 'invoice'`,
	`INSERT INTO canonical.payments (organization_id, id, direction, party_role, party_id, paid_on, method, currency, amount)
	SELECT $1, d.id, CASE d.kind WHEN 'vendor_credit_note' THEN 'in' ELSE 'out' END, CASE d.kind WHEN 'credit_note' THEN 'customer' ELSE 'vendor' END, d.party_id, d.issued_on - 1500, 'bank', 'AUD', i.unit_price
	FROM canonical.documents AS d JOIN canonical.document_items AS i ON i.document_id = d.id AND i.organization_id = d.organization_id
	WHERE d.organization_id = $1 AND d.kind <> 'invoice' AND d.state = 'approved' AND (d.id - $2) % ($2 / 400) <> 5`,
	`INSERT INTO canonical.payment_allocations (organization_id, id, payment_id, document_id, amount, allocated_on)
	SELECT organization_id, id, id, id, amount - 2, paid_on FROM canonical.payments WHERE organization_id = $1 AND (direction = 'out' OR party_role = 'vendor')`, // of the rest a part is credited
	`INSERT INTO canonical.credit_allocations (organization_id, id, credit_note_id, document_id, amount, allocated_on)
	SELECT organization_id, id, id, id - 2 * $2, 1, issued_on FROM canonical.documents WHERE organization_id = $1 AND kind IN ('credit_note', 'vendor_credit_note') AND state = 'approved'`,
	`INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate)
	SELECT $1, CASE WHEN g % ($2 / 1000) = 9 THEN 'KWD' ELSE 'USD' END, date '2023-01-01' + g, 1.5 FROM generate_series(1, $2 / 10) AS g`,
	`INSERT INTO canonical.money_entries (organization_id, id, kind, account_id, money_account_id, party_id, occurred_on, currency, amount, memo, voided_at, created_at)
	SELECT $1, g, CASE g % 2 WHEN 0 THEN 'income' ELSE 'expense' END, CASE WHEN g % ($2 / 20) IN (8, 9) THEN 100 ELSE g / 2 % 30 + 3 END,
		CASE WHEN g % ($2 / 20) IN (6, 7) THEN 100 WHEN g / 2 % 40 = 1 THEN 2 ELSE 1 END, CASE WHEN g % 3 = 0 THEN g::bigint * 7919 % ($2 / 10) + 1 END,
		date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', g::bigint * 104729 % 9999999 + 1,
		CASE WHEN g / 2 % ($2 / 200) = 9 THEN 'Quartz' ELSE 'Note' END, CASE WHEN g / 2 % ($2 / 200) = 2 THEN now() END, now() - g * interval '1 minute'
	FROM generate_series(1, $2) AS g`,
	`INSERT INTO canonical.transfers (organization_id, id, from_account_id, to_account_id, occurred_on, currency, amount, memo, voided_at, created_at)
	SELECT $1, g, CASE WHEN g % ($2 / 20) = 8 THEN 100 WHEN g % 40 = 1 THEN 12 ELSE 1 END, CASE WHEN g % 40 = 2 THEN 12 ELSE 3 END,
		date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', g::bigint * 104729 % 9999999 + 1,
		CASE WHEN g % ($2 / 400) = 9 THEN 'Quartz' ELSE 'Note' END, CASE WHEN g % ($2 / 400) = 2 THEN now() END, now() - g * interval '1 minute'
	FROM generate_series(1, $2 / 4) AS g`,
	`INSERT INTO canonical.journal_entries (organization_id, id, canonical_type, canonical_id, purpose, posted_on, reverses_id, passed_lock)
	SELECT $1, g, kind.type, CASE kind.type WHEN 'JournalEntry' THEN coalesce(kind.undoes, g) ELSE g END, kind.purpose,
		date '2023-01-01' + (g::bigint * 1301 % 1400)::int, kind.undoes, g % ($3 / 100) = 4
	FROM generate_series(1, $3) AS g, LATERAL (SELECT
		CASE WHEN g % ($3 / 100) BETWEEN 2 AND 3 THEN 'JournalEntry' ELSE 'Income' END,
		CASE g % ($3 / 100) WHEN 2 THEN 'manual' WHEN 3 THEN 'reversal' ELSE 'posting' END,
		CASE g % ($3 / 100) WHEN 3 THEN g - 1 END) AS kind (type, purpose, undoes)`,
	`INSERT INTO canonical.journal_lines (organization_id, id, entry_id, line, posted_on, account_id, amount, currency, document_amount)
	SELECT $1, 2 * e.id + side.line, e.id, side.line, e.posted_on, CASE side.line WHEN 1 THEN 1 ELSE e.id % 40 + 2 END, side.sign * 100, 'AUD', side.sign * 100
	FROM canonical.journal_entries AS e, (VALUES (1, 1), (2, -1)) AS side (line, sign) WHERE e.organization_id = $1`,
}
