package resolvers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/internal/pgtest"
)

// TestPlans asks for every order and every filter that the schema offers, on an
// organization with 100 000 invoices, and runs the statements that were made once more: no
// scan of a read model may read many more rows than a page has. What is filtered for is rare
// in these invoices, or a walk along the order would find a page of it soon.
//
// Then it drops every index in turn, and something must read too much: no index is idle, and
// none could go unnoticed.
func TestPlans(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fills 100 000 rows")
	}
	s := serve(t)
	s.fill(100_000)
	made := map[string]pgx.TraceQueryStartData{} // by the statement and its arguments, which documents share
	for _, document := range documents() {
		statements := s.sql.recorded(func() { s.must(document, nil) })
		if len(statements) == 0 {
			t.Errorf("%s makes no statement", document)
		}
		for _, statement := range statements {
			made[fmt.Sprint(statement.SQL, statement.Args)] = statement
			if excess := s.excess(s.pool, statement); excess != "" {
				t.Errorf("%s: %s", document, excess)
			}
		}
	}
	for _, index := range s.indexes() {
		t.Run(index.Name, func(t *testing.T) {
			tx, err := s.pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(t.Context()) }()
			if _, err := tx.Exec(t.Context(), "DROP INDEX projection."+index.Name); err != nil {
				t.Fatal(err)
			}
			for _, statement := range made {
				if strings.Contains(statement.SQL, "projection."+index.Table) && s.excess(tx, statement) != "" {
					return
				}
			}
			if !index.Expands {
				t.Error("without this index, nothing reads more than it may")
			}
		})
	}
}

// documents has every order in both directions and from both ends, and every filter.
func documents() (documents []string) {
	const customer = "Person:7"
	lists := func(format string, arguments ...string) {
		for _, a := range arguments {
			documents = append(documents, fmt.Sprintf(format, a))
		}
	}
	for _, order := range []string{"ISSUED_ON", "DUE_ON", "NUMBER", "TOTAL", "DUE", "CUSTOMER_NAME", "CREATED_AT"} {
		for _, direction := range []string{"ASC", "DESC"} {
			lists(`{ invoices(%s, orderBy: {field: `+order+`, direction: `+direction+`}) { nodes { id } } }`, `first: 50`, `last: 50`)
		}
	}
	lists(`{ invoices(filter: {%s}) { nodes { id customer { id } items { id product { id } } payments { id payment { id } } } } }`,
		``, `totalGte: 90000`, `totalLte: 10`, `totalGte: 100, totalLte: 200`, `dueGte: 90000`,
		`state: DRAFT`, `state: APPROVED`, `state: VOID`, `paymentState: UNPAID`, `paymentState: NOT_DUE`,
		`customerId: "`+customer+`"`, `issuedFrom: "2026-01-01"`, `issuedTo: "2023-01-31"`,
		`overdue: true`, `overdue: false`, `search: "7777"`, `search: "00777"`)
	for _, order := range []string{"NAME", "CREATED_AT", "INVOICE_COUNT"} {
		for _, direction := range []string{"ASC", "DESC"} {
			lists(`{ people(%s, orderBy: {field: `+order+`, direction: `+direction+`}) { nodes { id } } }`, `first: 50`, `last: 50`)
		}
	}
	lists(`{ people(filter: {%s}) { nodes { id } } }`, ``, `search: "7777"`, `isCustomer: true`, `isVendor: true`, `isStaff: true`, `isCustomer: false, isVendor: false, isStaff: false`, `archived: true`)
	lists(`{ payments(filter: {%s}) { nodes { id customer { id } } } }`, ``, `customerId: "`+customer+`"`, `voided: true`, `voided: false`, `direction: OUT`)
	lists(`{ products(filter: {%s}) { nodes { id taxRate { id } } } }`, ``, `search: "widget 777"`, `archived: true`)
	for _, order := range []string{"NAME", "CREATED_AT"} {
		for _, direction := range []string{"ASC", "DESC"} {
			lists(`{ stores(%s, orderBy: {field: `+order+`, direction: `+direction+`}) { nodes { id } } }`, `first: 50`, `last: 50`)
		}
	}
	lists(`{ stores(filter: {%s}) { nodes { id } } }`, ``, `search: "store 777"`, `archived: true`)
	lists(`{ taxRates(filter: {%s}) { nodes { id } } }`, ``, `archived: true`)
	lists(`{ monthlyInvoicing(filter: {%s}) { nodes { month } } }`, ``, `customerId: "`+customer+`"`, `monthFrom: "2026-01-01"`, `monthTo: "2023-02-01"`)
	lists(`{ person(id: "`+customer+`") { invoices(%s) { nodes { id } } } }`, `first: 50`, `first: 50, filter: {search: "INV"}`)
	return documents
}

// mostRead is how many rows a scan may read for a page of 50: one in a hundred.
const mostRead = 1000

// index is one that a migration made beside a read model's key.
type index struct {
	Name, Table string
	// Expands is whether the index begins with the columns of a grain: refreshes then find
	// the stored keys of a changed group by it.
	Expands bool
}

