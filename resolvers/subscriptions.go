package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// DispatchOperation executes an operation. A subscription is a query that is run again and again: what is selected in live,
// or the query field changes with the place that its last answer ended at.
func (o *operations) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	if operation.Operation.Operation != ast.Subscription {
		return o.Executor.DispatchOperation(ctx, operation)
	}
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Subscription"})
	switch {
	case o.config.Live == nil:
		return o.failed(ctx, coded(CodeUnavailable, "This process answers no subscriptions."))
	case len(fields) != 1:
		return o.failed(ctx, invalid("a subscription has one field, and it is not skipped"))
	case fields[0].Name == "live":
		return o.live(ctx, operation, fields[0]), ctx
	}
	return o.follow(ctx, operation, fields[0]), ctx
}

// failed is the one answer of a subscription that is not begun.
func (o *operations) failed(ctx context.Context, err *gqlerror.Error) (graphql.ResponseHandler, context.Context) {
	return graphql.OneShot(o.DispatchError(ctx, gqlerror.List{err})), ctx
}

// asQuery returns the query of a selection out of an operation. It may be run again, but not twice at once.
func asQuery(operation *graphql.OperationContext, selected ast.SelectionSet) *graphql.OperationContext {
	query := *operation.Operation
	query.Operation, query.SelectionSet = ast.Query, selected
	return &graphql.OperationContext{
		RawQuery: operation.RawQuery, Variables: operation.Variables, OperationName: operation.OperationName, Doc: operation.Doc,
		Extensions: operation.Extensions, Headers: operation.Headers, Operation: &query, DisableIntrospection: operation.DisableIntrospection,
		RecoverFunc: operation.RecoverFunc, ResolverMiddleware: operation.ResolverMiddleware, RootResolverMiddleware: operation.RootResolverMiddleware,
	}
}

// run runs a query once.
func (o *operations) run(ctx context.Context, query *graphql.OperationContext) *graphql.Response {
	next, ctx := o.Executor.DispatchOperation(graphql.StartOperationTrace(ctx), query)
	return next(ctx)
}
