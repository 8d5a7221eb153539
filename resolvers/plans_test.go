package resolvers_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/canonical"
	"daybook/internal/notifications"
	"daybook/internal/pgpool"
	"daybook/internal/pgtest"
	"daybook/internal/webhooks"
	"daybook/resolvers"
)

var plansRows = flag.Int("plans.rows", 60_000, "how many invoices TestPlans makes, and as many payments, and incomes and expenses")

// list tells how TestPlans asks for a list of the schema.
type list struct {
	// field is the list as Type.field.
	field string
	// with are the arguments that the field requires; empty if there are none.
	with string
	// of is the query field, with arguments, that answers the object which has the list; empty for a list of Query.
	of string
	// nodes is what is selected of each row, relations included.
	nodes string
	// filters are contents of the filter argument, among them each field of its type. What they find is rare, or
	// lies at the beginning of the list, or else the plan's cost would depend on luck.
	filters []string
	// others are whole argument lists of what is also asked for: pairs of a filter and an order.
	others []string
}

// lists are the lists that TestPlans asks for; every topic adds its own with addPlans.
var lists []list

// filling makes an organization, $1, with $2 invoices, payments, incomes and expenses, and notifications, and $3 records of each other
// large kind, a third as many: the plans of their lists do not depend on more. What is rare there is a hundred records, however
// large $2 is. Triggers are off, so the topics' statements may run in any order.
var filling []string

// addPlans adds a topic's lists, and the statements that make the records in them.
func addPlans(listsOfTopic []list, fillingOfTopic []string) bool {
	lists, filling = append(lists, listsOfTopic...), append(filling, fillingOfTopic...)
	return true
}

// TestPlans asks for every list in every order that the schema offers, in both directions and from both ends, and with
// every filter, on a large organization, and runs the statements that were made once more: no scan of a read model or
// of a canonical table may read many more rows than a page has, whatever the organization's size.
//
// Then it drops every index in turn, and something must read too much: no index is idle, and
// none could go unnoticed.
func TestPlans(t *testing.T) {
	t.Parallel()
	pgtest.Long(t)
	s := serve(t)
	s.fill(*plansRows)
	made := map[string]pgx.TraceQueryStartData{}    // by the statement and its arguments, which documents share
	using := map[string][]pgx.TraceQueryStartData{} // by the name of an index that the plan has
	for _, document := range documents(t) {
		statements := s.sql.recorded(func() { s.must(document, nil) })
		if len(statements) == 0 {
			t.Errorf("%s makes no statement", document)
		}
		for _, statement := range statements {
			key := fmt.Sprint(statement.SQL, statement.Args)
			if _, known := made[key]; known {
				continue
			}
			made[key] = statement
			plan := s.explain(s.pool, statement)
			if excess := plan.excess(); excess != "" {
				t.Errorf("%s: %s in %s with %v", document, excess, statement.SQL, statement.Args)
			}
			for _, n := range plan.all() {
				using[n.Index] = append(using[n.Index], statement)
			}
		}
	}
	for _, index := range s.indexes(slices.Collect(maps.Values(made))) {
		t.Run(index.Name, func(t *testing.T) {
			tx, err := s.pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(t.Context()) }()
			if _, err := tx.Exec(t.Context(), "DROP INDEX projection."+index.Name); err != nil {
				t.Fatal(err)
			}
			for _, statement := range using[index.Name] {
				if s.explain(tx, statement).excess() != "" {
					return
				}
			}
			if !index.Expands {
				t.Error("without this index, nothing reads more than it may")
			}
		})
	}
	s.plansOfLooks()
}

// plansOfLooks has what runs every second look for what is to be done, where all of a long log has been read.
func (s *service) plansOfLooks() {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	for _, sql := range []string{
		`UPDATE canonical.webhooks SET archived_at = now() WHERE id > 10 AND archived_at IS NULL`,
		`UPDATE canonical.notification_positions SET (epoch, transaction, event_id) =
			(SELECT epoch, transaction, id FROM audit.events ORDER BY epoch DESC, transaction DESC, id DESC LIMIT 1)`,
		`UPDATE canonical.webhook_positions SET (epoch, transaction, event_id) =
			(SELECT epoch, transaction, id FROM audit.events ORDER BY epoch DESC, transaction DESC, id DESC LIMIT 1) WHERE webhook_id <= 10`,
	} {
		if _, err := admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatal(err)
		}
	}
	traced := pgtest.Open(s.t, s.pool.Config().ConnString(), pgpool.Options{Tracer: s.sql})
	statements := s.sql.recorded(func() {
		if behind, err := notifications.Behind(s.t.Context(), traced); err != nil || len(behind) > 0 {
			s.t.Errorf("%v are to be notified, %v", behind, err)
		}
		if behind, err := webhooks.Behind(s.t.Context(), traced); err != nil || len(behind) > 0 {
			s.t.Errorf("%v have events to take, %v", behind, err)
		}
	})
	for _, statement := range statements {
		for _, n := range s.explain(s.pool, statement).all() {
			if read := (n.Rows + n.Filtered) * n.Loops; n.Schema == "audit" && read > mostRead {
				s.t.Errorf("%s of %s reads %.0f rows in %s", n.NodeType, n.Relation, read, statement.SQL)
			}
		}
	}
}

