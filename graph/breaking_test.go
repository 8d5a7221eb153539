package graph_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"daybook/graph"
)

var accept = flag.Bool("accept", false, "take the schema as the released one, breaking changes included")

const releasedFile = "testdata/released.graphql"

// Documents that the released schema answers are answered still: see docs/api-style.md.
func TestNothingBreaks(t *testing.T) {
	current := reparsed(t, graph.SDL(published()))
	if *accept {
		var text strings.Builder
		formatter.NewFormatter(&text, formatter.WithIndent("  "), formatter.WithoutDescription()).FormatSchema(current)
		if err := os.WriteFile(releasedFile, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(releasedFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range breaks(reparsed(t, string(text)), current) {
		t.Errorf("breaks clients: %s", change)
	}
}

func TestBreaks(t *testing.T) {
	const before = `interface Node { id: ID! } enum E { A B } input I { a: Int b: [Int!] }
		type T implements Node { id: ID! x(a: Int, b: Int = 1): Int! y: String } type Query { t(i: I, e: E): T }`
	for name, test := range map[string]struct{ old, replaced, want string }{
		"nothing":                 {"", "", ""},
		"a new field":             {"y: String", "y: String z: Int", ""},
		"a new argument":          {"a: Int,", "a: Int, c: Int", ""},
		"a new enum value":        {"A B", "A B C", ""},
		"a field never null":      {"y: String", "y: String!", ""},
		"a wider argument":        {"b: [Int!]", "b: [Int]", ""},
		"a field is gone":         {"y: String", "", "T.y is gone"},
		"a type is gone":          {"type T implements Node { id: ID! x(a: Int, b: Int = 1): Int! y: String }", "interface T { id: ID! x(a: Int, b: Int = 1): Int! y: String }", "T is an INTERFACE, not an OBJECT"},
		"an interface is gone":    {"implements Node", "", "T is no Node"},
		"an enum value is gone":   {"A B", "A", "E.B is gone"},
		"an input field is gone":  {"a: Int b", "b", "I.a is gone"},
		"a required argument":     {"e: E", "e: E!", "Query.t(e:) is E!, not E"},
		"a new required argument": {"a: Int,", "a: Int, c: Int!,", "T.x(c:) is new and required"},
		"a new required input":    {"a: Int b", "a: Int c: Int! b", "I.c is new and required"},
		"a stricter input":        {"b: [Int!]", "b: [Int!]!", "I.b is [Int!]!, not [Int!]"},
		"a field may be null":     {"Int!", "Int", "T.x is Int, not Int!"},
		"another default":         {"= 1", "= 2", "T.x(b:) has another default"},
		"another type":            {"y: String", "y: Int", "T.y is Int, not String"},
	} {
		t.Run(name, func(t *testing.T) {
			after := before
			if test.old != "" {
				// The last place is that of the type, but for what only an input has.
				at := strings.LastIndex(before, test.old)
				after = before[:at] + test.replaced + before[at+len(test.old):]
			}
			if got := strings.Join(breaks(reparsed(t, before), reparsed(t, after)), "; "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func reparsed(t *testing.T, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// breaks lists the changes from one schema to the next that documents or variables of the first may not survive. A new
// value of an enum, and a new type of an interface, are none: clients are told to expect them.
func breaks(before, after *ast.Schema) (changes []string) {
	for name, was := range before.Types {
		is := after.Types[name]
		switch {
		case is == nil:
			changes = append(changes, name+" is gone")
		case is.Kind != was.Kind:
			changes = append(changes, name+" is an "+string(is.Kind)+", not an "+string(was.Kind))
		case !was.BuiltIn:
			changes = append(changes, breaksOfType(was, is)...)
		}
	}
	slices.Sort(changes)
	return changes
}

func breaksOfType(was, is *ast.Definition) (changes []string) {
	for _, name := range was.Interfaces {
		if !slices.Contains(is.Interfaces, name) {
			changes = append(changes, was.Name+" is no "+name)
		}
	}
	for _, value := range was.EnumValues {
		if is.EnumValues.ForName(value.Name) == nil {
			changes = append(changes, was.Name+"."+value.Name+" is gone")
		}
	}
	for _, field := range was.Fields {
		place, now := was.Name+"."+field.Name, is.Fields.ForName(field.Name)
		switch {
		case now == nil:
			changes = append(changes, place+" is gone")
		case was.Kind == ast.InputObject:
			changes = append(changes, breaksOfInput(place, field.Type, now.Type, field.DefaultValue, now.DefaultValue)...)
		default:
			if !narrows(now.Type, field.Type) {
				changes = append(changes, place+" is "+now.Type.String()+", not "+field.Type.String())
			}
			changes = append(changes, breaksOfArguments(place, field.Arguments, now.Arguments)...)
		}
	}
	for _, field := range is.Fields {
		if was.Kind == ast.InputObject && was.Fields.ForName(field.Name) == nil && field.Type.NonNull && field.DefaultValue == nil {
			changes = append(changes, was.Name+"."+field.Name+" is new and required")
		}
	}
	return changes
}

func breaksOfArguments(place string, was, is ast.ArgumentDefinitionList) (changes []string) {
	for _, argument := range was {
		at, now := place+"("+argument.Name+":)", is.ForName(argument.Name)
		if now == nil {
			changes = append(changes, at+" is gone")
			continue
		}
		changes = append(changes, breaksOfInput(at, argument.Type, now.Type, argument.DefaultValue, now.DefaultValue)...)
	}
	for _, argument := range is {
		if was.ForName(argument.Name) == nil && argument.Type.NonNull && argument.DefaultValue == nil {
			changes = append(changes, place+"("+argument.Name+":) is new and required")
		}
	}
	return changes
}

func breaksOfInput(place string, was, is *ast.Type, before, after *ast.Value) (changes []string) {
	if !narrows(was, is) {
		changes = append(changes, place+" is "+is.String()+", not "+was.String())
	}
	if (before == nil) != (after == nil) || before != nil && before.String() != after.String() {
		changes = append(changes, place+" has another default")
	}
	return changes
}

// narrows reports whether every value of the narrow type is one of the wide type.
func narrows(narrow, wide *ast.Type) bool {
	switch {
	case wide.NonNull && !narrow.NonNull, (wide.Elem == nil) != (narrow.Elem == nil):
		return false
	case wide.Elem == nil:
		return wide.NamedType == narrow.NamedType
	}
	return narrows(narrow.Elem, wide.Elem)
}
