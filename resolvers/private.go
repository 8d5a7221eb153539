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
	return refusePrivate(operation.Operation.SelectionSet, operation.Variables, nil, false)
}

// refusePrivate returns the error for the first private field in a selection below path; nil if there is none. listed is set
// below a list, of which the path tells no rows.
func refusePrivate(set ast.SelectionSet, variables map[string]any, path ast.Path, listed bool) (err *gqlerror.Error) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			at := path
			if !listed {
				at = below(path, ast.PathName(s.Alias))
			}
			if s.Definition.Directives.ForName("private") != nil || s.ObjectDefinition.Directives.ForName("private") != nil {
				err = coded(CodeForbidden, "Your role does not allow to read %s.%s.", s.ObjectDefinition.Name, s.Name)
				err.Path, err.Locations = at, []gqlerror.Location{{Line: s.Position.Line, Column: s.Position.Column}}
				return err
			}
			if where := s.Arguments.ForName("where"); where != nil {
				if place := privateCondition(s.ArgumentMap(variables)["where"], schemaOf.Types[s.Definition.Arguments.ForName("where").Type.Name()], "where"); place != "" {
					err = about(coded(CodeForbidden, "Your role does not allow to find rows by %s.", place[strings.LastIndex(place, ".")+1:]), place)
					err.Path, err.Locations = at, []gqlerror.Location{{Line: where.Position.Line, Column: where.Position.Column}}
					return err
				}
			}
			err = refusePrivate(s.SelectionSet, variables, at, listed || s.Definition.Type.Elem != nil)
		case *ast.InlineFragment:
			err = refusePrivate(s.SelectionSet, variables, path, listed)
		case *ast.FragmentSpread:
			err = refusePrivate(s.Definition.SelectionSet, variables, path, listed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
