package resolvers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/coercion"
)

// malformed reads the scalars in the input objects of a mutation before its first field runs. A date that does not exist, or
// an amount such as 1,50, becomes a user error of its root field at the field's path, so that it comes together with all
// other mistakes of the input, and refuses one row of a bulk at most. GraphQL would refuse the whole request for the first of
// them. A variable or an argument that is itself such a scalar refuses the request, as GraphQL says (coercedArguments).
//
// The value that cannot be read is replaced, in a copy of the operation, by null, or where null is not allowed by a
// placeholder. The write is refused whatever the placeholder is.
type malformed struct{ schema *ast.Schema }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = (*malformed)(nil)

// readableScalar is how a scalar is read, and what stands for a value that cannot be read.
type readableScalar struct {
	read        func(any) error
	placeholder string
}

var readableScalars = map[string]readableScalar{
	"Date":      {func(v any) error { return new(model.Date).UnmarshalGQL(v) }, "0001-01-01"},
	"DateTime":  {func(v any) error { _, err := model.UnmarshalDateTime(v); return err }, "0001-01-01T00:00:00Z"},
	"Decimal":   {func(v any) error { return new(model.Decimal).UnmarshalGQL(v) }, "0"},
	"ID":        {func(v any) error { return new(model.ID).UnmarshalGQL(v) }, "Unreadable:1"},
	"LocalTime": {func(v any) error { return new(model.LocalTime).UnmarshalGQL(v) }, "00:00"},

	"LocalDateTime": {func(v any) error { return new(model.LocalDateTime).UnmarshalGQL(v) }, "0001-01-01T00:00:00"},
}

// readers returns the functions that read the scalars.
func readers() coercion.Scalars {
	read := coercion.Scalars{}
	for name, scalar := range readableScalars {
		read[name] = scalar.read
	}
	return read
}

// malformedExtension is the name of the operation's statistics that hold the user errors of its root fields by their aliases.
const malformedExtension = "daybook.malformed"

// ExtensionName names the extension.
func (*malformed) ExtensionName() string { return "Malformed" }

// Validate takes the schema.
func (m *malformed) Validate(schema graphql.ExecutableSchema) error {
	m.schema = schema.Schema()
	return nil
}

// MutateOperationContext looks at the arguments of the root fields.
func (m *malformed) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if operation.Operation.Operation != ast.Mutation {
		return nil
	}
	found := map[string][]model.UserError{}
	copied := *operation.Operation
	set := m.selection(operation, copied.SelectionSet, found)
	if len(found) > 0 {
		copied.SelectionSet = set
		operation.Operation = &copied
		operation.Stats.SetExtension(malformedExtension, found)
	}
	return nil
}

// selection returns a root selection whose input objects can be read, and adds what could not to found, by the aliases of the
// fields.
func (m *malformed) selection(operation *graphql.OperationContext, set ast.SelectionSet, found map[string][]model.UserError) ast.SelectionSet {
	set = slices.Clone(set)
	for i, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			set[i] = m.field(operation, s, found)
		case *ast.InlineFragment:
			fragment := *s
			fragment.SelectionSet = m.selection(operation, s.SelectionSet, found)
			set[i] = &fragment
		case *ast.FragmentSpread:
			// A spread is executed as the document defines it, so that its copy is inline.
			inline := &ast.InlineFragment{TypeCondition: s.Definition.TypeCondition, Directives: s.Directives, ObjectDefinition: s.ObjectDefinition, Position: s.Position}
			inline.SelectionSet = m.selection(operation, s.Definition.SelectionSet, found)
			set[i] = inline
		}
	}
	return set
}

// field returns a root field whose input objects can be read: itself, or a copy that takes them from variables of its own.
func (m *malformed) field(operation *graphql.OperationContext, field *ast.Field, found map[string][]model.UserError) *ast.Field {
	readable := field
	for i, argument := range field.Arguments {
		value, err := argument.Value.Value(operation.Variables)
		declared := field.Definition.Arguments.ForName(argument.Name)
		if err != nil || declared == nil {
			continue // what is no value at all is refused where it is read
		}
		if m.schema.Types[declared.Type.Name()].Kind != ast.InputObject {
			continue
		}
		path := argument.Name + "."
		if argument.Name == "input" {
			path = ""
		}
		mistakes := len(found[field.Alias])
		value = m.value(value, declared.Type, path, func(mistake model.UserError) { found[field.Alias] = append(found[field.Alias], mistake) })
		if len(found[field.Alias]) == mistakes {
			continue
		}
		if readable == field {
			copied := *field
			copied.Arguments = slices.Clone(field.Arguments)
			readable, operation.Variables = &copied, maps.Clone(operation.Variables)
		}
		variable := "." + field.Alias + "." + argument.Name // no document has a variable of such a name
		if operation.Variables == nil {
			operation.Variables = map[string]any{}
		}
		operation.Variables[variable] = value
		taken := *argument
		taken.Value = &ast.Value{Kind: ast.Variable, Raw: variable, Position: argument.Value.Position, Definition: argument.Value.Definition, ExpectedType: argument.Value.ExpectedType}
		readable.Arguments[i] = &taken
	}
	return readable
}

// maxElements is the length of the longest list that a mutation takes: a record of sales.
const maxElements = 5000

// value returns a value of the type that can be read: itself, or a copy. What cannot be read is given to report. path ends in
// a point, or is empty.
func (m *malformed) value(value any, typ *ast.Type, path string, report func(model.UserError)) any {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			return m.value(value, typ.Elem, path, report)
		}
		if len(list) > maxElements {
			report(model.UserError{Path: path[:max(0, len(path)-1)], Code: model.UserErrorCodeInvalid, Message: fmt.Sprintf("must not have more than %d elements", maxElements)})
			return []any{}
		}
		list = slices.Clone(list)
		for i, element := range list {
			list[i] = m.value(element, typ.Elem, path+strconv.Itoa(i)+".", report)
		}
		return list
	}
	if scalar, known := readableScalars[typ.NamedType]; known {
		err := scalar.read(value)
		if err == nil {
			return value
		}
		report(model.UserError{Path: path[:max(0, len(path)-1)], Code: model.UserErrorCodeInvalid, Message: fmt.Sprint(err)})
		if typ.NonNull {
			return scalar.placeholder
		}
		return nil
	}
	object, ok := value.(map[string]any)
	if definition := m.schema.Types[typ.NamedType]; ok && definition != nil && definition.Kind == ast.InputObject {
		object = maps.Clone(object)
		for _, field := range definition.Fields {
			if element, given := object[field.Name]; given {
				object[field.Name] = m.value(element, field.Type, path+field.Name+".", report)
			}
		}
		return object
	}
	return value
}

// withMalformed returns the context of a root field, whose write is refused for what could not be read in its input.
func withMalformed(ctx context.Context) context.Context {
	return canonical.WithMistakes(ctx, mistakesOf(ctx))
}

// mistakesOf returns what could not be read in the input of the root field.
func mistakesOf(ctx context.Context) []model.UserError {
	found, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(malformedExtension).(map[string][]model.UserError)
	return found[graphql.GetRootFieldContext(ctx).Field.Alias]
}
