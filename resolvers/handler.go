package resolvers

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/graphqlhttp"
)

const (
	// maxBody is the largest request body in bytes.
	maxBody = 1 << 20
	// maxErrors is how many faults of an invalid document, or of an input, are listed.
	maxErrors = 100
)

// proveFirst lets nothing but queries be executed before it is proved who the caller is. What it answers otherwise is
// withheld.
func proveFirst(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	by := requestFrom(ctx).proof
	if by != nil && graphql.GetOperationContext(ctx).Operation.Operation != ast.Query && !by.holds(ctx) {
		return graphql.OneShot(graphql.ErrorResponse(ctx, "%s", errClaim()))
	}
	return next(ctx)
}

// API serves GraphQL.
type API struct {
	http.Handler
	transport *graphqlhttp.Handler
}

// Stop ends all subscriptions, and returns when they have ended or ctx has. Queries and mutations go on.
func (a *API) Stop(ctx context.Context) { a.transport.Stop(ctx) }

// Handler serves GraphQL over HTTP, server-sent events and websockets, as package graphqlhttp does. A refused request has the
// body of a GraphQL error too: 401 without a valid bearer token, 400 for an unknown read mode, 503 while the database is not
// available. Log records and audit events have the id that package requestid has put into the request's context.
func Handler(c Config) *API {
	operations := operationsOf(&c)
	transport := graphqlhttp.New(graphqlhttp.Config{
		Executor: operations, Authenticate: c.authenticateOperation, Recover: recovered(c.Logger), MaxBody: maxBody, MaxDuration: c.MaxDuration, Origins: c.Origins, Limits: c.Streams,
	})
	return &API{authenticate(&c, transport), transport}
}

// operationsOf returns what checks and executes operations.
func operationsOf(c *Config) *operations {
	operations := newOperations(NewSchema(*c), c)
	operations.SetErrorPresenter(present(c.Logger))
	operations.SetRecoverFunc(recovered(c.Logger))
	operations.Use(extension.Introspection{})
	operations.Use(limits{}) // before all that walk every fragment spread
	operations.Use(coercedArguments{operations.Coercer})
	operations.Use(argumentText{})
	operations.Use(private{})
	operations.Use(bound{})
	operations.Use(operations.costs)
	operations.Use(&malformed{})
	operations.AroundOperations(proveFirst)
	if c.Replicas != nil {
		operations.AroundOperations(c.readFromReplica)
		operations.AroundResponses(c.reportToken)
	}
	operations.AroundOperations(boundLoaders)
	operations.AroundResponses(observe(c.Operations))
	operations.AroundResponses(reportFreshness)
	operations.AroundResponses(operations.costs.report)
	operations.AroundResponses(reportStatements)
	operations.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation != ast.Mutation {
			if c.FieldByField {
				return next(ctx)
			}
			return answerCompiled(ctx, operations.documents, next)
		}
		ctx = withNamedRecords(withMalformed(forMutation(ctx)))
		defer func() {
			if err := requestFrom(ctx).end(ctx); err != nil {
				c.Logger.ErrorContext(ctx, "end a dry run", "error", err)
			}
		}()
		return next(ctx) // the field is answered in full when this returns
	})
	return operations
}