// indexes are those of the read models that documents lists.
func (s *service) indexes() []index {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), `SELECT x.relname::text, c.relname::text, EXISTS (
			SELECT FROM engine.grains AS g WHERE g.projection = c.relname AND g.columns = ARRAY (
				SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
				JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
				WHERE n <= cardinality(g.columns) ORDER BY n))
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_class AS x ON x.oid = i.indexrelid
		WHERE c.relnamespace = 'projection'::regnamespace AND NOT i.indisunique AND c.relname = ANY ($1) ORDER BY 1`,
		[]string{"people_summaries", "document_summaries", "payment_summaries", "product_summaries", "tax_rate_summaries", "monthly_invoicing", "store_summaries"})
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		s.t.Fatal(err)
	}
	if len(list) < 20 {
		s.t.Fatalf("there are only %d indexes", len(list))
	}
	return list
}

// scan is a node of a plan, as EXPLAIN shows it in JSON.
type scan struct {
	NodeType string  `json:"Node Type"`
	Schema   string  `json:"Schema"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Recheck  float64 `json:"Rows Removed by Index Recheck"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []scan  `json:"Plans"`
}

// all is the node and everything below it.
func (n scan) all() []scan {
	nodes := []scan{n}
	for _, p := range n.Plans {
		nodes = append(nodes, p.all()...)
	}
	return nodes
}

// excess runs a statement and says which scan of a read model read too much; empty if none did.
func (s *service) excess(db canonical.Querier, statement pgx.TraceQueryStartData) string {
	s.t.Helper()
	var explained []struct{ Plan scan }
	err := db.QueryRow(s.t.Context(), "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, FORMAT JSON) "+statement.SQL, statement.Args...).Scan(&explained)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, statement.SQL)
	}
	for _, n := range explained[0].Plan.all() {
		read := (n.Rows + n.Filtered + n.Recheck) * n.Loops
		if (n.Schema == "projection" || n.NodeType == "Bitmap Index Scan") && read > mostRead {
			return fmt.Sprintf("%s of %s %s reads %.0f rows in %s with %v", n.NodeType, n.Relation, n.Index, read, statement.SQL, statement.Args)
		}
	}
	return ""
}

// fill gives the organization n invoices of many customers, nearly all of them approved and
// paid, with an item each, and as many people and products, and stores all read models as a refresh would.
func (s *service) fill(n int) {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	run := func(sql string, args ...any) {
		s.t.Helper()
		if _, err := admin.Exec(s.t.Context(), sql, args...); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
	run(`SET session_replication_role = replica`) // past the triggers that mark, check and guard
	run(`INSERT INTO canonical.people (organization_id, id, given_name, is_customer, is_vendor, is_staff, archived_at, created_at)
		SELECT $1, g, 'Customer ' || g, g % 500 = 1, g % 500 = 2, g % 500 = 3, CASE WHEN g % 20 = 0 THEN now() END, now() - g * interval '1 hour'
		FROM generate_series(1, $2) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.tax_rates (organization_id, id, name, percentage, archived_at)
		SELECT $1, g, 'Rate ' || g, 10, CASE WHEN g % 20 = 0 THEN now() END FROM generate_series(1, $2 / 50) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.products (organization_id, id, sku, name, description, unit_price, currency, tax_rate_id, archived_at)
		SELECT $1, g, 'SKU' || g, 'Widget ' || g, '', 100, 'AUD', 1, CASE WHEN g % 20 = 0 THEN now() END
		FROM generate_series(1, $2) AS g`, s.organizationID, n)
	// The check of the time zone reads all zones there are.
	run(`ALTER TABLE canonical.stores DROP CONSTRAINT stores_time_zone`)
	run(`INSERT INTO canonical.stores (organization_id, id, name, time_zone, archived_at, created_at)
		SELECT $1, g, 'Store ' || g, 'UTC', CASE WHEN g % 20 = 0 THEN now() END, now() - g * interval '1 hour'
		FROM generate_series(1, $2) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.documents (organization_id, id, party_id, state, number, number_value, issued_on, due_on, currency, approved_at, voided_at, created_at)
		SELECT $1, g, g * 7919 % ($2 / 10) + 1, state, CASE WHEN state <> 'draft' THEN 'INV-' || lpad(g::text, 6, '0') END,
			CASE WHEN state <> 'draft' THEN g END, day, day + 30, 'AUD',
			CASE WHEN state <> 'draft' THEN day END, CASE WHEN state = 'void' THEN day END, day
		FROM generate_series(1, $2) AS g,
			LATERAL (SELECT CASE g % 1000 WHEN 0 THEN 'draft' WHEN 1 THEN 'void' ELSE 'approved' END AS state, date '2023-01-01' + (g::bigint * 1301 % 1400)::int AS day) AS x`,
		s.organizationID, n)
	run(`INSERT INTO canonical.document_items (organization_id, id, document_id, line, product_id, description, quantity, unit_price)
		SELECT $1, g, g, 1, g % 1000 + 1, 'Work', 1, g::bigint * 104729 % 9999999 + 1 FROM generate_series(1, $2) AS g`, s.organizationID, n)
	run(`INSERT INTO canonical.payments (organization_id, id, direction, party_id, paid_on, method, currency, amount, voided_at)
		SELECT $1, d.id, 'in', d.party_id, d.issued_on, 'bank', 'AUD', i.unit_price, CASE WHEN d.id % 1000 = 2 THEN now() END
		FROM canonical.documents AS d JOIN canonical.document_items AS i ON i.document_id = d.id AND i.organization_id = d.organization_id
		WHERE d.organization_id = $1 AND d.state = 'approved' AND d.id % 500 <> 5`, s.organizationID)
	run(`INSERT INTO canonical.payment_allocations (organization_id, id, payment_id, document_id, amount)
		SELECT organization_id, id, id, id, amount FROM canonical.payments WHERE organization_id = $1`, s.organizationID)
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
