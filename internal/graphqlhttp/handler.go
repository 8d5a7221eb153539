// Package graphqlhttp serves an executor of GraphQL over HTTP, as the specification GraphQL over HTTP says, by POST and GET.
//
//	application/json                    every answer to a well-formed request has the status 200
//	application/graphql-response+json   a request that is not executed has 400, or 403 if the caller may not make it
//
// A request error has no entry data, whatever its media type. A request that is not well-formed has 400, 405, 406, 413 or
// 415 and the body of a request error too, with a code. Which media type an answer has is in accept.go, what is a
// well-formed request in request.go, and how an answer is written in response.go.
package graphqlhttp

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Config configures a handler. All fields are required.
type Config struct {
	// Executor executes operations. An operation of which it makes no context is a request error.
	Executor graphql.GraphExecutor
	// Recover returns the error that a caller sees where the executor panics.
	Recover graphql.RecoverFunc
	// MaxBody is the largest body of a request in bytes.
	MaxBody int64
}

const methods = "GET, POST, OPTIONS"

// Handler returns the handler of an endpoint.
func Handler(c Config) http.Handler { return &handler{c} }

type handler struct{ Config }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodPost:
	case http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		w.Header().Set("Allow", methods)
		Refuse(w, r, http.StatusMethodNotAllowed, badRequest("%s is not supported: send GET or POST", r.Method))
		return
	}
	media := negotiate(r.Header.Values("Accept"))
	if media == "" {
		Refuse(w, r, http.StatusNotAcceptable, badRequest("an answer is %s or %s", plainJSON, responseJSON))
		return
	}
	params, refused := h.read(w, r)
	if refused != nil {
		Refuse(w, r, refused.status, refused.err)
		return
	}
	h.execute(w, r, params, media)
}

// execute answers a well-formed request.
func (h *handler) execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, media string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			Refuse(w, r, http.StatusInternalServerError, asError(h.Recover(r.Context(), panicked)))
		}
	}()
	ctx, outcome := withOutcome(graphql.StartOperationTrace(r.Context()))
	params.ReadTime = graphql.TraceTiming{Start: graphql.GetStartTime(ctx), End: graphql.Now()}
	operation, errs := h.Executor.CreateOperationContext(ctx, params)
	if errs != nil {
		if operation != nil {
			ctx = graphql.WithOperationContext(ctx, operation)
		}
		write(w, media, requestErrorStatus(media, errs), outcome, h.Executor.DispatchError(ctx, errs))
		return
	}
	if r.Method == http.MethodGet && operation.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		Refuse(w, r, http.StatusMethodNotAllowed, badRequest("a %s is sent by POST", operation.Operation.Operation))
		return
	}
	responses, ctx := h.Executor.DispatchOperation(ctx, operation)
	write(w, media, http.StatusOK, outcome, responses(ctx))
}
