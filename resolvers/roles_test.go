package resolvers_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/internal/pgtest"
	"daybook/resolvers"
)

var update = flag.Bool("update", false, "write docs/roles.md anew")

const rolesPage = "../docs/roles.md"

// rolesHead is what stands above the table.
const rolesHead = `# Roles

What each role may write, as the API answers it: ` + "`go test ./resolvers -run TestRolesOfMutations -update`" + ` makes this page.
Everybody who is a member reads everything, but for ` + "`auditLog`" + `, ` + "`changes`" + ` and webhooks, which are for owners and managers, and the private data of
people, which accountants do not read: see the second table. They find people by name alone, and not in ` + "`search`" + `, and no notification tells them of a shift.

Some writes depend on what they change, whatever the table says:

- Staff record the current day's incomes and expenses, and change only what is not booked of them: memo, reference, party.
- Staff record payments received; paying out is for owners, managers and accountants.
- Staff change drafts of documents and shifts; what is approved is for owners, managers and accountants, and what is published
  for owners and managers.
- Hard locks are the owner's; soft locks are the manager's too, and so is passing one.
- Notifications and their settings are everybody's own; settings of others are for owners and managers too.

Members are set by owners (` + "`memberCreate`, `memberUpdate`, `memberEnd`" + `), and whoever runs the installation may set them on the command line. An organization
keeps an owner: the last one cannot leave, nor become anything else. Everybody makes and revokes their own tokens (` + "`tokenCreate`, `tokenRevoke`, `viewer { tokens }`" + `), owners
those of any member; a token does what its member may do at that moment, lives no longer than the one that it is made with, and ends for good with the
membership, or when that one is revoked. Former members with their events, and the history of tokens, are read by owners and managers.

A member, but no owner, may be bound to stores (` + "`memberUpdate`, `daybook member set … --store NAME_OR_ID`, `viewer { stores }`" + `). Within what the role allows, such a
member reads and writes what is of these stores alone: rows of other stores, and of the office, which no store has, are in no list, count, sum, relation,
subscription, export or notification, and do not exist for ` + "`node`" + ` and in inputs. Products, tax rates, exchange rates, channels and the chart of accounts are everybody's; people are known by name.
Reports on the books and balances of people are those of the member's stores. What says something of several stores together is ` + "`FORBIDDEN`" + `: the journal, balances of
accounts, search, histories and ` + "`changes`" + `. A document is of its own store: its total has all of its lines, also those that are booked in another store.
A write that would change what is not of the member's stores, before or after it, is ` + "`FORBIDDEN`" + `; another store's id in an input is too. The last columns of the tables say what is left.

`

