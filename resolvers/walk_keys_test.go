package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// TestWalkKeys calls every mutation in every role, with arguments that are likely to be saved, twice under one idempotency key, and
// then with other arguments under the same one. What was saved is answered as it was, and other arguments are KEY_REUSED; what was
// refused is refused again for the same reason, and leaves the key free. A role that may not call it is FORBIDDEN each time.
func TestWalkKeys(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	schema := s.schema()
	saved := map[string]bool{}
	calls, repeated, reused, forbidden := 0, 0, 0, 0
	for _, role := range model.AllRole {
		owner := s.organization(string(role))
		own := *s
		own.caller = owner
		l := likelyFor(&own)
		who := owner
		if role != model.RoleOwner {
			who = s.member(owner.organizationID, role)
		}
		for i, mutation := range settingsLast(schema.Mutation.Fields) {
			if mutation.Arguments.ForName("idempotencyKey") == nil {
				continue
			}
			given := l.arguments(mutation, nil, nil)
			if id := l.target(mutation); id != "" {
				given["id"] = id
			}
			if mutation.Name == "tillOpen" {
				given["input"] = map[string]any{"tillId": l.till(l.own["Store"], "Second")}
			}
			given["idempotencyKey"] = fmt.Sprintf("key %d", i)
			call := func(vars variables) answer {
				calls++
				return who.mutate(schema, mutation, vars)
			}
			first, second := call(given), call(given)
			mistakes := first.text("data.it.userErrors")
			switch {
			case first.text("data.it.userErrors.0.code")+first.text("data.it.userErrors.0.path") == "FORBIDDEN":
				forbidden++
				if second.String() != first.String() {
					t.Errorf("%s %s: %s\nand then %s", role, mutation.Name, first, second)
				}
				continue
			case mistakes != "[]":
				if got := second.text("data.it.userErrors"); got != mistakes {
					t.Errorf("%s %s: %s\nand then %s", role, mutation.Name, mistakes, got)
				}
				continue
			}
			saved[mutation.Name] = true
			if repeated++; second.String() != first.String() && (!strings.HasSuffix(mutation.Name, "Delete") || second.text("data.it.userErrors") != "[]" || second.at("data.it.record") != nil) {
				t.Errorf("%s %s: %s\nand then %s", role, mutation.Name, first, second)
			}
			other := l.other(mutation, given)
			if other == nil {
				continue
			}
			third := call(other)
			if reused++; third.text("data.it.userErrors.0.code") != "KEY_REUSED" || third.text("data.it.userErrors.0.path") != "idempotencyKey" {
				t.Errorf("%s %s with other arguments: %s", role, mutation.Name, third)
			}
		}
	}
	for _, mutation := range schema.Mutation.Fields {
		if mutation.Arguments.ForName("idempotencyKey") != nil && !saved[mutation.Name] {
			t.Errorf("%s was saved in no role", mutation.Name)
		}
	}
	t.Logf("%d calls of %d mutations in %d roles: %d answered again, %d refused with other arguments, %d forbidden", calls, len(saved), len(model.AllRole), repeated, reused, forbidden)
}

// settingsLast returns mutations with those at the end that set something for the whole organization, its locks for example.
func settingsLast(mutations ast.FieldList) ast.FieldList {
	sorted := slices.Clone(mutations)
	slices.SortStableFunc(sorted, func(a, b *ast.FieldDefinition) int {
		last := func(f *ast.FieldDefinition) int { return strings.Count(f.Type.Name(), "OrganizationPayload") }
		return last(a) - last(b)
	})
	return sorted
}

