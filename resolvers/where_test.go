package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/resolvers"
)

// listWithWhere is a list of Query that has the argument where.
type listWithWhere struct {
	field *ast.FieldDefinition
	where *ast.Definition
	row   *ast.Definition
}

// counted returns totalCount where the list has one, and else what every list has.
func (l listWithWhere) counted(schema *ast.Schema) string {
	if schema.Types[l.field.Type.Name()].Fields.ForName("totalCount") == nil {
		return "__typename"
	}
	return "totalCount"
}

// listsWithWhere are those of the schema, in the order of their names.
func listsWithWhere(schema *ast.Schema) (lists []listWithWhere) {
	for _, field := range schema.Query.Fields {
		if where := field.Arguments.ForName("where"); where != nil && strings.HasSuffix(field.Type.Name(), "Connection") {
			row := schema.Types[field.Type.Name()].Fields.ForName("nodes").Type.Name()
			lists = append(lists, listWithWhere{field, schema.Types[where.Type.Name()], schema.Types[row]})
		}
	}
	slices.SortFunc(lists, func(a, b listWithWhere) int { return strings.Compare(a.field.Name, b.field.Name) })
	return lists
}

// What an object without conditions, an empty list and null mean.
func TestWhereOfNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	ada, eve := s.person("Ada"), s.person("Eve")
	for where, want := range map[string]int{
		`null`: 2, `{}`: 2, `{and: []}`: 2, `{and: null, or: null, not: null, fullName: null, id: {eq: null, in: null}}`: 2, `{and: [{}]}`: 2, `{or: [{}]}`: 2,
		`{not: {not: {}}}`: 2, `{not: {or: []}}`: 2, `{not: {id: {in: []}}}`: 2,
		`{or: []}`: 0, `{not: {}}`: 0, `{id: {in: []}}`: 0, `{and: [{}, {or: []}]}`: 0,
		`{id: {eq: "` + ada + `"}}`: 1, `{id: {in: "` + ada + `"}}`: 1, `{id: {in: ["` + ada + `", "` + ada + `", "` + eve + `"]}}`: 2,
		`{id: {in: ["` + ada + `"], eq: "` + eve + `"}}`: 0, `{or: {id: {eq: "` + ada + `"}}}`: 1,
		`{id: {eq: "Store:1"}}`: 0, `{not: {id: {eq: "Store:1"}}}`: 2,
		`{externalRef: {eq: "x"}}`: 0, `{not: {externalRef: {eq: "x"}}}`: 0, `{externalRef: {isNull: true}}`: 2, `{not: {externalRef: {isNull: true}}}`: 0,
		`{or: [{externalRef: {eq: "x"}}, {fullName: {eq: "Ada"}}]}`: 1, `{fullName: {eq: "ada"}}`: 0, `{fullName: {contains: "ÀD"}}`: 1, `{fullName: {contains: ""}}`: 2, `{fullName: {contains: "%"}}`: 0,
	} {
		s.must(`{ people(where: `+where+`) { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": fmt.Sprint(want)})
	}
	// The same as variables, and beside the flat filter.
	const query = `query($w: PersonWhere, $f: PersonFilter) { people(where: $w, filter: $f) { totalCount nodes { fullName } } }`
	s.must(query, variables{"w": map[string]any{"not": map[string]any{"id": map[string]any{"in": []string{eve}}}}}).
		want(map[string]string{"data.people": `{"nodes":[{"fullName":"Ada"}],"totalCount":1}`})
	s.must(query, variables{"w": map[string]any{"id": map[string]any{"eq": eve}}, "f": map[string]any{"search": "Ada"}}).want(map[string]string{"data.people.totalCount": "0"})
	s.must(`query($i: [ID!]) { people(where: {id: {in: $i}}) { totalCount } }`, variables{"i": eve}).want(map[string]string{"data.people.totalCount": "1"})
	s.must(`query($i: [ID!]) { people(where: {id: {in: $i}}) { totalCount } }`, nil).want(map[string]string{"data.people.totalCount": "2"})
	// Of a person's own list too.
	invoice := s.draft(ada, "5")
	s.draft(ada, "7")
	s.must(`query($p: ID!) { person(id: $p) { invoices(where: {total: {eq: 5}}) { nodes { id } } } }`, variables{"p": ada}).
		want(map[string]string{"data.person.invoices.nodes": `[{"id":"` + invoice + `"}]`})
}

// What is too deep, too much or too long is refused at its place, before any statement is made.
func TestWhereThatIsTooMuch(t *testing.T) {
	t.Parallel()
	s := serve(t)
	nested := func(n int) string { return strings.Repeat("{not: ", n) + "{}" + strings.Repeat("}", n) }
	s.must(`{ people(where: `+nested(7)+`) { totalCount } }`, nil)
	s.must(`{ people(where: {or: [`+strings.Repeat(`{fullName: {eq: "A"}} `, 50)+`]}) { totalCount } }`, nil)
	ids := make([]string, 300)
	for i := range ids {
		ids[i] = fmt.Sprintf("Person:%d", i%200+1)
	}
	s.must(`query($i: [ID!]) { people(where: {id: {in: $i}}) { totalCount } }`, variables{"i": ids})
	deep := map[string]any{}
	for range 40 {
		deep = map[string]any{"not": deep}
	}
	for name, c := range map[string]struct {
		query, place string
		vars         variables
	}{
		"depth":             {`{ people(where: ` + nested(8) + `) { totalCount } }`, `["people"] where` + strings.Repeat(".not", 8), nil},
		"depth by variable": {`query($w: PersonWhere) { people(where: $w) { totalCount } }`, "$w" + strings.Repeat(".not", 8), variables{"w": deep}},
		"list by variable":  {`query($w: [PersonWhere!]) { people(where: {or: $w}) { totalCount } }`, "$w.100", variables{"w": slices.Repeat([]any{map[string]any{}}, 50_000)}},
		"elements":          {`{ people(where: {or: [` + strings.Repeat(`{} `, 101) + `]}) { totalCount } }`, `["people"] where.or.100`, nil},
		"operators":         {`{ people(where: {or: [` + strings.Repeat(`{fullName: {eq: "A"}} `, 51) + `]}) { totalCount } }`, `["people"] where.or.50`, nil},
		"list":              {`query($i: [ID!]) { people(where: {id: {in: $i}}) { totalCount } }`, `["people"] where.id.in`, variables{"i": slices.Concat(ids, []string{"Person:777"})}},
		"text":              {`query($t: String!) { people(where: {or: [{}, {fullName: {contains: $t}}]}) { totalCount } }`, `["people"] where.or.1.fullName.contains`, variables{"t": strings.Repeat("é", 1_001)}},
		"characters":        {`{ people(where: {fullName: {eq: "\u0000"}}) { totalCount } }`, `["people"] where.fullName.eq`, nil},
		"a number":          {`{ invoices(where: {and: [{total: {gte: "1,5"}}]}) { totalCount } }`, `["invoices"] where.and.0.total.gte`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			made := s.sql.during(func() {
				s.call(c.query, c.vars).refused("BAD_USER_INPUT", c.place)
			})
			if len(made) > 0 {
				t.Errorf("made statements: %v", made)
			}
		})
	}
}

// Who may not read private data does not find anybody by it either, however deep the condition stands.
func TestWhereOfPrivateColumns(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.made("personCreate", `mutation { personCreate(input: {givenName: "Ada", email: "ada@example.com", phone: "+61 8 1234", dateOfBirth: "1815-12-10"}) { record { id } } }`, nil)
	accountant := s.member(s.organizationID, model.RoleAccountant)
	private := 0
	for _, column := range resolvers.NewSchema(resolvers.Config{}).Schema().Types["PersonWhere"].Fields {
		if column.Directives.ForName("private") == nil {
			continue
		}
		private++
		for before, after := range map[string]string{"": "", "or: [{}, {not: ": "}]", "and: {or: ": "}"} {
			condition := column.Name + ": {isNull: false}"
			place := "where." + column.Name
			if before != "" {
				condition = before + "{" + condition + "}" + after
				place = map[bool]string{true: "where.or.1.not.", false: "where.and.0.or.0."}[strings.HasPrefix(before, "or")] + column.Name
			}
			query := `{ people(where: {` + condition + `}) { totalCount } }`
			s.must(query, nil).want(map[string]string{"data.people.totalCount": "1"})
			accountant.call(query, nil).refused("FORBIDDEN", `["people"] `+place)
		}
	}
	if private != 3 {
		t.Errorf("%d columns of people are private", private)
	}
}
