package resolvers_test

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/resolvers"
)

// Text that PostgreSQL cannot store is the caller's mistake, wherever a query has it.
func TestTextThatCannotBeStored(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.person("Ada")
	for query, place := range map[string]string{
		`{ invoices(filter: {search: "a\u0000"}) { nodes { id } } }`:                                                    `["invoices"] filter.search`,
		`{ here: people(filter: {search: "\u0000"}) { nodes { id } } }`:                                                 `["here"] filter.search`,
		`{ products(after: "a\u0000") { nodes { id } } }`:                                                               `["products"] after`,
		`{ people { nodes { ...F } } } fragment F on Person { invoices(filter: {search: "\u0000"}) { totalCount } }`:    `["people","nodes"] filter.search`,
		`query($text: String = "\u0000") { ... { products(filter: {search: $text}) { nodes { id } } } }`:                `["products"] filter.search`,
		`mutation { personArchive(id: "Person:1") { record { invoices(filter: {search: "\u0000"}) { totalCount } } } }`: `["personArchive","record","invoices"] filter.search`,
	} {
		t.Run(query, func(t *testing.T) {
			s := s.in(t)
			s.call(query, nil).refused("BAD_USER_INPUT", place)
		})
	}
	s.call(`query($filter: PersonFilter) { people(filter: $filter) { nodes { id } } }`, variables{"filter": map[string]any{"search": "x\x00"}}).
		refused("BAD_USER_INPUT", `["people"] filter.search`)
	raw := url.Values{"query": {"{ people(filter: {search: \"\xff\"}) { nodes { id } } }"}}
	s.send(http.MethodGet, "?"+raw.Encode(), nil).want(map[string]string{"errors.0.extensions.code": "BAD_USER_INPUT"})
	s.must(`{ people { nodes { archivedAt } } }`, nil).want(map[string]string{"data.people.nodes.0.archivedAt": "null"})
	if log := s.log.String(); log != "" {
		t.Errorf("the log: %s", log)
	}
}

// A text or list that is too long to look for is refused with its path; a page, whatever its cursor, is not.
func TestArgumentsThatAreTooLong(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.person("Ada")
	long := strings.Repeat("é", 1_001)
	for query, place := range map[string]string{
		`query($t: String!) { people(filter: {search: $t}) { nodes { id } } }`:         `["people"] filter.search`,
		`query($t: String!) { here: invoices(filter: {search: $t}) { nodes { id } } }`: `["here"] filter.search`,
		`query($t: String!) { search(q: $t) { totalCount } }`:                          `["search"] q`,
	} {
		t.Run(query[:40], func(t *testing.T) {
			s := s.in(t)
			made := s.sql.during(func() {
				s.call(query, variables{"t": long}).refused("BAD_USER_INPUT", place)
			})
			if len(made) > 0 {
				t.Errorf("made statements: %v", made)
			}
		})
	}
	// The kinds are a set.
	s.must(`query($kinds: [SearchKind!]) { search(q: "Ada", kinds: $kinds) { totalCount } }`, variables{"kinds": slices.Repeat([]string{"PERSON"}, 50_000)}).
		want(map[string]string{"data.search.totalCount": "1"})
	s.must(`query($t: String!) { people(filter: {search: $t}) { totalCount } search(q: $t) { totalCount } }`, variables{"t": long[2:]}).
		want(map[string]string{"data.people.totalCount": "0", "data.search.totalCount": "0"})
	s.must(`{ search(q: "Ada", kinds: [`+strings.Repeat("PERSON ", 200)+`]) { totalCount } }`, nil).want(map[string]string{"data.search.totalCount": "1"})
}

