package resolvers

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/observed"
)

// observe notes every operation for the log of its request, and counts and times it in s, which may be nil.
func observe(s *observed.Statistics) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		begin := graphql.GetStartTime(ctx)
		response := next(ctx)
		operation := observed.Operation{Organization: requestFrom(ctx).principal.Actor.OrganizationID}
		if graphql.HasOperationContext(ctx) {
			if made := graphql.GetOperationContext(ctx); made.Operation != nil {
				operation.Name, operation.Kind = made.Operation.Name, string(made.Operation.Operation)
				operation.Hash = observed.Hash(made.RawQuery)
			}
		}
		if response != nil && len(response.Errors) > 0 {
			if operation.Code, _ = response.Errors[0].Extensions["code"].(string); operation.Code == "" {
				operation.Code = CodeInternal
			}
		}
		observed.Note(ctx, operation)
		if s != nil && operation.Kind != string(ast.Subscription) { // an answer of a subscription is not the whole of it
			s.Observe(operation, time.Since(begin))
		}
		return response
	}
}
