package resolvers_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/resolvers"
)

var update = flag.Bool("update", false, "write docs/roles.md anew")

const rolesPage = "../docs/roles.md"

// rolesHead is what stands above the table.
const rolesHead = `# Roles

What each role may write, as the API answers it: ` + "`go test ./resolvers -run TestRolesOfMutations -update`" + ` makes this page.
Everybody who is a member reads everything, but for ` + "`auditLog`" + `, which is for owners and managers.

Some writes depend on what they change, whatever the table says:

- Staff record the current day's incomes and expenses, and change only what is not booked of them: memo, reference, party.
- Staff record payments received; paying out is for owners and managers.
- Staff change drafts of documents and shifts; what is approved or published is for owners and managers.
- Hard locks are the owner's; soft locks are the manager's too, and so is passing one.
- Notification settings are everybody's own; those of others are for owners and managers.

Members and tokens are set on the command line only.

`

// TestRolesOfMutations tries every mutation in every role, and holds the page to the answers. A role is refused before
// anything else is looked at, so the arguments need not make sense.
func TestRolesOfMutations(t *testing.T) {
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
	page.WriteString("\n|---|" + strings.Repeat("---|", len(model.AllRole)) + "\n")
	for _, mutation := range schema.Mutation.Fields {
		if strings.HasPrefix(mutation.Name, "__") {
			continue
		}
		page.WriteString("| `" + mutation.Name + "` |")
		for _, role := range model.AllRole {
			may := s.tried(callers[role], schema, mutation)
			if may && role == model.RoleReader && !strings.HasPrefix(mutation.Name, "notificationPreference") {
				t.Errorf("readers may %s", mutation.Name)
			}
			if !may && role == model.RoleOwner {
				t.Errorf("owners may not %s", mutation.Name)
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
	query := "mutation(" + strings.Join(declared, ", ") + ") { " + mutation.Name + "(" + strings.Join(given, ", ") + ") { userErrors { path code } } }"
	errors := who.must(query, vars).text("data." + mutation.Name + ".userErrors")
	return !strings.Contains(errors, `{"code":"FORBIDDEN","path":""}`)
}
