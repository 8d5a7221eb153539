package resolvers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// raw is a value as it stands in JSON, for what Go has no value of.
func raw(text string) json.RawMessage { return json.RawMessage(text) }

// hostileValues lists, by scalar, what callers send by mistake or on purpose. Each is JSON of some kind.
var hostileValues = map[string][]any{
	"String": {"", " \t ", strings.Repeat("é", 2_000), "a\u0000b", raw(`"\ud800"`), raw(`"\udc00\ud800"`), "\u202e\u2066abc\u200b", "\u200b", "\ufeff", "'; DROP TABLE canonical.people; --", `%_\`, `\`, "🦀", "e\u0301", "NaN", "(", "null", "a & b | !c:*", "-1"},
	"ID": {"", "x", "Person", "Person:", "Person:0", "Person:-1", "Person:9223372036854775807", "Person:9223372036854775808", "Person:1:1", "Person:01", "Nothing:1", "Person:1'", "Person:1\u0000", "person:1",
		strings.Repeat("x", 10_000), raw(`"Person:\ud800"`), "Person:１", json.Number("1"), "AuditEvent:1", "'; --"},
	"Int": {json.Number("-1"), json.Number("0"), json.Number("1"), json.Number("2147483647"), json.Number("2147483648"), json.Number("-2147483648"), json.Number("-2147483649"), raw("1e400"), json.Number("1.5"), json.Number("1.0"), "1", "NaN", json.Number("9999999999999999999999")},
	"Decimal": {json.Number("-1"), json.Number("0"), raw("-0"), raw("1e400"), "1e400", "1e-400", "NaN", "Infinity", "-inf", strings.Repeat("9", 40), json.Number(strings.Repeat("9", 40)), "0." + strings.Repeat("0", 39) + "1",
		"1,5", "", " 1", "0x10", "١", "1_000", "+1", "1.", ".5", "9223372036854775807", "9223372036854775808", "99999999999999999.99", strings.Repeat("1", 10_000)},
	"Date":          {"0000-00-00", "0001-01-01", "0000-01-01", "9999-12-31", "10000-01-01", "infinity", "-infinity", "2026-02-30", "2026-2-3", "now", "today", "294277-01-01", "4713-01-01 BC", "2024-02-29", "", "2026-03-01T00:00:00Z", "２026-03-01", json.Number("20260301")},
	"DateTime":      {"0000-00-00T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "infinity", "2026-03-01T09:00:00+14:59", "2026-03-01T09:00:00+23:59", "2026-03-01T09:00:00-23:59", "2026-03-01T09:00:00+24:00", "2026-03-01T24:00:00Z", "2026-03-01T23:59:60Z", "2026-03-01", "2026-03-01T09:00:00", "2026-03-01 09:00:00Z", "2026-03-01T09:00:00.123456789+05:45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "", "now", json.Number("1772355600")},
	"LocalTime":     {"24:00", "23:60", "12:00:01", "23:59", "00:00", "9:00", "-1:00", "99:99", "", "noon", "12:00+05:45", json.Number("12")},
	"LocalDateTime": {"2026-02-30T10:00:00", "9999-12-31T23:59:59", "0000-00-00T00:00:00", "infinity", ""},
	"Boolean":       {true, false, "true", json.Number("1"), ""},
	"Float":         {raw("1e400"), json.Number("-0.0"), "NaN"},
	"BigInt":        {json.Number("9223372036854775808"), "x", json.Number("-1")},
}

// unfit lists values that are of no scalar, list or input object, or of the wrong one.
func unfit() []any {
	deep := any("x")
	for range 60 {
		deep = []any{deep}
	}
	return []any{nil, []any{}, []any{nil}, map[string]any{}, map[string]any{"nonsense": true}, deep, json.Number("7.5"), "text", true}
}

// hostile lists the hostile values for a place of the type: of its scalar, those that fit nothing, and all values of an enum.
func hostile(schema *ast.Schema, typ *ast.Type) (values []any) {
	definition := schema.Types[typ.Name()]
	switch definition.Kind {
	case ast.Enum:
		for _, value := range definition.EnumValues {
			values = append(values, value.Name)
		}
		values = append(values, "NOTHING", strings.ToLower(definition.EnumValues[0].Name), "", "a\u0000")
	case ast.InputObject:
		joined := any(map[string]any{})
		for range 60 {
			joined = map[string]any{"not": joined}
		}
		values = append(values, joined)
	default:
		values = slices.Clone(hostileValues[definition.Name])
	}
	if typ.Elem != nil {
		for i, value := range values {
			values[i] = []any{value, value}
		}
	}
	return append(values, unfit()...)
}

// written is a value as JSON.
func written(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%v is no JSON: %v", value, err))
	}
	return string(text)
}

var aName = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)

// literal writes a value of the type into a document.
func literal(schema *ast.Schema, typ *ast.Type, value any) string {
	var parts []string
	switch v := value.(type) {
	case []any:
		inner := typ.Elem
		if inner == nil {
			inner = typ
		}
		for _, element := range v {
			parts = append(parts, literal(schema, inner, element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner := &ast.Type{NamedType: "String"}
			if field := schema.Types[typ.Name()].Fields.ForName(name); field != nil {
				inner = field.Type
			}
			parts = append(parts, name+": "+literal(schema, inner, v[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		if schema.Types[typ.Name()].Kind == ast.Enum && aName.MatchString(v) {
			return v
		}
	}
	return written(value)
}