// TestRolesOfMutations tries every mutation in every role, and holds the page to the answers. A role is refused before
// anything else is looked at, so the arguments need not make sense.
func TestRolesOfMutations(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	schema := resolvers.NewSchema(resolvers.Config{}).Schema()
	callers := map[model.Role]caller{}
	var page strings.Builder
	page.WriteString(rolesHead + "| Mutation |")
	for _, role := range model.AllRole {
		callers[role] = s.member(s.organizationID, role)
		page.WriteString(" " + string(role) + " |")
	}
	bound := s.bound(model.RoleManager, s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood", timeZone: "UTC"}) { record { id } } }`, nil))
	page.WriteString(" bound to stores |\n|---|" + strings.Repeat("---|", len(model.AllRole)+1) + "\n")
	for _, mutation := range schema.Mutation.Fields {
		if strings.HasPrefix(mutation.Name, "__") {
			continue
		}
		page.WriteString("| `" + mutation.Name + "` |")
		for _, role := range model.AllRole {
			may := s.tried(callers[role], schema, mutation)
			if may && role == model.RoleReader && !strings.HasPrefix(mutation.Name, "notification") && !strings.HasPrefix(mutation.Name, "token") {
				t.Errorf("readers may %s", mutation.Name)
			}
			if !may && role == model.RoleOwner {
				t.Errorf("owners may not %s", mutation.Name)
			}
			page.WriteString(map[bool]string{true: " yes |", false: " |"}[may])
		}
		page.WriteString(s.boundMay(bound, schema, "mutation", mutation) + "\n")
	}
	page.WriteString("\n| Query | bound to stores |\n|---|---|\n")
	for _, query := range schema.Query.Fields {
		if !strings.HasPrefix(query.Name, "__") {
			page.WriteString("| `" + query.Name + "` |" + s.boundMay(bound, schema, "query", query) + "\n")
		}
	}
	page.WriteString("\n| Private data of people |")
	for _, role := range model.AllRole {
		page.WriteString(" " + string(role) + " |")
	}
	page.WriteString("\n|---|" + strings.Repeat("---|", len(model.AllRole)) + "\n")
	for _, field := range privateFields(schema) {
		page.WriteString("| `" + field + "` |")
		for _, role := range model.AllRole {
			may := s.read(callers[role], schema, field)
			if may != (role != model.RoleAccountant) {
				t.Errorf("%s reads %s: %v", role, field, may)
			}
			page.WriteString(map[bool]string{true: " yes |", false: " |"}[may])
		}
		page.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(rolesPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	saved, err := os.ReadFile(rolesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(saved) != page.String() {
		t.Errorf("%s is out of date; it should be:\n%s", rolesPage, page.String())
	}
}

// tried calls a mutation with the least arguments, as a dry run where there is one, and reports whether the role is let in.
func (s *service) tried(who caller, schema *ast.Schema, mutation *ast.FieldDefinition) bool {
	s.t.Helper()
	var declared, given []string
	vars := variables{}
	for _, a := range mutation.Arguments {
		switch {
		case a.Name == "id":
			vars[a.Name] = strings.TrimSuffix(mutation.Type.Name(), "Payload") + ":1"
		case a.Name == "dryRun":
			vars[a.Name] = true
		case a.Type.NonNull:
			vars[a.Name] = least(schema, a.Type)
		default:
			continue
		}
		declared = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type))
		given = append(given, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
	}
	query := "mutation" + inParentheses(declared) + " { " + mutation.Name + inParentheses(given) + " { userErrors { path code } } }"
	errors := who.must(query, vars).text("data." + mutation.Name + ".userErrors")
	return !strings.Contains(errors, `{"code":"FORBIDDEN","path":""}`)
}

// boundMay calls a root field with the least arguments, and returns the cell that says whether members bound to stores are let in.
func (s *service) boundMay(who caller, schema *ast.Schema, root string, field *ast.FieldDefinition) string {
	s.t.Helper()
	var declared, given []string
	vars := variables{}
	for _, a := range field.Arguments {
		if a.Type.NonNull {
			vars[a.Name] = least(schema, a.Type)
			declared, given = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(given, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
		}
	}
	selection := " { __typename }"
	if schema.Types[field.Type.Name()].IsLeafType() {
		selection = ""
	}
	a := who.call(root+inParentheses(declared)+" { "+field.Name+inParentheses(given)+selection+" }", vars)
	may := a.text("errors.0.extensions.code") != "FORBIDDEN"
	if may != resolvers.ReadsBound(map[string]string{"query": "Query", "mutation": "Mutation"}[root], field.Name) {
		s.t.Errorf("members bound to stores may %s: %t, against the list", field.Name, may)
	}
	return map[bool]string{true: " yes |", false: " |"}[may]
}

// inParentheses returns a list of arguments or variables; empty where there are none.
func inParentheses(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// privateFields lists the fields that show private data of people, as Type.field: those that the schema marks, and those
// of marked types.
func privateFields(schema *ast.Schema) (fields []string) {
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		typ := schema.Types[name]
		for _, field := range typ.Fields {
			if field.Directives.ForName("private") != nil || typ.Directives.ForName("private") != nil {
				fields = append(fields, name+"."+field.Name)
			}
		}
	}
	return fields
}

// read selects a private field, and reports whether the role is let in.
func (s *service) read(who caller, schema *ast.Schema, name string) bool {
	s.t.Helper()
	owner, field, _ := strings.Cut(name, ".")
	definition := schema.Types[owner].Fields.ForName(field)
	var given []string
	for _, a := range definition.Arguments {
		if a.Type.NonNull {
			given = append(given, a.Name+`: "Shift:1"`) // an id: Query.shift has the only ones
		}
	}
	selection := field
	if len(given) > 0 {
		selection += "(" + strings.Join(given, ", ") + ")"
	}
	if schema.Types[owner].Kind == ast.InputObject {
		selection += ": {isNull: true}"
	} else if schema.Types[definition.Type.Name()].Kind != ast.Scalar && schema.Types[definition.Type.Name()].Kind != ast.Enum {
		selection += " { __typename }"
	}
	of, known := map[string]string{"Query": "%s", "Person": `person(id: "Person:1") { %s }`, "Address": `person(id: "Person:1") { addresses { %s } }`,
		"Shift": `shift(id: "Shift:1") { %s }`, "PersonWhere": `people(where: {%s}) { totalCount }`}[owner]
	if !known {
		s.t.Fatalf("say how %s is selected", owner)
	}
	a := who.call("{ "+fmt.Sprintf(of, selection)+" }", nil)
	if a.at("errors") != nil && a.text("errors.0.extensions.code") != "FORBIDDEN" {
		s.t.Fatalf("%s: %s", name, a)
	}
	return a.at("errors") == nil
}

// An accountant keeps the books without reading people's private data, whichever way it is asked for.
func TestAccountants(t *testing.T) {
	t.Parallel()
	s := serve(t)
	accountant := s.member(s.organizationID, model.RoleAccountant)
	ada := s.made("personCreate", `mutation { personCreate(input: {givenName: "Ada", familyName: "Lovelace", isCustomer: true, isStaff: true, email: "countess@example.com", phone: "+61 8 8123 4567",
		addresses: [{street: "Main St", suburb: "Norwood", postcode: "5067", country: "AU"}]}) { record { id } userErrors { path } } }`, nil)
	draft := accountant.draft(ada, "100.00")
	accountant.must(`mutation($id: ID!) { invoiceApprove(id: $id) { record { number customerName customer { fullName balances { amount } } history { nodes { text } } } userErrors { path code } } }`, variables{"id": draft}).
		want(map[string]string{"data.invoiceApprove.userErrors": "[]", "data.invoiceApprove.record.customer.fullName": "Ada Lovelace", "data.invoiceApprove.record.history.nodes.0.text": "Invoice INV-0001 for Ada Lovelace approved"})
	found := func(search string) string {
		t.Helper()
		return accountant.must(`query($q: String) { people(filter: {search: $q}) { totalCount } }`, variables{"q": search}).text("data.people.totalCount")
	}
	for search, want := range map[string]string{"love": "1", "ADA L": "1", "countess": "0", "8123": "0", "Lovelace countess": "0", "": "1"} {
		if got := found(search); got != want {
			t.Errorf("people with %q: %s, want %s", search, got, want)
		}
	}
	accountant.must(`{ a: search(q: "Lovelace") { totalCount facets { kind } nodes { kind } } b: search(q: "countess") { totalCount misspelt nodes { kind } } }`, nil).
		want(map[string]string{"data.a": `{"facets":[{"kind":"INVOICE"}],"nodes":[{"kind":"INVOICE"}],"totalCount":1}`, "data.b": `{"misspelt":false,"nodes":[],"totalCount":0}`})
	for _, query := range []string{
		`{ search(q: "Ada", kinds: [PERSON]) { totalCount } }`, `{ node(id: "` + ada + `") { history { nodes { snapshot { value } } } } }`,
		`{ invoices { nodes { customer { ...F } } } } fragment F on Person { email }`, `{ node(id: "` + ada + `") { ... on Person { phone } } }`,
		`{ x: shifts { totalCount } }`, `{ auditLog { nodes { text } } }`, `{ node(id: "Shift:1") { ... on Shift { note } } }`,
		`mutation { invoiceMarkSent(id: "` + draft + `") { record { customer { addresses { street } } } } }`,
	} {
		accountant.call(query, nil).want(map[string]string{"errors.0.extensions.code": "FORBIDDEN"})
	}
	store := s.made("storeCreate", `mutation { storeCreate(input: {name: "Norwood", timeZone: "UTC"}) { record { id } userErrors { path } } }`, nil)
	shift := s.made("shiftCreate", `mutation($s: ID!) { shiftCreate(input: {storeId: $s, startsAt: "2026-03-01T09:00:00Z", endsAt: "2026-03-01T17:00:00Z"}) { record { id } userErrors { path } } }`, variables{"s": store})
	const exists = `query($s: ID!, $p: ID!) { node(id: $s) { __typename id } nodes(ids: [$s, $p]) { id } }`
	accountant.must(exists, variables{"s": shift, "p": ada}).want(map[string]string{"data.node": "null", "data.nodes": `[null,{"id":"` + ada + `"}]`})
	s.must(exists, variables{"s": shift, "p": ada}).want(map[string]string{"data.node.id": shift, "data.nodes.0.id": shift})
	s.must(`query($id: ID!) { invoice(id: $id) { sentAt } }`, variables{"id": draft}).want(map[string]string{"data.invoice.sentAt": "null"})
	accountant.must(`mutation($id: ID!) { personUpdate(id: $id, input: {email: null}) { userErrors { path code } } }`, variables{"id": ada}).
		want(map[string]string{"data.personUpdate.userErrors": `[{"code":"FORBIDDEN","path":""}]`})
}
