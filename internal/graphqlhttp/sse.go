package graphqlhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// accessToken is the parameter of the query string that has the token of a browser's EventSource, which sends no headers of
// its own (RFC 6750, 2.3). It is read of nothing else, since addresses are written to logs.
const accessToken = "access_token"

// withAccessToken returns the headers of a request, with the token of its query string if they have none.
func withAccessToken(r *http.Request) http.Header {
	token := r.URL.Query().Get(accessToken)
	if r.Method != http.MethodGet || token == "" || r.Header.Get("Authorization") != "" {
		return r.Header
	}
	header := r.Header.Clone()
	header.Set("Authorization", "Bearer "+token)
	return header
}

// revoked is the last answer of a subscription whose caller may not see more.
func revoked() *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{{Message: "The token is not valid any more.", Extensions: map[string]any{"code": codeUnauthenticated}}}}
}

// serveEvents answers an operation by an event "next" for each answer, and one "complete" at their end; a stream that ends before has none.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request, o *operation) {
	if !h.streams.serve() {
		Refuse(w, r, http.StatusServiceUnavailable, stopping())
		return
	}
	defer h.streams.running.Done()
	token := tokenOf(withAccessToken(r))
	leave, ok := h.streams.enter(token, h.Limits.PerToken)
	if !ok {
		Refuse(w, r, http.StatusTooManyRequests, tooMany(h.Limits.PerToken))
		return
	}
	defer leave()
	header := w.Header()
	header.Set("Cache-Control", "private, no-store")
	header.Add("Vary", "Accept, Authorization")
	header.Set("Content-Type", eventStream+"; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // nginx would keep events until there are many
	w.WriteHeader(http.StatusOK)
	out := &events{w: w, control: http.NewResponseController(w), limit: h.Limits.Write}
	_ = out.control.SetReadDeadline(time.Time{}) // the request was read; passing it would end its context
	if out.write(":\n\n") != nil {
		return
	}
	if o.refused != nil {
		_ = out.next(o.refused)
		_ = out.complete()
		return
	}
	h.stream(out, o)
}

// stream writes the answers of an operation until they end, the reader has gone, or the handler stops.
func (h *Handler) stream(out *events, o *operation) {
	ctx, cancel := context.WithCancel(o.ctx)
	answers, ended := make(chan *graphql.Response), make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if panicked := recover(); panicked != nil {
				failed := &graphql.Response{Errors: gqlerror.List{asError(h.Recover(ctx, panicked))}}
				select {
				case answers <- failed:
				case <-ctx.Done():
				}
			}
		}()
		for answer := o.next(ctx); answer != nil; answer = o.next(ctx) {
			select {
			case answers <- answer:
			case <-ctx.Done():
				return
			}
			if !o.streams() {
				return
			}
		}
		if o.outcome.revoked.Load() {
			select {
			case answers <- revoked():
			case <-ctx.Done():
			}
		}
	}()
	defer func() { cancel(); <-ended }()
	alive := time.NewTicker(h.Limits.Ping)
	defer alive.Stop()
	stop := h.streams.stopping
	if !o.streams() {
		stop = nil // a single answer goes on
	}
	for {
		var err error
		select {
		case answer := <-answers:
			err = out.next(answer)
		case <-alive.C:
			err = out.write(":\n\n")
		case <-ended:
			_ = out.complete()
			return
		case <-stop: // without "complete", by which clients would know that they have seen all: they are to subscribe again
			return
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// events writes server-sent events.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func (e *events) write(parts ...string) error {
	_ = e.control.SetWriteDeadline(time.Now().Add(e.limit)) // instead of that of the whole response
	for _, part := range parts {
		if _, err := e.w.Write([]byte(part)); err != nil {
			return err
		}
	}
	return e.control.Flush()
}

// next writes an answer. JSON has its line ends within strings, escaped.
func (e *events) next(response *graphql.Response) error {
	parts := encode(response)
	return e.write("event: next\ndata: ", string(parts[0]), string(parts[1]), string(parts[2]), "\n\n")
}

// complete writes the last event. Without a line of data a browser would not tell of it.
func (e *events) complete() error { return e.write("event: complete\ndata:\n\n") }
