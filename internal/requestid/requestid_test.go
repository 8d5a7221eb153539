package requestid_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"daybook/internal/requestid"
)

func TestMiddleware(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given string
		kept  bool
	}{
		{"abc-123_4.5", true},
		{"", false},
		{"with blank", false},
		{"line\nbreak", false},
		{strings.Repeat("x", 64), true},
		{strings.Repeat("x", 65), false},
	} {
		t.Run(strconv.Quote(c.given), func(t *testing.T) {
			var seen, theirs string
			h := requestid.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				seen, theirs = requestid.From(r.Context()), requestid.Client(r.Context())
			}))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set(requestid.Header, c.given)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if seen == "" || seen != w.Header().Get(requestid.Header) || seen == c.given {
				t.Errorf("the request has %q, the response %q", seen, w.Header().Get(requestid.Header))
			}
			if theirs != w.Header().Get(requestid.ClientHeader) || (theirs == c.given && c.given != "") != c.kept {
				t.Errorf("the caller's id is %q in the request, %q in the response", theirs, w.Header().Get(requestid.ClientHeader))
			}
		})
	}
}
