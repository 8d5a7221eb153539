// Package graphqlhttp serves an executor of GraphQL over HTTP, as the specification GraphQL over HTTP says, by POST and GET,
// and over the two protocols in which an operation has several answers: server-sent events, in the distinct connections mode
// of the protocol graphql-sse (sse.go), and websockets, in the protocol graphql-transport-ws (websocket.go). Whichever way an
// operation comes, it is executed in one (operation.go).
//
//	application/json                    every answer to a well-formed request has the status 200
//	application/graphql-response+json   a request that is not executed has 400, or 403 if the caller may not make it
//	text/event-stream                   every answer to a well-formed request is an event of a stream with the status 200
//
// A request error has no entry data, whatever its media type. A request that is not well-formed has 400, 405, 406, 413 or
// 415 and the body of a request error too, with a code. Which media type an answer has is in accept.go, what is a
// well-formed request in request.go, and how an answer is written in response.go.
package graphqlhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Config configures a handler. A field is required unless it says otherwise.
type Config struct {
	// Executor executes operations. An operation of which it makes no context is a request error. The answers of a
	// subscription are those that its response handler returns, one after the other, until it returns nil.
	Executor graphql.GraphExecutor
	// Authenticate returns the context in which an operation with the headers is executed, or why it is not. It is called for
	// what Streams reports, when a websocket is opened and for every operation; other requests come with their context.
	Authenticate func(ctx context.Context, header http.Header) (context.Context, *Refusal)
	// Recover returns the error that a caller sees where the executor panics.
	Recover graphql.RecoverFunc
	// MaxDuration bounds how long a query or mutation is executed, under a context whose cause is then ErrTooLong; 0 does not.
	MaxDuration time.Duration
	// MaxBody is the largest body of a request, or message of a websocket, in bytes.
	MaxBody int64
	// Origins are the origins, beside the server's own, whose pages may open websockets; "*" is all. None by default.
	Origins []string
	// Limits bound streams; the zero value has their defaults.
	Limits Limits
}

// Refusal is why an operation is not executed.
type Refusal struct {
	// Status is that of a response: 400 for headers that cannot be read, 401 without a valid token, 503 where it cannot be
	// told now, 500 for a failure.
	Status int
	Err    *gqlerror.Error
}

const methods = "GET, POST, OPTIONS"

// New returns the handler of an endpoint.
func New(c Config) *Handler { return &Handler{Config: c.withDefaults(), streams: newStreams()} }

// Handler serves an endpoint.
type Handler struct {
	Config
	streams *streams
}

// ServeHTTP answers a request, or serves the stream or websocket that it asks for until that ends.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	if upgrades(r) {
		h.serveWebsocket(w, r)
		return
	}
	accepted := negotiate(r.Header.Values("Accept"))
	if accepted.stream {
		ctx, refusal := h.Authenticate(r.Context(), withAccessToken(r))
		if refusal != nil {
			RefuseOperation(w, r, refusal)
			return
		}
		r = r.WithContext(ctx)
	}
	if accepted.json == "" && !accepted.stream {
		Refuse(w, r, http.StatusNotAcceptable, badRequest("an answer is %s, %s or %s", plainJSON, responseJSON, eventStream))
		return
	}
	params, refused := h.read(w, r)
	if refused != nil {
		Refuse(w, r, refused.status, refused.err)
		return
	}
	h.execute(w, r, params, accepted)
}

// Streams reports whether a request opens a websocket, or may be answered by a stream of events.
func Streams(r *http.Request) bool { return upgrades(r) || negotiate(r.Header.Values("Accept")).stream }

// RefuseOperation answers a request whose operation is not executed.
func RefuseOperation(w http.ResponseWriter, r *http.Request, refusal *Refusal) {
	if refusal.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="daybook"`)
	}
	Refuse(w, r, refusal.Status, refusal.Err)
}

// execute answers a well-formed request.
func (h *Handler) execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, accepted accepted) {
	defer func() {
		if panicked := recover(); panicked != nil {
			Refuse(w, r, http.StatusInternalServerError, asError(h.Recover(r.Context(), panicked)))
		}
	}()
	o := h.operation(r.Context(), params)
	subscribes := o.kind == ast.Subscription
	switch {
	case o.kind == ast.Mutation && r.Method == http.MethodGet, subscribes && !accepted.stream && r.Method == http.MethodGet:
		w.Header().Set("Allow", http.MethodPost)
		Refuse(w, r, http.StatusMethodNotAllowed, badRequest("a %s is not sent by GET", o.kind))
	case subscribes && !accepted.stream:
		Refuse(w, r, http.StatusNotAcceptable, badRequest("a subscription is answered as %s, or over a websocket", eventStream))
	case subscribes, accepted.json == "":
		h.serveEvents(w, r, o)
	case o.refused != nil:
		write(w, accepted.json, requestErrorStatus(accepted.json, o.errs), o.outcome, o.refused)
	default:
		write(w, accepted.json, http.StatusOK, o.outcome, o.next(o.ctx))
	}
}
