package resolvers

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// maxText is how many characters a text in the arguments of a query may have.
	maxText = 1_000
	// maxList is how many elements a list in the arguments of a query may have.
	maxList = 200
)

// argumentText refuses operations with an argument that PostgreSQL would refuse as text: a NUL
// character, or bytes that are not UTF-8; and those with texts and lists that are too long to
// look for. The input of a mutation is left to package canonical, which names such a field among
// all that is wrong with the input. A cursor is as long as the row that it names.
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
			if bad, message := unusable(value, below(path, ast.PathName(argument.Name))); bad != nil {
				refused := badInput("%s", message)
				refused.Path = bad
				return refused
			}
		}
	}
	return refuseText(field.SelectionSet, variables, path)
}

// unusable returns the path of the first text in value that cannot be stored, or is too long, and of
// the first list that is; and what is wrong with it. The path is nil if there is none.
func unusable(value any, path ast.Path) (bad ast.Path, message string) {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return path, "has characters that cannot be stored"
		}
		last := path[len(path)-1]
		if last != ast.PathName("after") && last != ast.PathName("before") && utf8.RuneCountInString(v) > maxText {
			return path, fmt.Sprintf("has %d characters; at most %d are allowed", utf8.RuneCountInString(v), maxText)
		}
	case []any:
		if len(v) > maxList {
			return path, fmt.Sprintf("has %d elements; at most %d are allowed", len(v), maxList)
		}
		for i, element := range v {
			if bad, message := unusable(element, below(path, ast.PathIndex(i))); bad != nil {
				return bad, message
			}
		}
	case map[string]any:
		for name, element := range v {
			if bad, message := unusable(element, below(path, ast.PathName(name))); bad != nil {
				return bad, message
			}
		}
	}
	return nil, ""
}

// below returns path with one more step, in memory of its own.
func below(path ast.Path, step ast.PathElement) ast.Path {
	return append(path[:len(path):len(path)], step)
}
