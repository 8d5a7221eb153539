package resolvers

import (
	"maps"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestNodes holds the schema's records and those that node(id) finds together.
func TestNodes(t *testing.T) {
	t.Parallel()
	schema := NewSchema(Config{}).Schema()
	var declared []string
	for _, typ := range schema.GetPossibleTypes(schema.Types["Node"]) {
		if typ.Kind == ast.Object {
			declared = append(declared, typ.Name)
		}
	}
	slices.Sort(declared)
	if found := slices.Sorted(maps.Keys(nodes)); !slices.Equal(found, declared) {
		t.Errorf("node(id) finds %v; the schema's nodes are %v: a type is found that has a model declared with byKey", found, declared)
	}
}
