// Package requestid carries the id of one HTTP request through the context, so that its log lines, its trace and
// what it wrote to the database can be found together.
package requestid

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

// Header is read from requests and set on every answer.
const Header = "X-Request-Id"

// acceptable ids go into logs and into the database as they are.
var acceptable = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type key struct{}

// With returns a context that carries id.
func With(ctx context.Context, id string) context.Context { return context.WithValue(ctx, key{}, id) }

// From returns the id that ctx carries, or "" outside a request.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Middleware gives every request an id: the caller's, where its Header has 1 to 64 letters, digits, dots, dashes and
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
