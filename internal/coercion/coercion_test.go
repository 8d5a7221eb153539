package coercion_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"daybook/internal/coercion"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
scalar Day
enum Color { RED BLUE }
input One @oneOf { a: Int b: Day }
input Item { day: Day count: Int! = 1 color: Color name: String! items: [Item!] one: One }
type Row { find(item: Item, day: Day, days: [Day!], id: ID, n: Int! = 3): [Row!]! }
type Query { find(item: Item, day: Day, days: [Day!], id: ID, n: Int! = 3, f: Float, s: String, b: Boolean, c: [Color!]): [Row!] }
type Mutation { save(id: ID, item: Item, items: [Item!]): Row }
`})

var coercer = coercion.Coercer{Schema: schema, Scalars: coercion.Scalars{
	"Day": func(v any) error {
		if v != "today" {
			return fmt.Errorf("%v is no day", v)
		}
		return nil
	},
}}

// coerce returns the variables of a document, and its mistakes as places: `find item.day`, `$day`.
func coerce(t *testing.T, document, given string) (map[string]any, []string) {
	t.Helper()
	parsed, err := parser.ParseQuery(&ast.Source{Input: document})
	if err != nil {
		t.Fatal(err)
	}
	if errs := validator.ValidateWithRules(schema, parsed, rules.NewDefaultRules()); errs != nil {
		t.Fatal(errs)
	}
	values := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(given))
	decoder.UseNumber()
	if err := decoder.Decode(&values); given != "" && err != nil {
		t.Fatal(err)
	}
	coerced, errs := coercer.Variables(parsed.Operations[0], values)
	if errs == nil {
		errs = coercer.Arguments(parsed.Operations[0], coerced)
	}
	var places []string
	for _, err := range errs {
		if len(err.Locations) != 1 || err.Message == "" || err.Extensions["code"] == "" {
			t.Errorf("%+v", err)
		}
		place := err.Extensions["argument"].(string)
		if err.Path != nil {
			place = err.Path.String() + " " + place
		}
		places = append(places, place)
	}
	return coerced, places
}

func TestVariables(t *testing.T) {
	t.Parallel()
	const huge = `1` + `000000000000000000000000000000000000000000`
	for _, c := range []struct {
		typ, value string
		want       any // nil if it is refused
	}{
		{"Int", `5`, int64(5)}, {"Int", `1.0`, int64(1)}, {"Int", `1e2`, int64(100)}, {"Int", `-2147483648`, int64(-2147483648)},
		{"Int", `2147483648`, nil}, {"Int", `-2147483649`, nil}, {"Int", huge, nil}, {"Int", `1e999`, nil}, {"Int", `1.5`, nil}, {"Int", `"1"`, nil}, {"Int", `true`, nil}, {"Int", `[1]`, nil}, {"Int", `{}`, nil},
		{"Float", `5`, 5.0}, {"Float", `1.5`, 1.5}, {"Float", `"1.5"`, nil}, {"Float", `1e999`, nil}, {"Float", `false`, nil},
		{"String", `"5"`, "5"}, {"String", `5`, nil}, {"String", `true`, nil}, {"String", `["a"]`, nil}, {"String", `{"a": 1}`, nil},
		{"Boolean", `true`, true}, {"Boolean", `"true"`, nil}, {"Boolean", `1`, nil},
		{"ID", `"5"`, "5"}, {"ID", `5`, "5"}, {"ID", `5.0`, nil}, {"ID", `true`, nil},
		{"Color", `"RED"`, "RED"}, {"Color", `"red"`, nil}, {"Color", `"GREEN"`, nil}, {"Color", `0`, nil},
		{"[Color!]", `"RED"`, []any{"RED"}}, {"[Color!]", `["RED","BLUE"]`, []any{"RED", "BLUE"}}, {"[Color!]", `["RED",null]`, nil}, {"[Color!]", `[["RED"]]`, nil},
		{"Day", `"today"`, "today"}, {"Day", `"yesterday"`, nil}, {"Day", `{}`, nil},
		{"[Day!]", `"today"`, []any{"today"}}, {"[Day!]", `["today","x"]`, nil},
		{"Item", `{"name":"a"}`, map[string]any{"name": "a"}}, {"Item", `{}`, nil}, {"Item", `{"name":null}`, nil}, {"Item", `{"name":"a","other":1}`, nil},
		{"Item", `{"name":"a","__typename":"Item"}`, nil}, {"Item", `{"name":"a","count":null}`, nil}, {"Item", `"a"`, nil}, {"Item", `[{"name":"a"}]`, nil},
		{"Item", `{"name":"a","items":{"name":"b","count":2.0}}`, map[string]any{"name": "a", "items": []any{map[string]any{"name": "b", "count": int64(2)}}}},
		{"Item", `{"name":"a","day":"yesterday"}`, nil}, {"Item", `{"name":"a","day":null}`, map[string]any{"name": "a", "day": nil}},
		{"One", `{"a":1}`, map[string]any{"a": int64(1)}}, {"One", `{}`, nil}, {"One", `{"a":1,"b":"today"}`, nil}, {"One", `{"a":null}`, nil},
	} {
		t.Run(c.typ+" "+c.value, func(t *testing.T) {
			argument := map[string]string{"Int": "n: $v", "Float": "f: $v", "String": "s: $v", "Boolean": "b: $v", "ID": "id: $v", "[Color!]": "c: $v", "Color": "c: [RED] item: {name: \"x\" color: $v}",
				"Day": "day: $v", "[Day!]": "days: $v", "Item": "item: $v", "One": "item: {name: \"x\" one: $v}"}[c.typ]
			coerced, places := coerce(t, `query($v: `+strings.Replace(c.typ, "Int", "Int!", 1)+`) { find(`+argument+`) { __typename } }`, `{"v":`+c.value+`, "other": 1}`)
			if c.want == nil {
				if len(places) == 0 {
					t.Errorf("it is taken as %v", coerced)
				}
				return
			}
			if diff := cmp.Diff(map[string]any{"v": c.want}, coerced); diff != "" || places != nil {
				t.Error(places, diff)
			}
		})
	}
}

// What is not given stays away, or has the default of its variable; null is null.
func TestVariablesThatAreNotGiven(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]map[string]any{
		`query($d: Day, $n: Int = 4, $b: Boolean) { find(day: $d, n: $n, b: $b) { __typename } }`: {"n": int64(4), "b": nil},
		`query($b: Boolean, $c: [Color!] = RED) { find(b: $b, c: $c) { __typename } }`:            {"b": nil, "c": []any{"RED"}},
	} {
		coerced, places := coerce(t, document, `{"b": null}`)
		if diff := cmp.Diff(want, coerced); diff != "" || places != nil {
			t.Error(places, diff)
		}
	}
}

// Every mistake has its place.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ document, given, want string }{
		{`query($n: Int!, $d: Day, $i: Item) { find(n: $n, day: $d, item: $i) { __typename } }`, `{"d": "x", "i": {"name": 5, "items": [{"name": "a"}, {"color": "red"}], "x": 1}}`,
			"$n, $d, $i.x, $i.name, $i.items.1.color, $i.items.1.name"},
		{`query($n: Int = 3) { find(n: $n) { __typename } }`, `{"n": null}`, "find n"},
		{`query($d: Day = "x") { find(day: $d) { __typename } }`, ``, "$d"},
		{`{ a: find(day: "x", days: ["today", "x"]) { find(id: 5, day: "y") { find(day: "z") { __typename } } } }`, ``, "a day, a days.1, a day, a day"},
		{`{ find(item: {name: "a", day: "x", items: [{name: "b", day: "y"}]}) { __typename } }`, ``, "find item.day, find item.items.0.day"},
		{`query($d: Day) { find(item: {name: "a", day: $d}) { __typename } }`, `{"d": "x"}`, "$d"},
		{`query($i: Item) { find(item: $i) { __typename } }`, `{"i": {"name": "a", "items": [{"name": "b", "day": "y"}]}}`, "find item.items.0.day"},
		{`query($s: Boolean = true) { a: find @skip(if: $s) { __typename } ... @include(if: $s) { __typename } ...F @skip(if: $s) } fragment F on Query { b: find(day: "x") { __typename } }`, `{"s": null}`,
			"a @skip.if, @include.if, @skip.if, b day"},
		{`{ find(days: 99999999999999999999) { __typename } }`, ``, "find days"},
		{`{ find(s: {}, b: {}, c: {}, id: {}, f: {}, n: {}, day: {}) { __typename } }`, ``, "find s, find b, find c, find id, find f, find n, find day"},
		{`mutation { save(id: {}, item: {name: {}, color: {}}) { __typename } }`, ``, "save id, save item.name, save item.color"},
		// A mutation names what is wrong in its inputs by itself.
		{`mutation($i: Item!) { save(item: $i, items: [{name: "a", day: "y"}]) { find(item: $i, day: "z") { __typename } } }`, `{"i": {"name": "a", "day": "x"}}`, "save.find item.day, save.find day"},
		{`mutation($d: Day) { save(item: {name: "a", day: $d}) { __typename } }`, `{"d": "x"}`, "$d"},
		{`mutation($n: String = "a") { save(item: {name: $n}) { __typename } }`, `{"n": null}`, "save item.name"},
	} {
		t.Run(c.document, func(t *testing.T) {
			_, places := coerce(t, c.document, c.given)
			if got := strings.Join(places, ", "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A list of mistakes ends after a hundred, and says how many more there are.
func TestManyMistakes(t *testing.T) {
	t.Parallel()
	parsed, err := gqlparser.LoadQueryWithRules(schema, `query($c: [Color!]) { find(c: $c) { __typename } }`, rules.NewDefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	list := make([]any, 5_000)
	_, errs := coercer.Variables(parsed.Operations[0], map[string]any{"c": list})
	if len(errs) != 100 || errs[99].Message != "and 4901 more errors" {
		t.Errorf("%d errors, the last of them %v", len(errs), errs[len(errs)-1])
	}
}

func TestIntRange(t *testing.T) {
	t.Parallel()
	all := rules.NewDefaultRules()
	all.AddRule("IntRange", coercion.IntRange)
	for number, refused := range map[string]int{"2147483647": 0, "-2147483648": 0, "2147483648": 1, "-2147483649": 1, "99999999999999999999": 1} {
		parsed, err := parser.ParseQuery(&ast.Source{Input: `{ find(n: ` + number + `, item: {name: "a", count: ` + number + `}) { __typename } }`})
		if err != nil {
			t.Fatal(err)
		}
		if errs := validator.ValidateWithRules(schema, parsed, all); len(errs) < 2*refused || len(errs) > 3*refused {
			t.Errorf("%s: %v", number, errs)
		}
	}
}
