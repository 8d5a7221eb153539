package resolvers

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/selection"
)

// A plan is made once for a document and the values of its conditions; other variables make no difference.
func TestPlansAreKept(t *testing.T) {
	t.Parallel()
	schema := NewSchema(Config{}).Schema()
	const text = `query($with: Boolean!, $first: Int) {
		invoices(first: $first) { nodes { id number @include(if: $with) customer { fullName } } }
		people { nodes { fullName } }
	}`
	d := newDocuments(cacheBytes)
	parsed, errs := gqlparser.LoadQueryWithRules(schema, text, validationRules())
	if errs != nil {
		t.Fatal(errs)
	}
	d.Add(t.Context(), text, parsed)
	made := 0
	planOf := func(root int, variables map[string]any) *plan {
		operation := &graphql.OperationContext{RawQuery: text, Doc: parsed, Operation: parsed.Operations[0], Variables: variables}
		field := parsed.Operations[0].SelectionSet[root].(*ast.Field)
		return d.plan(operation, field, field.Definition.Type.Name(), func() *plan {
			made++
			return &plan{selection: selection.Compile(operation, field.Definition.Type.Name(), field.SelectionSet, func(string) bool { return true })}
		})
	}
	with := planOf(0, map[string]any{"with": true, "first": 3})
	if same := planOf(0, map[string]any{"with": true, "first": 9}); same != with || made != 1 {
		t.Errorf("another page made another plan, of %d", made)
	}
	if other := planOf(0, map[string]any{"with": false, "first": 3}); other == with || made != 2 {
		t.Errorf("without the number the plan is the same, of %d", made)
	}
	if other := planOf(1, map[string]any{"with": true}); other == with || made != 3 {
		t.Errorf("another list has the same plan, of %d", made)
	}
	if with.selection == nil || d.bytes < 1000 {
		t.Errorf("the plan is %v; %d bytes are counted", with.selection, d.bytes)
	}
	// Plans count for the limit, and go with their document.
	d.limit = d.bytes - 1
	d.Add(t.Context(), "{ viewer { role } }", parsed)
	if _, kept := d.Get(t.Context(), text); kept || d.bytes > d.limit {
		t.Errorf("the document is kept, with %d of %d bytes", d.bytes, d.limit)
	}
	planOf(0, map[string]any{"with": true})
	if made != 4 {
		t.Errorf("the plan outlived its document")
	}
}