// Every string of every mutation's input is checked, and named with its path.
func TestTextOfInputsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	s := serve(t)
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	party := s.person("Ada")
	income, expense, transfer := s.money(s.caller)
	known := map[string]string{
		"Invoice": s.draft(party, "100.00"), "Bill": s.bill(party, "100.00"), "CreditNote": s.creditNote(party, "10.00"), "VendorCreditNote": s.vendorCreditNote(party, "10.00"),
		"Income": income, "Expense": expense, "Transfer": transfer,
		"JournalEntry": s.must(postEntry, s.entry(s.caller, "2026-02-03")).text("data.journalEntryPost.record.id"),
	}
	s.must(`mutation {
		productCreate(input: {sku: "A", name: "A", unitPrice: "1"}) { record { id } }
		taxRateCreate(input: {name: "A", percentage: "10"}) { record { id } }
		storeCreate(input: {name: "A"}) { record { id } }
		channelCreate(input: {name: "A"}) { record { id } }
		webhookCreate(input: {url: "https://example.com"}) { record { id } }
	}`, nil).want(map[string]string{"data.productCreate.record.id": "Product:1", "data.taxRateCreate.record.id": "TaxRate:1",
		"data.storeCreate.record.id": "Store:1", "data.channelCreate.record.id": "Channel:1", "data.webhookCreate.record.id": "Webhook:1"})
	known["TillSession"] = s.open(s.till("Store:1", "A"))
	known["Shift"] = s.shift("Store:1", "", "2026-03-01", "09:00", 480)
	tried := 0
	for _, mutation := range schema.Mutation.Fields {
		for _, argument := range mutation.Arguments {
			for path, value := range unstorable(schema, argument.Type, argument.Name) {
				tried++
				s.refusesText(schema, mutation, known, argument.Name, value, path)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d strings were tried", tried)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("the log: %s", log)
	}
}

// refusesText calls a mutation with one argument that holds such text at a path.
func (s *service) refusesText(schema *ast.Schema, mutation *ast.FieldDefinition, known map[string]string, argument string, value any, path string) {
	s.t.Helper()
	var declared, given []string
	vars := variables{argument: value}
	for _, a := range mutation.Arguments {
		if _, ok := vars[a.Name]; !ok && a.Type.NonNull {
			vars[a.Name] = least(schema, a.Type)
			if a.Name == "id" { // the record that the payload holds
				typ := strings.TrimSuffix(mutation.Type.Name(), "Payload")
				vars[a.Name] = cmp.Or(known[typ], typ+":1")
			}
		}
		if _, ok := vars[a.Name]; ok {
			declared = append(declared, "$"+a.Name+": "+a.Type.String())
			given = append(given, a.Name+": $"+a.Name)
		}
	}
	query := "mutation(" + strings.Join(declared, ", ") + ") { " + mutation.Name + "(" + strings.Join(given, ", ") + ") { userErrors { path code } } }"
	errors := s.must(query, vars).text("data." + mutation.Name + ".userErrors")
	if want := `{"code":"INVALID","path":"` + strings.TrimPrefix(path, "input.") + `"}`; !strings.Contains(errors, want) {
		s.t.Errorf("%s %v: %s, without %s", mutation.Name, vars, errors, want)
	}
}

// unstorable makes, for every string in a type, a value with that string alone spoilt; by the string's path.
func unstorable(schema *ast.Schema, typ *ast.Type, path string) map[string]any {
	values := map[string]any{}
	if typ.Elem != nil {
		for p, v := range unstorable(schema, typ.Elem, path+".0") {
			values[p] = []any{v}
		}
		return values
	}
	definition := schema.Types[typ.NamedType]
	switch {
	case definition.Name == "String":
		values[path] = "a\x00b"
	case definition.Kind == ast.InputObject:
		for _, field := range definition.Fields {
			for p, v := range unstorable(schema, field.Type, path+"."+field.Name) {
				whole := least(schema, typ).(map[string]any)
				whole[field.Name] = v
				values[p] = whole
			}
		}
	}
	return values
}

// least is a value of a type with nothing in it that may be left out.
func least(schema *ast.Schema, typ *ast.Type) any {
	if typ.Elem != nil {
		return []any{}
	}
	definition := schema.Types[typ.NamedType]
	switch {
	case definition.Kind == ast.InputObject:
		whole := map[string]any{}
		for _, field := range definition.Fields {
			if field.Type.NonNull && field.DefaultValue == nil {
				whole[field.Name] = least(schema, field.Type)
			}
		}
		return whole
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	case definition.Name == "ID":
		return "Person:1"
	case definition.Name == "Decimal", definition.Name == "Int":
		return 1
	case definition.Name == "LocalTime":
		return "12:00"
	case definition.Name == "DateTime":
		return "2026-01-01T12:00:00Z"
	}
	return "2026-01-01"
}
