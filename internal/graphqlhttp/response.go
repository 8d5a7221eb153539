package graphqlhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// codeForbidden is the code of an error about what the caller may not do.
const codeForbidden = "FORBIDDEN"

// retryAfter is the value of the header Retry-After, in seconds.
const retryAfter = "1"

type outcomeKey struct{}

// outcome is what is noted while a request is executed.
type outcome struct{ unavailable atomic.Bool }

func withOutcome(ctx context.Context) (context.Context, *outcome) {
	o := &outcome{}
	return context.WithValue(ctx, outcomeKey{}, o), o
}

// NoteUnavailable gives the response to the request of ctx the status 503 with Retry-After.
func NoteUnavailable(ctx context.Context) {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		o.unavailable.Store(true)
	}
}

// Refuse answers a request that is not executed: with the error, in the media type that the caller prefers, or in
// application/json. A status of 503 comes with Retry-After.
func Refuse(w http.ResponseWriter, r *http.Request, status int, err *gqlerror.Error) {
	media := negotiate(r.Header.Values("Accept"))
	switch {
	case media == "":
		media = plainJSON
	case media == responseJSON && status == http.StatusOK:
		status = http.StatusBadRequest
	}
	o := &outcome{}
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

// write writes a response. One without data has no entry for it.
func write(w http.ResponseWriter, media string, status int, o *outcome, response *graphql.Response) {
	if response == nil { // the caller has gone
		return
	}
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
		entry(&head, "data", nil) // written below as it is, without a copy
	}
	if len(response.Extensions) > 0 {
		entry(&tail, "extensions", response.Extensions)
	}
	if separator == "{" {
		head.WriteString(separator)
	}
	tail.WriteByte('}')
	if o.unavailable.Load() {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Cache-Control", "private, no-store") // an answer is one caller's
	w.Header().Add("Vary", "Accept, Authorization")
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(head.Len()+len(response.Data)+tail.Len()))
	w.WriteHeader(status)
	for _, part := range [][]byte{head.Bytes(), response.Data, tail.Bytes()} {
		if _, err := w.Write(part); err != nil { //nolint:gosec // JSON, which is no page, under nosniff
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
