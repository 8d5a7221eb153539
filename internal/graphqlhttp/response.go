package graphqlhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The codes of errors that are made or known here: what the caller may not do, a token that is not valid any more, a server
// that is about to stop, an operation that takes too long, and more streams than a token may have.
const (
	codeForbidden       = "FORBIDDEN"
	codeUnauthenticated = "UNAUTHENTICATED"
	codeUnavailable     = "UNAVAILABLE"
	codeTimeout         = "TIMEOUT"
	codeTooMany         = "TOO_MANY_STREAMS"
)

// retryUnavailable is when a request that found the server unavailable may come again.
const retryUnavailable = time.Second

type outcomeKey struct{}

// Outcome is what is noted while an operation is executed. It is safe for concurrent use.
type Outcome struct {
	unavailable, revoked atomic.Bool
	limited              atomic.Int64 // the time.Duration after which a caller may come again
}

// WithOutcome returns a context in which is noted what an operation comes to.
func WithOutcome(ctx context.Context) (context.Context, *Outcome) {
	o := &Outcome{}
	return context.WithValue(ctx, outcomeKey{}, o), o
}

// Unavailable reports whether NoteUnavailable was called.
func (o *Outcome) Unavailable() bool { return o.unavailable.Load() }

// NoteUnavailable gives the response to the request of ctx the status 503 with Retry-After.
func NoteUnavailable(ctx context.Context) {
	if o, ok := ctx.Value(outcomeKey{}).(*Outcome); ok {
		o.unavailable.Store(true)
	}
}

// NoteLimited gives the response to the request of ctx the status 429, and says when the caller may come again.
func NoteLimited(ctx context.Context, after time.Duration) {
	if o, ok := ctx.Value(outcomeKey{}).(*Outcome); ok {
		o.limited.Store(int64(after))
	}
}

// retry returns the status and the time of Retry-After of a request that may come again; 0 for any other.
func (o *Outcome) retry() (status int, after time.Duration) {
	if limited := o.limited.Load(); limited > 0 {
		return http.StatusTooManyRequests, time.Duration(limited)
	}
	if o.Unavailable() {
		return http.StatusServiceUnavailable, retryUnavailable
	}
	return 0, 0
}

// NoteRevoked says that the subscription of ctx ends because its caller's token is not valid any more.
func NoteRevoked(ctx context.Context) {
	if o, ok := ctx.Value(outcomeKey{}).(*Outcome); ok {
		o.revoked.Store(true)
	}
}

// Refuse answers a request that is not executed: with the error, in the media type that the caller prefers, or in
// application/json. A status of 503 comes with Retry-After.
func Refuse(w http.ResponseWriter, r *http.Request, status int, err *gqlerror.Error) {
	media := negotiate(r.Header.Values("Accept")).json
	switch {
	case media == "":
		media = plainJSON
	case media == responseJSON && status == http.StatusOK:
		status = http.StatusBadRequest
	}
	o := &Outcome{}
	o.unavailable.Store(status == http.StatusServiceUnavailable)
	write(w, media, status, o, &graphql.Response{Errors: gqlerror.List{err}})
}

// requestErrorStatus returns the status of a well-formed request that is not executed because of the errors.
func requestErrorStatus(media string, errs gqlerror.List) int {
	switch {
	case media == plainJSON:
		return http.StatusOK
	case errs[0].Extensions["code"] == codeForbidden:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// encode returns the JSON of a response in three parts, the second of which is its data as it is. One without data has no
// entry for it.
func encode(response *graphql.Response) [3][]byte {
	var head, tail bytes.Buffer
	separator := "{"
	entry := func(to *bytes.Buffer, name string, value any) {
		to.WriteString(separator + `"` + name + `":`)
		if separator = ","; value != nil {
			text, err := json.Marshal(value)
			if err != nil {
				panic(err) // an extension that is no JSON
			}
			to.Write(text)
		}
	}
	if len(response.Errors) > 0 {
		entry(&head, "errors", response.Errors)
	}
	if response.Data != nil {
		entry(&head, "data", nil)
	}
	if len(response.Extensions) > 0 {
		entry(&tail, "extensions", response.Extensions)
	}
	if separator == "{" {
		head.WriteString(separator)
	}
	tail.WriteByte('}')
	return [3][]byte{head.Bytes(), response.Data, tail.Bytes()}
}

// write writes a response.
func write(w http.ResponseWriter, media string, status int, o *Outcome, response *graphql.Response) {
	if response == nil { // the caller has gone
		return
	}
	parts, length := encode(response), 0
	for _, part := range parts {
		length += len(part)
	}
	if again, after := o.retry(); again != 0 {
		status = again
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	w.Header().Set("Cache-Control", "private, no-store") // an answer is one caller's
	w.Header().Add("Vary", "Accept, Authorization")
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(status)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return // the caller has gone
		}
	}
}

// asError returns err as an error that can be written.
func asError(err error) *gqlerror.Error {
	if shown, ok := errors.AsType[*gqlerror.Error](err); ok {
		return shown
	}
	return gqlerror.WrapIfUnwrapped(err)
}
