package resolvers_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/text/unicode/norm"

	"daybook/internal/demo"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

// TestWhere compares what every list finds with random conditions, with the rows of the whole list for which they are true by
// SQL's logic of three values: of stored rows, and with some keys of each read model behind. Every operator of every column
// is the only condition of stored rows once, every other one negated.
func TestWhere(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	business, err := demo.Seed(t.Context(), s.pool, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.token = business.Token
	for _, told := range toldOf {
		if _, err := s.pool.Exec(t.Context(), told, business.OrganizationID, business.UserID); err != nil {
			t.Fatal(err)
		}
	}
	s.refreshed()
	random, schema := rand.New(rand.NewPCG(7, 11)), resolvers.NewSchema(resolvers.Config{}).Schema()
	trees := pgtest.Rounds(5, 100)
	for state, prepare := range selectionStates[:2] {
		if _, err := pgtest.Superuser(t, s.pool).Exec(t.Context(), strings.ReplaceAll(prepare, "$1", fmt.Sprint(business.OrganizationID))); err != nil {
			t.Fatal(err)
		}
		for _, list := range listsWithWhere(schema) {
			w := newRandomWhere(s, random, schema, list)
			if state == 0 {
				for _, where := range w.each() {
					w.compare(where)
				}
			}
			for range trees {
				w.left = 50
				w.compare(w.object(0))
			}
			t.Logf("state %d: %s: %d rows, %d conditions, %d of them found some and not all", state, list.field.Name, len(w.rows), w.compared, w.telling)
			if state == 0 && w.telling == 0 && len(w.rows) > 1 {
				t.Errorf("no condition on %s tells rows apart", list.field.Name)
			}
		}
	}
}

// toldOf makes webhooks with deliveries, and notifications, which no demo business has: for an organization and its owner.
var toldOf = []string{
	`INSERT INTO canonical.webhooks (organization_id, id, url, member_id, secret, description, disabled_at)
	SELECT $1, g, 'https://example.com/' || g, $2, sha256('x'), CASE WHEN g % 2 = 0 THEN 'Stock ' || g ELSE '' END, CASE WHEN g = 3 THEN now() END FROM generate_series(1, 5) AS g`,
	`INSERT INTO canonical.webhook_positions (organization_id, webhook_id, epoch, transaction, event_id) SELECT $1, g, 1, '1', 0 FROM generate_series(1, 5) AS g WHERE $2::bigint > 0`,
	`INSERT INTO canonical.webhook_deliveries (organization_id, webhook_id, event_id, occurred_at, canonical_type, canonical_id, action, relation, fields, event_text, state, attempts, attempted_at, status_code, answer, delivered_at)
	SELECT $1, 1 + g % 4, g, now() - g * interval '1 hour', CASE g % 3 WHEN 0 THEN 'Person' WHEN 1 THEN 'Invoice' END, CASE WHEN g % 3 < 2 THEN 1 + g % 5 END, (ARRAY['create', 'update', 'delete'])[1 + g % 3],
		'people', '{}', 'Person ' || g, (ARRAY['delivered', 'given_up', 'pending'])[1 + g % 3], g % 4, CASE WHEN g % 4 > 0 THEN now() END, CASE WHEN g % 4 > 0 THEN 200 + g % 2 * 300 END, 'Text', CASE WHEN g % 3 = 0 THEN now() END
	FROM generate_series(1, 40) AS g WHERE $2::bigint > 0`,
	`INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, canonical_type, canonical_id, occurred_at, state, read_at)
	SELECT $1, $2, 'in_app', 'n' || g, (ARRAY['bill_due', 'payment_received', 'invoice_approved'])[1 + g % 3], 'Text ' || g, CASE WHEN g % 5 > 0 THEN 'Invoice' END, CASE WHEN g % 5 > 0 THEN 1 + g % 7 END,
		now() - g * interval '1 hour', 'shown', CASE WHEN g % 2 = 0 THEN now() END
	FROM generate_series(1, 40) AS g`,
}

// randomWhere makes conditions on the rows of one list, of values that these have.
type randomWhere struct {
	*service
	*rand.Rand
	schema            *ast.Schema
	list              listWithWhere
	selection         string
	left              int // how many conditions a tree may still have
	rows              []map[string]any
	compared, telling int
}

// newRandomWhere reads all rows of the list.
func newRandomWhere(s *service, random *rand.Rand, schema *ast.Schema, list listWithWhere) *randomWhere {
	w := &randomWhere{service: s, Rand: random, schema: schema, list: list}
	for _, column := range list.where.Fields {
		if field := list.row.Fields.ForName(column.Name); field != nil && field.Type.Name() == "Money" {
			w.selection += column.Name + " { amount } "
		} else if field != nil {
			w.selection += column.Name + " "
		} else if of := strings.TrimSuffix(column.Name, "Id"); of != column.Name {
			w.selection += of + " { id } "
		}
	}
	w.rows = w.read("null")
	return w
}

// partsOfLists are the conditions of the parts that are read of lists which are too long to be read whole many times.
var partsOfLists = map[string]string{"auditLog": `{table: {in: ["stores", "products", "memberships"]}}`}

// read returns the rows that a list has with a where.
func (w *randomWhere) read(where string) (rows []map[string]any) {
	w.t.Helper()
	if part := partsOfLists[w.list.field.Name]; part != "" && where == "null" {
		where = part
	} else if part != "" {
		where = "{and: [" + part + ", " + where + "]}"
	}
	for after := "null"; ; {
		a := w.must(fmt.Sprintf(`{ list: %s(first: 200, after: %s, where: %s) { %s nodes { %s } pageInfo { hasNextPage endCursor } } }`, w.list.field.Name, after, where, w.list.counted(w.schema), w.selection), nil)
		nodes, _ := a.at("data.list.nodes").([]any)
		for _, node := range nodes {
			rows = append(rows, node.(map[string]any))
		}
		if a.text("data.list.pageInfo.hasNextPage") != "true" {
			if total := a.at("data.list.totalCount"); total != nil && fmt.Sprint(total) != fmt.Sprint(len(rows)) {
				w.t.Errorf("%s(where: %s) has %d rows, and says %v", w.list.field.Name, where, len(rows), total)
			}
			return rows
		}
		after = fmt.Sprintf("%q", a.text("data.list.pageInfo.endCursor"))
	}
}

// compare reads the list where the conditions hold.
func (w *randomWhere) compare(where condition) {
	w.t.Helper()
	var got, want []string
	for _, row := range w.read(where.text) {
		got = append(got, canonicalText(row))
	}
	for _, row := range w.rows {
		if where.holds(row) == yes {
			want = append(want, canonicalText(row))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Fatalf("%s(where: %s) has %d rows, want %d:\n%s\n%s", w.list.field.Name, where.text, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if w.compared++; len(got) > 0 && len(got) < len(w.rows) {
		w.telling++
	}
}

func canonicalText(row map[string]any) string {
	text, err := json.Marshal(row)
	if err != nil {
		panic(err) // it was JSON
	}
	return string(text)
}

// truth is a value of SQL's logic. The least of several is what they are joined by AND, the greatest what they are by OR.
type truth int

const (
	no truth = iota
	unknown
	yes
)

// condition is one as GraphQL, and what it says of a row.
type condition struct {
	text  string
	holds func(row map[string]any) truth
}

// each returns every operator of every column by itself, every other one negated.
func (w *randomWhere) each() (all []condition) {
	for _, column := range w.list.where.Fields {
		if column.Type.Elem != nil || column.Name == "not" {
			continue
		}
		for _, operator := range w.schema.Types[column.Type.Name()].Fields {
			single := w.operator(column, operator)
			single.text = "{" + single.text + "}"
			if len(all)%2 == 1 {
				single = negated(single)
			}
			all = append(all, single)
		}
	}
	return all
}

func negated(c condition) condition {
	return condition{"{not: " + c.text + "}", func(row map[string]any) truth { return yes - c.holds(row) }}
}

// object returns an object with up to three conditions.
func (w *randomWhere) object(depth int) condition {
	var parts []string
	var all []func(map[string]any) truth
	used := map[string]bool{}
	for range w.IntN(4) {
		if w.left--; w.left < 0 {
			break
		}
		column := w.list.where.Fields[w.IntN(len(w.list.where.Fields))]
		if depth < 4 && w.IntN(2) == 0 {
			column = w.list.where.Fields[w.IntN(3)] // and, or, not
		}
		if used[column.Name] || depth == 4 && (column.Type.Elem != nil || column.Name == "not") {
			continue
		}
		used[column.Name] = true
		var c condition
		switch column.Name {
		case "and", "or":
			c = w.joined(column.Name, depth)
		case "not":
			c = negated(w.object(depth + 1))
			c.text = strings.TrimSuffix(strings.TrimPrefix(c.text, "{"), "}")
		default:
			operators := w.schema.Types[column.Type.Name()].Fields
			c = w.operator(column, operators[w.IntN(len(operators))])
		}
		parts, all = append(parts, c.text), append(all, c.holds)
	}
	return condition{"{" + strings.Join(parts, ", ") + "}", together(all)}
}

func (w *randomWhere) joined(by string, depth int) condition {
	var parts []string
	var all []func(map[string]any) truth
	for range w.IntN(4) {
		w.left--
		c := w.object(depth + 1)
		parts, all = append(parts, c.text), append(all, c.holds)
	}
	text := by + ": [" + strings.Join(parts, ", ") + "]"
	if by == "and" {
		return condition{text, together(all)}
	}
	return condition{text, func(row map[string]any) truth {
		answer := no
		for _, holds := range all {
			answer = max(answer, holds(row))
		}
		return answer
	}}
}

func together(all []func(map[string]any) truth) func(map[string]any) truth {
	return func(row map[string]any) truth {
		answer := yes
		for _, holds := range all {
			answer = min(answer, holds(row))
		}
		return answer
	}
}

// inColumn returns what a row has in a column; nil if it has no value.
func inColumn(row map[string]any, column string) any {
	if money, ok := row[column].(map[string]any); ok {
		return money["amount"]
	}
	if v, ok := row[column]; ok {
		return v
	}
	record, _ := row[strings.TrimSuffix(column, "Id")].(map[string]any)
	return record["id"]
}

// operator returns a column's condition with one operator, to values that rows of the list have, for the most part.
func (w *randomWhere) operator(column, operator *ast.FieldDefinition) condition {
	typ := w.schema.Types[operator.Type.Name()]
	if operator.Name == "isNull" {
		null := w.IntN(2) == 0
		return condition{fmt.Sprintf("%s: {isNull: %t}", column.Name, null), func(row map[string]any) truth {
			return truthOf((inColumn(row, column.Name) == nil) == null)
		}}
	}
	given := []any{w.some(column, typ)}
	written := w.written(given[0], typ)
	if operator.Name == "contains" {
		from := []rune(given[0].(string))
		at := w.IntN(len(from) + 1)
		part := string(from[at:min(len(from), at+1+w.IntN(4))])
		given, written = []any{part}, w.written(part, typ)
	}
	if operator.Type.Elem != nil {
		for range w.IntN(4) {
			given = append(given, w.some(column, typ))
		}
		given = given[w.IntN(2):]
		texts := make([]string, len(given))
		for i, v := range given {
			texts[i] = w.written(v, typ)
		}
		written = "[" + strings.Join(texts, ", ") + "]"
	}
	return condition{fmt.Sprintf("%s: {%s: %s}", column.Name, operator.Name, written), func(row map[string]any) truth {
		v := inColumn(row, column.Name)
		if v == nil {
			if operator.Name == "in" && len(given) == 0 {
				return no // no value is compared
			}
			return unknown
		}
		switch operator.Name {
		case "contains":
			return truthOf(strings.Contains(folded(v.(string)), folded(given[0].(string))))
		case "gte":
			return truthOf(compareAs(typ.Name, v, given[0]) >= 0)
		case "lte":
			return truthOf(compareAs(typ.Name, v, given[0]) <= 0)
		}
		return truthOf(slices.ContainsFunc(given, func(g any) bool { return compareAs(typ.Name, v, g) == 0 }))
	}}
}

// folded returns a text as the database compares parts of texts: in lower case, without accents and apostrophes.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\'' || unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(text)))
}

func truthOf(holds bool) truth {
	if holds {
		return yes
	}
	return no
}

// some returns a value of a random row, or one that none may have.
func (w *randomWhere) some(column *ast.FieldDefinition, typ *ast.Definition) any {
	if len(w.rows) > 0 && w.IntN(8) > 0 {
		if v := inColumn(w.rows[w.IntN(len(w.rows))], column.Name); v != nil {
			return v
		}
	}
	switch typ.Name {
	case "String":
		return "Nobody's"
	case "Boolean":
		return true
	case "Int":
		return json.Number("2")
	case "ID":
		return []string{"Person:1", "Store:1", "Account:7", "Invoice:3"}[w.IntN(4)]
	case "Decimal":
		return "100"
	case "Date":
		return "2026-03-01"
	case "DateTime":
		return "2026-03-01T10:00:00.123456+10:30"
	}
	return typ.EnumValues[w.IntN(len(typ.EnumValues))].Name
}

// written returns a value as a literal of its type.
func (w *randomWhere) written(v any, typ *ast.Definition) string {
	if text, ok := v.(string); ok && typ.Kind != ast.Enum {
		literal, err := json.Marshal(text)
		if err != nil {
			panic(err) // a string always marshals
		}
		return string(literal)
	}
	return fmt.Sprint(v)
}

// compareAs compares two values of a scalar or an enum.
func compareAs(typ string, a, b any) int {
	switch typ {
	case "Decimal", "Int":
		return decimal.RequireFromString(fmt.Sprint(a)).Cmp(decimal.RequireFromString(fmt.Sprint(b)))
	case "DateTime":
		return instantOf(a).Compare(instantOf(b))
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func instantOf(v any) time.Time {
	t, err := time.Parse(time.RFC3339Nano, v.(string))
	if err != nil {
		panic(err) // the API wrote it
	}
	return t
}
