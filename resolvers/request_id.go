package resolvers

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

// RequestIDHeader is the header that names a request, in the answer always, in the request
// where the caller has a name for it.
const RequestIDHeader = "X-Request-Id"

// requestIDForm is what a caller may choose: the name goes into logs and audit records.
var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

type requestIDKey struct{}

// identify gives every request a name: the caller's, or a random one.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if !requestIDForm.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(RequestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// requestID returns the request's name; empty outside a request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