// documents asks for everything that lists declare. It fails where the schema has a list, or a field of a filter, that
// they leave out.
func documents(t *testing.T) (documents []string) {
	t.Helper()
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	offered := map[string]*ast.FieldDefinition{}
	for _, typ := range schema.Types {
		for _, field := range typ.Fields {
			// The history of a person is that of all records.
			history := field.Name == "history" && typ.Name != "Person"
			// A search counts what it finds by kind, up to ten thousand rows: that is measured by itself.
			search := field.Type.Name() == "SearchConnection"
			if typ.Kind == ast.Object && strings.HasSuffix(field.Type.Name(), "Connection") && !history && !search {
				offered[typ.Name+"."+field.Name] = field
			}
		}
	}
	delete(offered, "Query.search") // it ranks up to 10 000 records at once; TestSearchPlans is its own
	for _, l := range lists {
		field := offered[l.field]
		delete(offered, l.field)
		if field == nil {
			t.Fatalf("the schema has no list %s", l.field)
		}
		ask := func(arguments string) {
			document := fmt.Sprintf(`%s(%s) { nodes { %s } }`, field.Name, strings.TrimPrefix(l.with+", "+arguments, ", "), l.nodes)
			if l.of != "" {
				document = l.of + " { " + document + " }"
			}
			documents = append(documents, "{ "+document+" }")
		}
		for _, end := range []string{"first: 50", "last: 50"} {
			ask(end)
			for _, order := range choices(schema, field, "orderBy") {
				for _, direction := range []string{"ASC", "DESC"} {
					ask(fmt.Sprintf("%s, orderBy: {field: %s, direction: %s}", end, order, direction))
				}
			}
		}
		for _, filter := range l.filters {
			ask("filter: {" + filter + "}")
		}
		for _, where := range wheres[l.field] {
			ask("where: {" + where + "}")
		}
		for _, other := range l.others {
			ask(other)
		}
		for _, name := range indexed(schema, field) {
			if !strings.Contains(" "+strings.Join(wheres[l.field], " "), " "+name+":") {
				t.Errorf("%s is never asked for where %s", l.field, name)
			}
		}
		for _, name := range choices(schema, field, "filter") {
			if !strings.Contains(strings.Join(l.filters, " "), name+":") {
				t.Errorf("%s is never filtered by %s", l.field, name)
			}
		}
	}
	// Sums read what they add up, by the index that finds it.
	for _, field := range schema.Query.Fields {
		list, sums := strings.CutSuffix(field.Name, "Aggregate")
		for _, by := range choices(schema, field, "groupBy") {
			documents = append(documents, fmt.Sprintf("{ %s(where: {%s}, groupBy: [%s]) { count groups { count sum { __typename } } } }", field.Name, wheres["Query."+list][0], by))
		}
		if sums && wheres["Query."+list] == nil {
			t.Errorf("%s has no where", list)
		}
	}
	for missing := range offered {
		t.Errorf("nobody asks for the list %s", missing)
	}
	return documents
}

// choices are the values of the field of an orderBy argument, those of groupBy, and the fields of a filter; none where the list has
// no such argument.
func choices(schema *ast.Schema, list *ast.FieldDefinition, argument string) (names []string) {
	given := list.Arguments.ForName(argument)
	if given == nil {
		return nil
	}
	typ := schema.Types[given.Type.Name()]
	switch argument {
	case "groupBy":
		for _, value := range typ.EnumValues {
			names = append(names, value.Name)
		}
		return names
	case "orderBy":
		for _, value := range schema.Types[typ.Fields.ForName("field").Type.Name()].EnumValues {
			names = append(names, value.Name)
		}
		return names
	}
	for _, field := range typ.Fields {
		names = append(names, field.Name)
	}
	return names
}

// indexed returns the columns in the where argument of a list that are @indexed; none where the list has no such argument.
func indexed(schema *ast.Schema, list *ast.FieldDefinition) (names []string) {
	given := list.Arguments.ForName("where")
	if given == nil {
		return nil
	}
	for _, field := range schema.Types[given.Type.Name()].Fields {
		if field.Directives.ForName("indexed") != nil {
			names = append(names, field.Name)
		}
	}
	return names
}