// target makes the record that a mutation needs in another state than the one that likely has; empty if that will do.
func (l *likely) target(mutation *ast.FieldDefinition) string {
	party := l.own["Person"]
	switch mutation.Name {
	case "invoiceUpdate", "invoiceApprove", "invoiceDelete":
		return l.draft(party, "5")
	case "billUpdate", "billApprove", "billDelete":
		return l.bill(party, "5")
	case "creditNoteUpdate", "creditNoteApprove", "creditNoteDelete":
		return l.creditNote(party, "5")
	case "vendorCreditNoteUpdate", "vendorCreditNoteApprove", "vendorCreditNoteDelete":
		return l.vendorCreditNote(party, "5")
	case "invoiceVoid":
		return l.approve(l.draft(party, "5"))
	case "billVoid":
		return l.of("billApprove", l.bill(party, "5"))
	case "creditNoteAllocate", "creditNoteVoid":
		return l.of("creditNoteApprove", l.creditNote(party, "5"))
	case "vendorCreditNoteAllocate", "vendorCreditNoteVoid":
		return l.of("vendorCreditNoteApprove", l.vendorCreditNote(party, "5"))
	case "accountArchive":
		return l.made("accountCreate", `mutation { accountCreate(input: {code: "8999", name: "Unused", type: EXPENSE}) { record { id } userErrors { message } } }`, nil)
	case "journalEntryReverse":
		return l.must(postEntry, l.entry(l.caller, "2026-02-03")).text("data.journalEntryPost.record.id")
	case "saleVoid":
		return l.sell(l.own["Store"], sale("2026-05-03T10:00:00Z", "4"))[0]
	case "tillArchive":
		return l.till(l.own["Store"], "Unused")
	}
	return ""
}

// other returns arguments that differ from the given ones in one that is read; nil if there is none.
func (l *likely) other(mutation *ast.FieldDefinition, given variables) variables {
	other := variables{}
	for name, value := range given {
		other[name] = value
	}
	for _, a := range mutation.Arguments {
		switch {
		case a.Name == "idempotencyKey":
			continue
		case a.Name == "expectedVersion":
			other[a.Name] = 77
		case a.Type.Name() == "ID" && a.Type.Elem == nil:
			other[a.Name] = strings.Split(given[a.Name].(string), ":")[0] + ":999999"
		case a.Type.Name() == "ID":
			other[a.Name] = []any{}
		case given[a.Name] != nil && a.Name == "input":
			other[a.Name] = l.value("input", a.Type)
			if fmt.Sprint(other[a.Name]) == fmt.Sprint(given[a.Name]) { // it has no text
				continue
			}
		default:
			continue
		}
		return other
	}
	return nil
}

// mutate calls a mutation with the arguments, and answers what every role may read of its record, under it. A secret is not: it is
// answered once.
func (c caller) mutate(schema *ast.Schema, mutation *ast.FieldDefinition, given variables) answer {
	c.t.Helper()
	var declared, passed []string
	vars := variables{}
	for _, a := range mutation.Arguments {
		if value, ok := given[a.Name]; ok {
			vars[a.Name] = value
			declared, passed = append(declared, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(passed, fmt.Sprintf("%[1]s: $%[1]s", a.Name))
		}
	}
	return c.must("mutation"+inParentheses(declared)+" { it: "+mutation.Name+inParentheses(passed)+public(schema, mutation.Type.Name(), 1)+" }", vars)
}

// public selects the fields of a type that are not private, need no argument and are leaves, and what they have down to a depth.
func public(schema *ast.Schema, typ string, depth int) string {
	definition := schema.Types[typ]
	if definition.IsLeafType() {
		return ""
	}
	selected := []string{"__typename"}
	for _, field := range definition.Fields {
		inner := schema.Types[field.Type.Name()]
		private := field.Directives.ForName("private") != nil || inner.Directives.ForName("private") != nil
		if private || field.Name == "secret" || strings.HasPrefix(field.Name, "__") || len(field.Arguments) > 0 || depth == 0 && !inner.IsLeafType() {
			continue
		}
		selected = append(selected, field.Name+public(schema, inner.Name, depth-1))
	}
	return " { " + strings.Join(selected, " ") + " }"
}
