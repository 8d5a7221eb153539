// Package requestid carries the id of an HTTP request in the context, so that its log lines, its trace and its changes in
// the audit log can be found by one id.
package requestid

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

// Header is the HTTP header that a request may bring its id in, and that every response has.
const Header = "X-Request-Id"

// acceptable is the form of a caller's id, which is written to logs and to the database as it is.
var acceptable = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type key struct{}

// With returns a context that carries id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// From returns the id that ctx carries, or "" outside a request.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Middleware gives every request an id: the one in its Header if that has 1 to 64 letters, digits, dots, dashes and
// underscores, else a random one.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(Header)
		if !acceptable.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(Header, id)
		next.ServeHTTP(w, r.WithContext(With(r.Context(), id)))
	})
}
