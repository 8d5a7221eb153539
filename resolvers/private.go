package resolvers

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/graph/model"
)

// private refuses operations that select people's private data, where the caller's role does not allow to read it: fields
// with the directive @private, and those of types with it, and lists with a condition on such a column. An operation is refused as a whole before it is executed, in
// whichever way it would be.
//
// It comes after limits, which bounds the operations that it walks.
type private struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = private{}

// readsPrivateData reports whether the caller may read people's private data: members of every role may, but accountants.
func readsPrivateData(ctx context.Context) bool { return actor(ctx).Role != model.RoleAccountant }

// readsPeople reports whether the caller may find people by their private data. Members bound to stores know people by name alone.
func readsPeople(ctx context.Context) bool { return readsPrivateData(ctx) && actor(ctx).Bound == nil }

// ExtensionName names the extension.
func (private) ExtensionName() string { return "Private" }

// Validate accepts every schema.
func (private) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks at every field of the operation.
func (private) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	if readsPrivateData(ctx) {
		return nil
	}
	return refuseFields(operation.Operation.SelectionSet, false, func(field *ast.Field) *gqlerror.Error {
		return refusePrivate(field, operation.Variables)
	})
}

// refusePrivate returns the error for a private field, or one that is found by one in its where; nil if it is neither.
func refusePrivate(field *ast.Field, variables map[string]any) *gqlerror.Error {
	if field.Definition.Directives.ForName("private") != nil || field.ObjectDefinition.Directives.ForName("private") != nil {
		return located(coded(CodeForbidden, "Your role does not allow to read %s.%s.", field.ObjectDefinition.Name, field.Name), field.Position)
	}
	where := field.Arguments.ForName("where")
	if where == nil {
		return nil
	}
	place := privateCondition(field.ArgumentMap(variables)["where"], schemaOf.Types[field.Definition.Arguments.ForName("where").Type.Name()], "where")
	if place == "" {
		return nil
	}
	return located(about(coded(CodeForbidden, "Your role does not allow to find rows by %s.", place[strings.LastIndex(place, ".")+1:]), place), where.Position)
}
