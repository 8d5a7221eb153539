// Package requestid carries the id of an HTTP request in the context, so that its log lines, its trace and its changes in
// the audit log can be found by one id; and the id that its caller has for it, so that the caller's log can be joined.
package requestid

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

// Header is the HTTP header of every response with the request's id, and the one of a request with the id that its
// caller has chosen; ClientHeader is the header of the response that repeats the caller's id.
const (
	Header       = "X-Request-Id"
	ClientHeader = "X-Client-Request-Id"
)

// acceptable is the form of a caller's id, which is written to logs as it is.
var acceptable = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type key struct{}

type clientKey struct{}

// With returns a context that carries id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// From returns the id that ctx carries, or "" outside a request.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Client returns the id that the caller has chosen for the request of ctx, or "" if there is none.
func Client(ctx context.Context) string {
	id, _ := ctx.Value(clientKey{}).(string)
	return id
}

// Middleware gives every request a random id, so that nobody can choose the id of somebody else's request. The
// caller's own id, in Header, is kept beside it if it has 1 to 64 letters, digits, dots, dashes and underscores.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set(Header, id)
		ctx := With(r.Context(), id)
		if theirs := r.Header.Get(Header); acceptable.MatchString(theirs) {
			w.Header().Set(ClientHeader, theirs)
			ctx = context.WithValue(ctx, clientKey{}, theirs)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
