package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph"
	"daybook/graph/generated"
)

func published() *ast.Schema {
	return graph.Published(generated.NewExecutableSchema(generated.Config{}).Schema())
}

// Everything in the schema is described, in sentences.
func TestEverythingIsDescribed(t *testing.T) {
	schema := published()
	check := func(place, text string) {
		t.Helper()
		if trimmed := strings.TrimSpace(text); trimmed == "" {
			t.Errorf("%s has no description", place)
		} else if !strings.ContainsRune(".:|)`", rune(trimmed[len(trimmed)-1])) {
			t.Errorf("the description of %s is no sentence: %q", place, text)
		}
	}
	for name, typ := range schema.Types {
		if typ.BuiltIn {
			continue
		}
		check(name, typ.Description)
		for _, field := range typ.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			place := name + "." + field.Name
			check(place, field.Description)
			for _, argument := range field.Arguments {
				check(place+"("+argument.Name+":)", argument.Description)
			}
		}
		for _, value := range typ.EnumValues {
			check(name+"."+value.Name, value.Description)
		}
		if typ.Kind == ast.Scalar && typ.Directives.ForName("specifiedBy") == nil {
			t.Errorf("scalar %s has no @specifiedBy", name)
		}
	}
	for name, directive := range schema.Directives {
		if !directive.Position.Src.BuiltIn {
			check("@"+name, directive.Description)
		}
	}
}

// Every shared word describes something.
func TestEveryWordIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, typ := range published().Types {
		used[typ.Description] = true
		for _, field := range typ.Fields {
			used[field.Description] = true
			for _, argument := range field.Arguments {
				used[argument.Description] = true
			}
		}
		for _, value := range typ.EnumValues {
			used[value.Description] = true
		}
	}
	for _, text := range graph.Words() {
		if !used[text] {
			t.Errorf("describes nothing: %q", text)
		}
	}
	if slices.Contains(graph.Words(), "") {
		t.Error("a shared word is empty")
	}
}