// mostRead is how many rows a scan may read for a page of 50, of any number.
const mostRead = 1000

// index is one that a migration made beside a read model's key.
type index struct {
	Name, Table string
	// Expands is whether the index begins with the columns of a grain: refreshes then find
	// the stored keys of a changed group by it.
	Expands bool
}

// indexOfReports is the index by which ageing finds payments that are open: a report, and no list, reads it.
const indexOfReports = "payment_summaries_unallocated_idx"

// indexes are those of the read models that the statements read.
func (s *service) indexes(statements []pgx.TraceQueryStartData) []index {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), `SELECT x.relname::text, c.relname::text, EXISTS (
			SELECT FROM engine.grains AS g WHERE g.projection = c.relname AND g.columns = ARRAY (
				SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
				JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
				WHERE n <= cardinality(g.columns) ORDER BY n))
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_class AS x ON x.oid = i.indexrelid
		WHERE c.relnamespace = 'projection'::regnamespace AND NOT i.indisunique ORDER BY 1`)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		s.t.Fatal(err)
	}
	read := slices.DeleteFunc(all, func(i index) bool {
		return i.Name == indexOfReports || !slices.ContainsFunc(statements, func(statement pgx.TraceQueryStartData) bool {
			return strings.Contains(statement.SQL, "projection."+i.Table+" ")
		})
	})
	if len(read) < 40 {
		s.t.Fatalf("there are only %d indexes", len(read))
	}
	return read
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

// excess says which scan of a read model, a canonical table or the audit log read too much; empty if none did.
func (n scan) excess() string {
	for _, n := range n.all() {
		read := (n.Rows + n.Filtered + n.Recheck) * n.Loops
		table := n.Schema == "projection" || n.Schema == "canonical" || n.Schema == "audit"
		if (table || n.NodeType == "Bitmap Index Scan") && read > mostRead {
			return fmt.Sprintf("%s of %s %s reads %.0f rows", n.NodeType, n.Relation, n.Index, read)
		}
	}
	return ""
}

// explain runs a statement and answers its plan.
func (s *service) explain(db canonical.Querier, statement pgx.TraceQueryStartData) scan {
	s.t.Helper()
	var explained []struct{ Plan scan }
	err := db.QueryRow(s.t.Context(), "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, TIMING OFF, FORMAT JSON) "+statement.SQL, statement.Args...).Scan(&explained)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, statement.SQL)
	}
	return explained[0].Plan
}

// fill gives the organization n records of each large kind, and stores all read models as a refresh would.
func (s *service) fill(n int) {
	s.t.Helper()
	admin := pgtest.Superuser(s.t, s.pool)
	run := func(sql string) {
		s.t.Helper()
		sql = strings.NewReplacer("$1", fmt.Sprint(s.organizationID), "$2", fmt.Sprint(n), "$3", fmt.Sprint(n/3)).Replace(sql)
		if _, err := admin.Exec(s.t.Context(), sql); err != nil {
			s.t.Fatalf("%v\n%s", err, sql)
		}
	}
	if _, err := admin.Exec(s.t.Context(), pgtest.TriggersOff); err != nil {
		s.t.Fatal(err)
	}
	run(`SET maintenance_work_mem = '256MB'`)
	for _, sql := range filling {
		run(sql)
	}
	run(`SELECT canonical.keep_document_amounts($1, ARRAY(SELECT id FROM canonical.documents WHERE organization_id = $1)),
		canonical.keep_payment_amounts($1, ARRAY(SELECT id FROM canonical.payments WHERE organization_id = $1))`)
	run(`ANALYZE`)
	all, err := s.engine.List(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		switch {
		case p.Name == "search_documents": // see documents
		case p.Kind == "materialized_view":
			run(`REFRESH MATERIALIZED VIEW projection.` + p.Name)
		default:
			// Indexes are made much faster than kept up.
			indexes := s.column(`SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = ('projection.' || $1)::regclass AND NOT indisunique`, p.Name)
			for _, name := range s.column(`SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = ('projection.' || $1)::regclass AND NOT indisunique`, p.Name) {
				run(`DROP INDEX ` + name)
			}
			run(`INSERT INTO projection.` + p.Name + ` SELECT * FROM source.` + p.Name + ` ON CONFLICT DO NOTHING`)
			for _, definition := range indexes {
				run(definition)
			}
		}
	}
	run(`DO $$ DECLARE p text; BEGIN
		FOR p IN SELECT name FROM engine.projections LOOP EXECUTE format('DELETE FROM marks.%I', p); END LOOP; END $$`)
	if _, err := admin.Exec(s.t.Context(), pgtest.TriggersOn); err != nil {
		s.t.Fatal(err)
	}
	run(`VACUUM (ANALYZE, INDEX_CLEANUP off)`)
}
