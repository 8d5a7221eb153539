package resolvers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pgtest"
)

// TestPlansOfTheBooks asks for every order and every filter of bills, credit notes and what moves
// money, on an organization with 100 000 incomes and expenses, and explains the statements that
// were made: none may read through a whole read model.
func TestPlansOfTheBooks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills 100 000 rows")
	}
	s := serve(t)
	s.fillBooks(100_000)
	customer := "Person:7"

	var documents []string
	lists := func(format string, arguments ...string) {
		for _, a := range arguments {
			documents = append(documents, fmt.Sprintf(format, a))
		}
	}
	books(lists, customer, s.account(s.caller, "1000"))

	for _, document := range documents {
		made := s.sql.recorded(func() { s.must(document, nil) })
		if len(made) == 0 {
			t.Errorf("%s makes no statement", document)
		}
		for _, statement := range made {
			for _, mistake := range s.tableScans(statement) {
				t.Errorf("%s: %s", document, mistake)
			}
		}
	}
}

// books adds the orders and filters of bills, credit notes and what moves money.
func books(lists func(format string, arguments ...string), party, account string) {
	orders := func(list, selection string, fields ...string) {
		for _, field := range fields {
			for _, direction := range []string{"ASC", "DESC"} {
				lists(`{ `+list+`(%s, orderBy: {field: `+field+`, direction: `+direction+`}) { nodes { `+selection+` } } }`, `first: 50`, `last: 50`)
			}
		}
	}
	orders("bills", "id", "ISSUED_ON", "DUE_ON", "NUMBER", "TOTAL", "DUE", "VENDOR_NAME", "CREATED_AT")
	orders("creditNotes", "id", "ISSUED_ON", "NUMBER", "TOTAL", "REMAINING", "CUSTOMER_NAME", "CREATED_AT")
	lists(`{ bills(filter: {%s}) { nodes { id vendor { id } items { id } payments { id } } } }`,
		``, `totalGte: 90000`, `totalLte: 10`, `dueGte: 90000`, `state: DRAFT`, `paymentState: UNPAID`, `vendorId: "`+party+`"`,
		`issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`, `overdue: true`, `search: "Customer 77 "`)
	lists(`{ creditNotes(filter: {%s}) { nodes { id customer { id } items { id } payments { id } } } }`,
		``, `totalGte: 90000`, `totalLte: 10`, `remainingGte: 90000`, `state: DRAFT`, `customerId: "`+party+`"`,
		`issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`, `search: "Customer 77 "`)
	lists(`{ payments(filter: {%s}) { nodes { id vendor { id } account { id } allocations { document { id } } } } }`,
		``, `vendorId: "`+party+`"`, `direction: IN`, `direction: OUT`)

	moved := []string{``, `occurredFrom: "2026-01-01"`, `occurredTo: "2023-01-31"`, `amountGte: 90000`, `amountLte: 10`,
		`accountId: "` + account + `"`, `voided: true`, `voided: false`, `search: "note 777"`}
	for _, list := range []string{"incomes", "expenses"} {
		orders(list, "id", "OCCURRED_ON", "AMOUNT", "CREATED_AT")
		lists(`{ `+list+`(filter: {%s}) { nodes { id account { id } moneyAccount { id } party { id } taxRate { id } } } }`,
			append(moved, `moneyAccountId: "`+account+`"`, `partyId: "`+party+`"`)...)
	}
	orders("partyBalances", "currency", "PARTY_NAME", "RECEIVABLE", "PAYABLE")
	lists(`{ partyBalances(filter: {%s}) { nodes { party { partyBalances { currency } } } } }`, ``, `receivableGte: 300000`, `payableGte: 300000`, `partyId: "`+party+`"`)
	lists(`{ person(id: "`+party+`") { bills(%s) { nodes { id } } creditNotes(first: 50) { nodes { id allocations { amount { amount } } } } } }`, `first: 50`, `filter: {search: "Customer 7"}`)
	lists(`{ fxRates(filter: {%s}) { nodes { rate } } }`, ``, `currency: "KWD"`, `validTo: "2023-01-31"`)
	orders("transfers", "id", "OCCURRED_ON", "AMOUNT", "CREATED_AT")
	lists(`{ transfers(filter: {%s}) { nodes { id fromAccount { id } toAccount { id } } } }`, moved...)
	orders("financialTransactions", "memo", "OCCURRED_ON", "AMOUNT", "PARTY_NAME", "CREATED_AT")
	lists(`{ financialTransactions(filter: {%s}) { nodes { canonical { id } party { id } fromAccount { id } toAccount { id } } } }`,
		append(moved, `kind: EXPENSE`, `kind: TRANSFER`, `direction: IN`, `direction: OUT`, `partyId: "`+party+`"`, `kind: INCOME, occurredFrom: "2026-01-01"`)...)
}

