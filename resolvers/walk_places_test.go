package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
)

// place is somewhere in the arguments of a field.
type place struct {
	operation string // query, mutation or subscription
	// way is the selection that leads from the operation's root to the field, which stands for its %s.
	way   string
	owner string // the type that has the field
	field *ast.FieldDefinition
	// path leads from the argument, which it begins with, through input objects; a list on the way has one element.
	path []string
	typ  *ast.Type
	// within is the input object that it is a field of; empty: it is an argument.
	within string
}

// String is what errors call the place.
func (p place) String() string {
	return p.operation + " " + p.owner + "." + p.field.Name + "(" + strings.Join(p.path, ".") + ")"
}

// of returns a value for the place that has the element alone, where it takes a list.
func (p place) of(element any) any {
	if p.typ.Elem != nil {
		return []any{element}
	}
	return element
}

// placesOf lists the arguments of all fields of a type, and every field of the input objects in them. An input object that lies
// within itself has no others there. way is that to the fields of the type.
func placesOf(schema *ast.Schema, operation, way string, typ *ast.Definition) (found []place) {
	var walk func(p place, within []string)
	walk = func(p place, within []string) {
		found = append(found, p)
		name := p.typ.Name()
		if object := schema.Types[name]; object.Kind == ast.InputObject && !slices.Contains(within, name) {
			for _, f := range object.Fields {
				inner := p
				inner.within, inner.path, inner.typ = name, append(slices.Clone(p.path), f.Name), f.Type
				walk(inner, append(slices.Clone(within), name))
			}
		}
	}
	for _, field := range typ.Fields {
		for _, argument := range field.Arguments {
			if !strings.HasPrefix(field.Name, "__") {
				walk(place{operation: operation, way: way, owner: typ.Name, field: field, path: []string{argument.Name}, typ: argument.Type}, nil)
			}
		}
	}
	return found
}

// places lists the places of the queries and mutations themselves.
func places(schema *ast.Schema) []place {
	return append(placesOf(schema, "query", "%s", schema.Query), placesOf(schema, "mutation", "%s", schema.Mutation)...)
}

// oneOfEachOperator leaves out the places of conditions that differ by their columns alone: hundreds, which one
// piece of code reads. It leaves none out of a thorough test.
func oneOfEachOperator(found []place) []place {
	return oneOfEach(found, func(p place) string {
		if p.path[0] != "where" {
			return ""
		}
		return p.typ.String() + " " + p.path[len(p.path)-1]
	})
}

// oneOfEachInput leaves out the fields of input objects that another place has already: what reads them is mostly the same. It leaves
// none out of a thorough test.
func oneOfEachInput(found []place) []place {
	return oneOfEach(found, func(p place) string {
		if p.within == "" {
			return ""
		}
		return p.within + "." + p.path[len(p.path)-1]
	})
}

// oneOfEach leaves out the places whose key another place has before them, unless it is empty.
func oneOfEach(found []place, key func(place) string) []place {
	if *pgtest.Thorough {
		return found
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(found, func(p place) bool {
		k := key(p)
		again := k != "" && seen[k]
		seen[k] = true
		return again
	})
}

// idPlaces lists those that take an id, or a list of ids.
func idPlaces(schema *ast.Schema) []place {
	return slices.DeleteFunc(places(schema), func(p place) bool { return p.typ.Name() != "ID" })
}

// everyPlace lists the places of the whole schema: of queries, mutations and subscriptions, and of every field below a query that
// takes arguments. ids has a record of each type that implements Node. What no way leads to is returned by its type.
func everyPlace(schema *ast.Schema, ids map[string]string) (found []place, unreached []string) {
	ways := waysTo(schema, ids)
	found = append(found, placesOf(schema, "query", "%s", schema.Query)...)
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		typ := schema.Types[name]
		if typ.Kind != ast.Object && typ.Kind != ast.Interface || strings.HasPrefix(name, "__") || typ == schema.Query || typ == schema.Mutation || typ == schema.Subscription {
			continue
		}
		below := placesOf(schema, "query", ways[name], typ)
		if len(below) > 0 && ways[name] == "" {
			unreached = append(unreached, name)
			continue
		}
		found = append(found, below...)
	}
	found = append(found, placesOf(schema, "subscription", "%s", schema.Subscription)...)
	// What is set for the whole organization, its locks for example, comes last: all else is written before.
	mutations := *schema.Mutation
	mutations.Fields = settingsLast(mutations.Fields)
	return append(found, placesOf(schema, "mutation", "%s", &mutations)...), unreached
}

// waysTo returns the shortest selection of a query that leads to each type, with %s for its fields. A type that implements Node is
// reached by node.
func waysTo(schema *ast.Schema, ids map[string]string) map[string]string {
	ways := map[string]string{"Query": "%s"}
	queue := []string{"Query"}
	reach := func(name, way string) {
		if ways[name] == "" {
			ways[name], queue = way, append(queue, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		typ := schema.Types[name]
		if typ == nil || !slices.Contains(typ.Interfaces, "Node") {
			continue
		}
		for _, of := range append([]string{name}, typ.Interfaces...) {
			reach(of, fmt.Sprintf("node(id: %q) { ... on %s { %%s } }", ids[name], of))
		}
	}
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for _, field := range schema.Types[from].Fields {
			target := schema.Types[field.Type.Name()]
			needs := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
			if needs || target.IsLeafType() || strings.HasPrefix(field.Name, "__") {
				continue
			}
			size := ""
			if field.Arguments.ForName("first") != nil {
				size = "(first: 1)"
			}
			reach(target.Name, fmt.Sprintf(ways[from], field.Name+size+" { %s }"))
		}
	}
	return ways
}

// with returns a value of the type that has the given one at the path, and what likely says of all else that is required.
func with(schema *ast.Schema, typ *ast.Type, path []string, given any, likely func(name string, typ *ast.Type) any) any {
	if len(path) == 0 {
		return given
	}
	if typ.Elem != nil {
		return []any{with(schema, typ.Elem, path, given, likely)}
	}
	whole, _ := likely("", &ast.Type{NamedType: typ.NamedType, NonNull: true}).(map[string]any)
	whole = maps.Clone(whole)
	whole[path[0]] = with(schema, schema.Types[typ.NamedType].Fields.ForName(path[0]).Type, path[1:], given, likely)
	return whole
}
