package graphqlhttp

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is an operation that was asked for, in whichever way.
type operation struct {
	// ctx is the context of its answers.
	ctx  context.Context
	kind ast.Operation // empty where there is none
	// refused is the only answer to an operation that is not executed, because of errs.
	refused *graphql.Response
	errs    gqlerror.List
	// next returns the next answer, and nil behind the last one. An operation that is no subscription has one.
	next    graphql.ResponseHandler
	outcome *Outcome
}

// operation begins to execute what was asked for. Panics of the executor are the caller's to recover.
func (h *Handler) operation(ctx context.Context, params *graphql.RawParams) *operation {
	ctx, outcome := WithOutcome(graphql.StartOperationTrace(ctx))
	params.ReadTime = graphql.TraceTiming{Start: graphql.GetStartTime(ctx), End: graphql.Now()}
	made, errs := h.Executor.CreateOperationContext(ctx, params)
	o := &operation{ctx: ctx, outcome: outcome, errs: errs}
	if errs != nil {
		if made != nil {
			o.ctx = graphql.WithOperationContext(ctx, made)
		}
		o.refused = h.Executor.DispatchError(o.ctx, errs)
		return o
	}
	o.kind = made.Operation.Operation
	if o.kind == ast.Query || o.kind == ast.Mutation {
		o.next = func(ctx context.Context) *graphql.Response {
			next, ctx := h.Executor.DispatchOperation(ctx, made)
			return next(ctx)
		}
		return o
	}
	o.next, o.ctx = h.Executor.DispatchOperation(ctx, made)
	return o
}

// streams reports whether the operation may have several answers.
func (o *operation) streams() bool { return o.kind == ast.Subscription }