var tableScan = regexp.MustCompile(`Seq Scan on projection\.(\w+)`)

// tableScans returns what is wrong with a statement's plan.
func (s *service) tableScans(statement pgx.TraceQueryStartData) (mistakes []string) {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), "EXPLAIN (VERBOSE, COSTS OFF) "+statement.SQL, statement.Args...)
	if err != nil {
		s.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatalf("%v\n%s", err, statement.SQL)
	}
	plan := strings.Join(lines, "\n")
	for _, scan := range tableScan.FindAllStringSubmatch(plan, -1) {
		mistakes = append(mistakes, fmt.Sprintf("scans %s:\n%s\n%s", scan[1], statement.SQL, plan))
	}
	return mistakes
}

// fillBooks gives the organization n invoices of many customers, with an item each, half as
// many payments, as many products, incomes and expenses, and fewer of the rest, and stores all read models as a refresh would.
func (s *service) fillBooks(n int) {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	run := func(sql string, args ...any) {
		s.t.Helper()
		if _, err := admin.Exec(s.t.Context(), sql, args...); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
	run(`SET session_replication_role = replica`) // past the triggers that mark, check and guard
	run(`INSERT INTO canonical.people (organization_id, id, given_name, is_customer, is_vendor, archived_at, created_at)
		SELECT $1, g, 'Customer ' || g, g % 3 > 0, g % 50 = 0, CASE WHEN g % 20 = 0 THEN now() END, now() - g * interval '1 hour'
		FROM generate_series(1, $2 / 10) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage, archived_at)
		SELECT $1, g, 'Rate ' || g, 10, CASE WHEN g % 20 = 0 THEN now() END FROM generate_series(1, $2 / 100) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.products (organization_id, id, sku, name, description, unit_price, currency, tax_rate_id, archived_at)
		SELECT $1, g, 'SKU' || g, 'Widget ' || g, '', 100, 'AUD', 1, CASE WHEN g % 20 = 0 THEN now() END
		FROM generate_series(1, $2) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.documents (organization_id, id, party_id, state, number, number_value, issued_on, due_on, currency, approved_at, voided_at, created_at)
		SELECT $1, g, g * 7919 % ($2 / 10) + 1, state, CASE WHEN state <> 'draft' THEN 'INV-' || lpad(g::text, 6, '0') END,
			CASE WHEN state <> 'draft' THEN g END, day, day + 30, 'AUD',
			CASE WHEN state <> 'draft' THEN day END, CASE WHEN state = 'void' THEN day END, day
		FROM generate_series(1, $2) AS g,
			LATERAL (SELECT CASE g % 25 WHEN 0 THEN 'draft' WHEN 1 THEN 'void' ELSE 'approved' END AS state, date '2023-01-01' + (g::bigint * 1301 % 1400)::int AS day) AS x`,
		s.organizationID, n)
	run(`INSERT INTO canonical.document_items (organization_id, id, document_id, line, product_id, description, quantity, unit_price)
		SELECT $1, g, g, 1, g % 1000 + 1, 'Work', 1, g::bigint * 104729 % 9999999 + 1 FROM generate_series(1, $2) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.payments (organization_id, id, direction, party_id, paid_on, method, currency, amount, voided_at)
		SELECT $1, d.id, CASE WHEN d.id % 30 = 4 THEN 'out' ELSE 'in' END, d.party_id, d.issued_on, 'bank', 'AUD', i.unit_price, CASE WHEN d.id % 40 = 2 THEN now() END
		FROM canonical.documents AS d JOIN canonical.document_items AS i ON i.document_id = d.id AND i.organization_id = d.organization_id
		WHERE d.organization_id = $1 AND d.state = 'approved' AND d.id % 2 = 0`, s.organizationID)
	run(`INSERT INTO canonical.payment_allocations (organization_id, id, payment_id, document_id, amount)
		SELECT organization_id, id, id, id, amount FROM canonical.payments WHERE organization_id = $1`, s.organizationID)
	run(`INSERT INTO canonical.documents (organization_id, id, kind, party_id, state, number, number_value, issued_on, due_on, currency, approved_at, created_at)
		SELECT d.organization_id, d.id + $2 * k.place, k.kind, d.party_id, d.state, d.number, d.number_value, d.issued_on, d.due_on, d.currency, d.approved_at, d.created_at
		FROM canonical.documents AS d, (VALUES (1, 'bill'), (2, 'credit_note')) AS k (place, kind)
		WHERE d.organization_id = $1 AND d.state <> 'void' AND d.id % 4 = 1`, s.organizationID, n)
	run(`INSERT INTO canonical.document_items (organization_id, id, document_id, line, description, quantity, unit_price)
		SELECT organization_id, id, id, 1, 'Work', 1, id * 104729 % 9999999 + 1 FROM canonical.documents WHERE organization_id = $1 AND kind <> 'invoice'`, s.organizationID)
	run(`INSERT INTO canonical.money_entries (organization_id, id, kind, account_id, money_account_id, party_id, occurred_on, currency, amount, memo, voided_at, created_at)
		SELECT $1, g, CASE g % 2 WHEN 0 THEN 'income' ELSE 'expense' END, chart.ids[g % 30 + 3], chart.ids[g % 10 / 9 + 1], CASE WHEN g % 3 = 0 THEN g * 7919 % ($2 / 10) + 1 END,
			date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', g::bigint * 104729 % 9999999 + 1, 'Note ' || g, CASE WHEN g % 40 = 2 THEN now() END, now() - g * interval '1 minute'
		FROM generate_series(1, $2) AS g, (SELECT array_agg(id ORDER BY code) AS ids FROM canonical.accounts WHERE organization_id = $1) AS chart`, s.organizationID, n)
	run(`INSERT INTO canonical.transfers (organization_id, id, from_account_id, to_account_id, occurred_on, currency, amount, memo, voided_at, created_at)
		SELECT $1, g, chart.ids[g % 10 / 9 + 1], chart.ids[3], date '2023-01-01' + (g::bigint * 1301 % 1400)::int, 'AUD', g::bigint * 104729 % 9999999 + 1, 'Note ' || g,
			CASE WHEN g % 40 = 2 THEN now() END, now() - g * interval '1 minute'
		FROM generate_series(1, $2 / 4) AS g, (SELECT array_agg(id ORDER BY code) AS ids FROM canonical.accounts WHERE organization_id = $1) AS chart`, s.organizationID, n)
	run(`INSERT INTO canonical.fx_rates (organization_id, currency, valid_from, rate)
		SELECT $1, CASE WHEN g % 500 = 0 THEN 'KWD' ELSE 'USD' END, date '2023-01-01' + g, 1.5 FROM generate_series(1, $2 / 10) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.accounts (organization_id, code, name, type)
		SELECT $1, 'X' || g, 'Account ' || g, 'expense' FROM generate_series(1, $2 / 20) AS g`, s.organizationID, n)
	run(`ANALYZE`)
	all, err := s.engine.List(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		if p.Kind == "materialized_view" {
			run(`REFRESH MATERIALIZED VIEW projection.` + p.Name)
			continue
		}
		run(`INSERT INTO projection.` + p.Name + ` SELECT * FROM source.` + p.Name)
	}
	run(`ANALYZE`)
}
