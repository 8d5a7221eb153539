package resolvers

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// argumentText refuses operations with an argument that PostgreSQL would refuse as text: a NUL
// character, or bytes that are not UTF-8. The input of a mutation is left to package
// canonical, which names such a field among all that is wrong with the input.
//
// It comes after limits, which bounds the operations that it walks.
type argumentText struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = argumentText{}

// ExtensionName names the extension.
func (argumentText) ExtensionName() string { return "ArgumentText" }

// Validate accepts every schema.
func (argumentText) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at every argument of the operation.
func (argumentText) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	return refuseText(operation.Operation.SelectionSet, operation.Variables, nil)
}

// refuseText returns the error for the first such argument in a selection below path; nil if
// there is none.
func refuseText(set ast.SelectionSet, variables map[string]any, path ast.Path) (err *gqlerror.Error) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			err = refuseArguments(s, variables, below(path, ast.PathName(s.Alias)))
		case *ast.InlineFragment:
			err = refuseText(s.SelectionSet, variables, path)
		case *ast.FragmentSpread:
			err = refuseText(s.Definition.SelectionSet, variables, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refuseArguments(field *ast.Field, variables map[string]any, path ast.Path) *gqlerror.Error {
	if field.ObjectDefinition.Name != "Mutation" {
		for _, argument := range field.Arguments {
			value, err := argument.Value.Value(variables)
			if err != nil {
				continue // what is no value at all is refused where it is read
			}
			if bad := unstorable(value, below(path, ast.PathName(argument.Name))); bad != nil {
				refused := badInput("has characters that cannot be stored")
				refused.Path = bad
				return refused
			}
		}
	}
	return refuseText(field.SelectionSet, variables, path)
}

// unstorable returns the path of the first text in value that cannot be stored; nil if there is
// none.
func unstorable(value any, path ast.Path) ast.Path {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return path
		}
	case []any:
		for i, element := range v {
			if bad := unstorable(element, below(path, ast.PathIndex(i))); bad != nil {
				return bad
			}
		}
	case map[string]any:
		for name, element := range v {
			if bad := unstorable(element, below(path, ast.PathName(name))); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// below returns path with one more step, in memory of its own.
func below(path ast.Path, step ast.PathElement) ast.Path {
	return append(path[:len(path):len(path)], step)
}
