package coercion

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Arguments checks the arguments of all fields and directives of a validated operation, whose variables are from Variables:
// custom scalars can be read, and no variable is null where null is not allowed. Scalars within the input objects of a
// mutation's own arguments are left to the mutation, which names them beside all else that is wrong with the input.
//
// The errors have the place in the document, and for a field of the response its path, up to the first list, because there
// is no response whose rows could be told apart; extensions.argument is the place in the field's arguments: filter.totalGte.
func (c Coercer) Arguments(operation *ast.OperationDefinition, variables map[string]any) gqlerror.List {
	a := arguments{Coercer: c, variables: variables}
	a.directives(operation.Directives)
	a.selection(operation.SelectionSet, operation.Operation == ast.Mutation, false)
	return a.errors()
}

type arguments struct {
	Coercer
	mistakes
	variables map[string]any
}

// selection checks the fields of a selection. listed is set below a list, of which the path tells no rows.
func (a *arguments) selection(set ast.SelectionSet, mutation, listed bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			above := len(a.fields)
			if !listed {
				a.fields = append(a.fields, s.Alias)
			}
			a.directives(s.Directives)
			for _, argument := range s.Arguments {
				if declared := s.Definition.Arguments.ForName(argument.Name); declared != nil {
					definition := a.Schema.Types[declared.Type.Name()]
					a.position = argument.Position
					a.literal(argument.Value, declared.Type, &place{step: argument.Name}, mutation && definition.Kind == ast.InputObject)
				}
			}
			a.selection(s.SelectionSet, false, listed || s.Definition.Type.Elem != nil)
			a.fields = a.fields[:above]
		case *ast.InlineFragment:
			a.directives(s.Directives)
			a.selection(s.SelectionSet, mutation, listed)
		case *ast.FragmentSpread:
			a.directives(s.Directives)
			a.selection(s.Definition.SelectionSet, mutation, listed)
		}
	}
}

func (a *arguments) directives(list ast.DirectiveList) {
	for _, directive := range list {
		for _, argument := range directive.Arguments {
			if declared := directive.Definition.Arguments.ForName(argument.Name); declared != nil {
				a.literal(argument.Value, declared.Type, &place{step: "@" + directive.Name + "." + argument.Name}, false)
			}
		}
	}
}

// literal checks a value as it is written in the document. Custom scalars are not read if left is set.
func (a *arguments) literal(value *ast.Value, typ *ast.Type, at *place, left bool) {
	if value.Position != nil {
		a.position = value.Position
	}
	switch {
	case value.Kind == ast.Variable:
		given, ok := a.variables[value.Raw]
		if ok && given == nil && typ.NonNull {
			a.add(at, Unreadable, "%s must not be null, and $%s is", at, value.Raw)
		}
		if ok && !left {
			a.read(given, typ, at)
		}
	case value.Kind == ast.NullValue:
	case value.Kind == ast.ListValue && typ.Elem != nil:
		for i, child := range value.Children {
			a.literal(child.Value, typ.Elem, at.element(i), left)
		}
	case typ.Elem != nil:
		a.literal(value, typ.Elem, at, left)
	case value.Kind == ast.ObjectValue && a.Schema.Types[typ.NamedType].Kind == ast.InputObject:
		for _, child := range value.Children {
			if field := a.Schema.Types[typ.NamedType].Fields.ForName(child.Name); field != nil {
				a.literal(child.Value, field.Type, at.field(child.Name), left)
			}
		}
	case value.Kind == ast.ObjectValue && (a.Schema.Types[typ.NamedType].Kind == ast.Enum || a.Scalars[typ.NamedType] == nil):
		a.add(at, NotOfType, "%s: an object is no %s", at, typ.NamedType) // validation lets one without fields pass
	default:
		written, err := value.Value(nil)
		if err != nil { // a number beyond 64 bits
			a.add(at, NotOfType, "%s: %s is no %s", at, shortened(value.Raw), typ.NamedType)
			return
		}
		if !left {
			a.read(written, typ, at)
		}
	}
}

// read reads the custom scalars in a value of the type.
func (a *arguments) read(value any, typ *ast.Type, at *place) {
	if value == nil {
		return
	}
	if typ.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			a.read(value, typ.Elem, at)
		}
		for i, element := range list {
			a.read(element, typ.Elem, at.element(i))
		}
		return
	}
	if reader := a.Scalars[typ.NamedType]; reader != nil {
		if err := reader(value); err != nil {
			a.add(at, Unreadable, "%s", err)
		}
		return
	}
	if object, ok := value.(map[string]any); ok {
		for _, field := range a.Schema.Types[typ.NamedType].Fields {
			if element, given := object[field.Name]; given {
				a.read(element, field.Type, at.field(field.Name))
			}
		}
	}
}
