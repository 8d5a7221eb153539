package coercion

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Variables returns the values of the operation's variables, with the defaults of those that are not given, from what a
// request gives: JSON, whose numbers are json.Number. Other names in given are ignored. Scalars within input objects are
// checked for being such values at all, not read: Arguments does that.
//
// The errors have the variables' places in the document; extensions.argument is the place in the variables: $input.sales.0.
func (c Coercer) Variables(operation *ast.OperationDefinition, given map[string]any) (map[string]any, gqlerror.List) {
	v := variables{Coercer: c}
	coerced := make(map[string]any, len(operation.VariableDefinitions))
	for _, definition := range operation.VariableDefinitions {
		v.position = definition.Position
		at := &place{step: "$" + definition.Variable}
		value, ok := given[definition.Variable]
		if !ok && definition.DefaultValue != nil {
			var err error
			if value, err = definition.DefaultValue.Value(nil); err != nil {
				v.add(at, NotOfType, "%s: %s is no value", at, shown(definition.DefaultValue.Raw))
				continue
			}
			ok = true
		}
		switch {
		case ok:
			coerced[definition.Variable] = v.value(value, definition.Type, at, true)
		case definition.Type.NonNull:
			v.add(at, NotOfType, "%s must be given: its type is %s", at, definition.Type)
		}
	}
	if errs := v.errors(); errs != nil {
		return nil, errs
	}
	return coerced, nil
}

type variables struct {
	Coercer
	mistakes
}

// value returns the value as one of the type. Scalars are read if read is set.
func (v *variables) value(value any, typ *ast.Type, at *place, read bool) any {
	if value == nil {
		if typ.NonNull {
			v.add(at, NotOfType, "%s must not be null: its type is %s", at, typ)
		}
		return nil
	}
	if typ.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			return []any{v.value(value, typ.Elem, at, read)}
		}
		coerced := make([]any, len(list))
		for i, element := range list {
			coerced[i] = v.value(element, typ.Elem, at.element(i), read)
		}
		return coerced
	}
	definition := v.Schema.Types[typ.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		return v.object(value, definition, at)
	case ast.Enum:
		if name, ok := value.(string); !ok || definition.EnumValues.ForName(name) == nil {
			v.add(at, NotOfType, "%s: %s is no %s", at, shown(value), typ.NamedType)
		}
		return value
	}
	coerced, ok := builtIn(value, typ.NamedType)
	if !ok {
		v.add(at, NotOfType, "%s: %s is no %s", at, shown(value), typ.NamedType)
		return value
	}
	if reader := v.Scalars[typ.NamedType]; reader != nil && read {
		if err := reader(coerced); err != nil {
			v.add(at, Unreadable, "%s", err)
		}
	}
	return coerced
}

// object returns the value as an input object of the type.
func (v *variables) object(value any, definition *ast.Definition, at *place) any {
	given, ok := value.(map[string]any)
	if !ok {
		v.add(at, NotOfType, "%s: %s is no %s", at, shown(value), definition.Name)
		return value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if definition.Fields.ForName(name) == nil {
			v.add(at.field(shortened(name)), NotOfType, "%s: %s has no field %s", at, definition.Name, shown(name))
		}
	}
	coerced := make(map[string]any, len(given))
	for _, field := range definition.Fields {
		element, ok := given[field.Name]
		switch {
		case ok:
			coerced[field.Name] = v.value(element, field.Type, at.field(field.Name), false)
		case field.Type.NonNull && field.DefaultValue == nil:
			v.add(at.field(field.Name), NotOfType, "%s must be given: its type is %s", at.field(field.Name), field.Type)
		}
	}
	if definition.Directives.ForName("oneOf") != nil {
		if len(given) != 1 || slices.Contains(slices.Collect(maps.Values(given)), nil) {
			v.add(at, NotOfType, "%s must have exactly one of the fields of %s, and not null", at, definition.Name)
		}
	}
	return coerced
}

// builtIn returns the value as one of a scalar that GraphQL defines: an int64 for an Int, a float64 for a Float, text for an
// ID. Custom scalars take every value that is no object and no list.
func builtIn(value any, scalar string) (any, bool) {
	switch scalar {
	case "Int":
		return whole(value)
	case "Float":
		f, ok := float(value)
		return f, ok
	case "ID":
		switch n := value.(type) {
		case string:
			return n, true
		case json.Number:
			return n.String(), !strings.ContainsAny(n.String(), ".eE")
		case int64:
			return strconv.FormatInt(n, 10), true
		}
		return nil, false
	case "String":
		_, ok := value.(string)
		return value, ok
	case "Boolean":
		_, ok := value.(bool)
		return value, ok
	}
	return value, true
}

// whole returns a number of 32 bits without a fraction.
func whole(value any) (any, bool) {
	f, ok := float(value)
	if !ok || f != math.Trunc(f) || f < math.MinInt32 || f > math.MaxInt32 {
		return nil, false
	}
	return int64(f), true
}

// float returns a number. Text is none.
func float(value any) (float64, bool) {
	switch n := value.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// shown returns a value for a message: cut, if it is long.
func shown(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(shortened(v))
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return shortened(fmt.Sprint(value))
}

// shortened returns at most 60 bytes of a text.
func shortened(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
