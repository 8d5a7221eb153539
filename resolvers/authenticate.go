package resolvers

import (
	"errors"
	"net/http"

	"daybook/canonical"
	"daybook/internal/graphqlhttp"
	"daybook/internal/requestid"
	"daybook/projection"
)

// ReadHeader is the request header that chooses how read models are read: auto (the
// default), exact or stored.
const ReadHeader = "Daybook-Read"

// FreshnessHeader is the request header with which a caller does without extensions.freshness: off.
const FreshnessHeader = "Daybook-Freshness"

// authenticate passes on a request with a valid token, under a context from withRequest, and
// refuses every other. The token decides what can be read and written, ReadHeader how exact reads
// are.
//
// A token that was seen before is checked in the round trip of the request's first read (see proof). Nothing is answered
// and nothing is written before that check has found the same member, or, where it has not, the request has begun anew.
func authenticate(c Config, next http.Handler) http.Handler {
	claims := canonical.NewClaims()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			next.ServeHTTP(w, r) // says which methods there are, and nothing else
			return
		}
		mode := projection.Auto
		if value := r.Header.Get(ReadHeader); value != "" {
			var err error
			if mode, err = projection.ParseMode(value); err != nil {
				graphqlhttp.Refuse(w, r, http.StatusBadRequest, badInput("%s must be auto, exact or stored", ReadHeader))
				return
			}
		}
		if value := r.Header.Get(FreshnessHeader); value != "" && value != "off" {
			graphqlhttp.Refuse(w, r, http.StatusBadRequest, badInput("%s must be off, or left out", FreshnessHeader))
			return
		}
		token, err := canonical.ParseBearer(r.Header.Get("Authorization"))
		var principal *canonical.Principal
		if err == nil {
			var claim *canonical.Claim
			if claim, err = claims.Claim(token); err == nil {
				if answerOnProof(w, r, &c, claim, mode, next) {
					return
				}
				principal, err = claim.Authenticate(r.Context(), c.DB)
			}
		}
		switch {
		case errors.Is(err, canonical.ErrUnauthenticated):
			w.Header().Set("WWW-Authenticate", `Bearer realm="daybook"`)
			graphqlhttp.Refuse(w, r, http.StatusUnauthorized, coded(CodeUnauthenticated, "A valid bearer token is required."))
		case err != nil && unavailable(r.Context(), err):
			c.Logger.WarnContext(r.Context(), "the database is not available", "request", requestid.From(r.Context()), "error", err)
			graphqlhttp.Refuse(w, r, http.StatusServiceUnavailable, tryAgain())
		case err != nil:
			c.Logger.ErrorContext(r.Context(), "cannot authenticate", "request", requestid.From(r.Context()), "error", err)
			graphqlhttp.Refuse(w, r, http.StatusInternalServerError, coded(CodeInternal, "Something went wrong on our side."))
		default:
			principal.Actor.RequestID = requestid.From(r.Context())
			next.ServeHTTP(w, r.WithContext(withRequest(r, &c, principal, mode, nil)))
		}
	})
}
