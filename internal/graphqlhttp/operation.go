package graphqlhttp

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// ErrTooLong is the cause of the end of an operation's context after Config.MaxDuration.
var ErrTooLong = errors.New("the operation takes too long")

// TooLong returns the error that a caller sees of an operation that was given up after Config.MaxDuration.
func TooLong() *gqlerror.Error {
	return &gqlerror.Error{
		Message:    "The operation took too long. Ask for less; send a write again with its idempotency key, since it may have been saved.",
		Extensions: map[string]any{"code": codeTimeout},
	}
}

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
			if h.MaxDuration > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, h.MaxDuration, ErrTooLong)
				defer cancel()
			}
			next, ctx := h.Executor.DispatchOperation(ctx, made)
			response := next(ctx)
			if response == nil && errors.Is(context.Cause(ctx), ErrTooLong) {
				response = &graphql.Response{Errors: gqlerror.List{TooLong()}}
			}
			return response
		}
		return o
	}
	o.next, o.ctx = h.Executor.DispatchOperation(ctx, made)
	return o
}

// streams reports whether the operation may have several answers.
func (o *operation) streams() bool { return o.kind == ast.Subscription }
