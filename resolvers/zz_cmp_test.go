package resolvers

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

func TestZZCompare(t *testing.T) {
	schema := NewSchema(Config{})
	c := &costs{}
	if err := c.Validate(schema); err != nil { t.Fatal(err) }
	want := map[string][]int{}
	b, _ := os.ReadFile("/tmp/costs_before.json")
	json.Unmarshal(b, &want)
	seen := 0
	for name, def := range schema.Schema().Types {
		if def.Kind != ast.Object || name[:2] == "__" { continue }
		for _, f := range def.Fields {
			if len(f.Name) > 2 && f.Name[:2] == "__" { continue }
			i := 0
			for _, child := range []int{0, 11} {
				for _, variant := range []map[string]any{{}, {"first": 7}, {"last": 3}, {"first": 500}, {"last": -1}, {"first": 0}, {"first": 9, "last": 4}} {
					var args ast.ArgumentList
					for _, a := range f.Arguments {
						if v, ok := variant[a.Name]; ok {
							args = append(args, &ast.Argument{Name: a.Name, Value: &ast.Value{Kind: ast.Variable, Raw: a.Name, VariableDefinition: &ast.VariableDefinition{}}})
							_ = v
						}
					}
					var set ast.SelectionSet
					for range child { set = append(set, &ast.Field{Name: "__typename", Definition: &ast.FieldDefinition{Name: "__typename", Type: ast.NamedType("String", nil)}}) }
					got := c.field(&ast.Field{Name: f.Name, Definition: f, Arguments: args, SelectionSet: set}, variant)
					seen++
					if w := want[name+"."+f.Name][i]; w != got { t.Errorf("%s.%s child %d %v: %d want %d", name, f.Name, child, variant, got, w) }
					i++
				}
			}
		}
	}
	t.Log(seen, len(want))
}
