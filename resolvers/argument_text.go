package resolvers

import (
	"context"
	"fmt"
	"strconv"
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
// look for, or a where that has too many conditions. The input of a mutation is left to package canonical, which names such a field among
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
	return refuseFields(operation.Operation.SelectionSet, false, func(field *ast.Field) *gqlerror.Error {
		if field.ObjectDefinition.Name == "Mutation" {
			return nil
		}
		return refuseArguments(field, operation.Variables)
	})
}

// refuseArguments returns the error for the first such argument of a field, without a path; nil if there is none.
func refuseArguments(field *ast.Field, variables map[string]any) *gqlerror.Error {
	for _, argument := range field.Arguments {
		value, err := argument.Value.Value(variables)
		if err != nil {
			continue // what is no value at all is refused where it is coerced
		}
		at, message := "", ""
		if argument.Name == "where" {
			at, message = new(whereBounds).exceeded(value, "where", 1)
		}
		if message == "" {
			at, message = unusable(value, argument.Name)
		}
		if message != "" {
			return located(about(badInput("%s", message), at), argument.Position)
		}
	}
	return nil
}

// unusable returns the place of the first text in value that cannot be stored, or is too long, and of the first list that
// is, and what is wrong with it; an empty message if there is none. A list of texts is a set, in which one may stand often.
func unusable(value any, at string) (place, message string) {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return at, "has characters that cannot be stored"
		}
		if n := utf8.RuneCountInString(v); n > maxText && at != "after" && at != "before" {
			return at, fmt.Sprintf("has %d characters; at most %d are allowed", n, maxText)
		}
	case []any:
		distinct := map[any]bool{}
		for i, element := range v {
			switch element.(type) {
			case map[string]any, []any:
				distinct[i] = true
			default:
				distinct[element] = true
			}
			if len(distinct) > maxList {
				return at, fmt.Sprintf("has more than %d elements", maxList)
			}
			if place, message := unusable(element, at+"."+strconv.Itoa(i)); message != "" {
				return place, message
			}
		}
	case map[string]any:
		for name, element := range v {
			if place, message := unusable(element, at+"."+name); message != "" {
				return place, message
			}
		}
	}
	return "", ""
}
