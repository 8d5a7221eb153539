package resolvers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// maxBody is the largest request body in bytes.
	maxBody = 1 << 20
	// maxErrors is how many faults of an invalid document, or of an input, are listed.
	maxErrors = 100
)

// Handler serves GraphQL over HTTP: POST for everything, GET for queries. A refused request has
// the body of a GraphQL error too: 401 without a valid bearer token, 400 for an unknown read mode
// and for what is no UTF-8 text, 413 for a body over 1 MiB, 503 while the database is not available. Log records and
// audit events have the id that package requestid has put into the request's context.
func Handler(c Config) http.Handler {
	server := handler.New(NewSchema(c))
	server.AddTransport(transport.Options{})
	server.AddTransport(transport.GET{})
	server.AddTransport(transport.POST{})
	known := newDocuments(cacheBytes)
	server.SetQueryCache(known)
	server.SetParserTokenLimit(maxTokens)
	server.SetErrorPresenter(present(c.Logger))
	server.SetRecoverFunc(recovered(c.Logger))
	server.Use(extension.Introspection{})
	server.Use(documentText{})
	server.Use(known)
	server.Use(conditions{})
	server.Use(limits{}) // before costs, which walk every fragment spread
	server.Use(argumentText{})
	server.Use(private{})
	server.Use(&costs{})
	server.Use(&malformed{})
	server.AroundOperations(noteExecution)
	server.AroundResponses(reportFreshness)
	server.AroundResponses(fewErrors)
	server.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		if graphql.GetOperationContext(ctx).Operation.Operation != ast.Mutation {
			return next(ctx)
		}
		ctx = withMalformed(forMutation(ctx))
		defer func() {
			if err := requestFrom(ctx).end(ctx); err != nil {
				c.Logger.ErrorContext(ctx, "end a dry run", "error", err)
			}
		}()
		return next(ctx) // the field is answered in full when this returns
	})
	return authenticate(c, limitBody(refuseNoText(withUnavailable(withStatus(server)))))
}

// fewErrors cuts the list of what is wrong with an invalid document: it can be quadratic in the
// document's size. The last error says how many are left out. What is wrong with the input of a
// mutation is in its payload, which lists as many.
func fewErrors(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || len(response.Errors) <= maxErrors || response.Errors[0].Extensions["code"] != errcode.ValidationFailed {
		return response
	}
	listed := maxErrors - 1
	rest := gqlerror.Errorf("and %d more errors", len(response.Errors)-listed)
	errcode.Set(rest, errcode.ValidationFailed)
	response.Errors = append(response.Errors[:listed:listed], rest)
	return response
}

// limitBody refuses a body that is too large, or no text, before anything reads it.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, badInput("the request body is larger than %d bytes", maxBody))
			return
		}
		if err != nil {
			refuse(w, http.StatusBadRequest, badInput("the request body could not be read"))
			return
		}
		if !validText(body) {
			refuse(w, http.StatusBadRequest, badInput(notText))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// refuse answers a request that does not reach GraphQL with the body of a GraphQL error.
func refuse(w http.ResponseWriter, status int, err *gqlerror.Error) {
	w.Header().Set("Content-Type", "application/json")
	transport.SendError(w, status, err)
}
