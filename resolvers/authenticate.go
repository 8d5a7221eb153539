package resolvers

import (
	"context"
	"errors"
	"net/http"

	"daybook/canonical"
	"daybook/internal/graphqlhttp"
	"daybook/internal/identity"
	"daybook/internal/replicas"
	"daybook/internal/requestid"
	"daybook/projection"
)

// ReadHeader is the request header that chooses how read models are read: auto (the
// default), exact, stored or within and a duration.
const ReadHeader = "Daybook-Read"

// FreshnessHeader is the request header that says when a caller wants extensions.freshness: on is always, off is never. Left out,
// it is in answers that say something by it.
const FreshnessHeader = "Daybook-Freshness"

// CostHeader is the request header with which a caller asks for extensions.cost: report.
const CostHeader = "Daybook-Cost"

// authenticate passes on a request with a valid token, under a context from withRequest, and
// refuses every other. The token decides what can be read and written, ReadHeader how exact reads
// are. What may be answered by a stream is passed on, to authenticate each operation.
//
// A token that was seen before is checked in the round trip of the request's first read (see proof). Nothing is answered
// and nothing is written before that check has found the same member, or, where it has not, the request has begun anew.
func authenticate(c *Config, next http.Handler) http.Handler {
	claims := canonical.NewClaims()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost || graphqlhttp.Streams(r) {
			next.ServeHTTP(w, r) // says which methods there are, and nothing else
			return
		}
		reads, refusal := c.parseReading(r.Header)
		if refusal != nil {
			graphqlhttp.RefuseOperation(w, r, refusal)
			return
		}
		token, err := canonical.ParseBearer(r.Header.Get("Authorization"))
		var principal *canonical.Principal
		if err == nil {
			var claim *canonical.Claim
			if claim, err = claims.Claim(token); err == nil {
				if answerOnProof(w, r, c, token, claim, reads, next) {
					return
				}
				principal, err = c.admitted(r.Context(), token, func() (*canonical.Principal, error) { return claim.Authenticate(r.Context(), c.DB) })
			}
		}
		if err != nil {
			graphqlhttp.RefuseOperation(w, r, c.refusal(r.Context(), err))
			return
		}
		principal.Actor.RequestID = requestid.From(r.Context())
		ctx := withRequest(r.Context(), c, principal, reads, nil)
		requestFrom(ctx).token = token
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// authenticateOperation returns a context from withRequest for an operation of a stream or websocket with the headers, or
// why it is refused.
func (c *Config) authenticateOperation(ctx context.Context, header http.Header) (context.Context, *graphqlhttp.Refusal) {
	reads, refusal := c.parseReading(header)
	if refusal != nil {
		return nil, refusal
	}
	token, err := canonical.ParseBearer(header.Get("Authorization"))
	var principal *canonical.Principal
	if err == nil {
		principal, err = c.admitted(ctx, token, func() (*canonical.Principal, error) { return canonical.Authenticate(ctx, c.DB, token) })
	}
	if err != nil {
		return nil, c.refusal(ctx, err)
	}
	principal.Actor.RequestID = requestid.From(ctx)
	ctx = withRequest(ctx, c, principal, reads, nil)
	requestFrom(ctx).token = token
	return ctx, nil
}

// admitted returns what authenticate does. Of a token that is not known, but has been signed by the identity provider, it is what
// authenticate does once the token is entered among its member's.
func (c *Config) admitted(ctx context.Context, token string, authenticate func() (*canonical.Principal, error)) (*canonical.Principal, error) {
	principal, err := authenticate()
	if c.Identities == nil || !errors.Is(err, canonical.ErrUnauthenticated) || !identity.Form(token) {
		return principal, err
	}
	named, err := c.Identities.Verify(ctx, token)
	switch {
	case errors.Is(err, identity.ErrInvalid):
		c.Logger.InfoContext(ctx, "a token of the identity provider is refused", "request", requestid.From(ctx), "error", err)
		return nil, canonical.ErrUnauthenticated
	case err != nil:
		c.Logger.WarnContext(ctx, "the identity provider cannot be asked", "request", requestid.From(ctx), "error", err)
		return nil, errProviderDown
	}
	if err := c.Store.TokenEnter(ctx, canonical.IssuedToken{
		Token: token, Issuer: named.Issuer, Email: named.Email, OrganizationID: named.OrganizationID, Expires: named.Expires,
	}); err != nil {
		return nil, err
	}
	return authenticate()
}

// errProviderDown says that nobody knows whether a token is valid.
var errProviderDown = errors.New("the identity provider cannot be asked")

// parseReading returns what ReadHeader, FreshnessHeader, CostHeader, StatementsHeader and AfterHeader say.
func (c *Config) parseReading(header http.Header) (reads reading, refusal *graphqlhttp.Refusal) {
	var err error
	if reads.mode, err = projection.ParseMode(header.Get(ReadHeader)); err != nil {
		return reads, &graphqlhttp.Refusal{Status: http.StatusBadRequest, Err: badInput("%s must be auto, exact, stored or within=2s", ReadHeader)}
	}
	switch reads.freshness = header.Get(FreshnessHeader); reads.freshness {
	case "", "on", "off":
	default:
		return reads, &graphqlhttp.Refusal{Status: http.StatusBadRequest, Err: badInput("%s must be on or off, or left out", FreshnessHeader)}
	}
	switch header.Get(CostHeader) {
	case "report":
		reads.cost = true
	case "":
	default:
		return reads, &graphqlhttp.Refusal{Status: http.StatusBadRequest, Err: badInput("%s must be report, or left out", CostHeader)}
	}
	reads.statements = c.Statements && header.Get(StatementsHeader) == "report"
	if token := header.Get(AfterHeader); token != "" {
		after, err := replicas.ParsePosition(token)
		if err != nil {
			return reads, &graphqlhttp.Refusal{Status: http.StatusBadRequest, Err: badInput("%s is %s", AfterHeader, err)}
		}
		reads.after = &after
	}
	return reads, nil
}

// refusal returns the answer to an operation whose caller could not be authenticated.
func (c *Config) refusal(ctx context.Context, err error) *graphqlhttp.Refusal {
	switch {
	case errors.Is(err, canonical.ErrUnauthenticated):
		return &graphqlhttp.Refusal{Status: http.StatusUnauthorized, Err: coded(CodeUnauthenticated, "A valid bearer token is required.")}
	case errors.Is(err, canonical.ErrSeveralOrganizations):
		return &graphqlhttp.Refusal{Status: http.StatusUnauthorized, Err: coded(CodeUnauthenticated, "The token's user is a member of several organizations: its claim daybook_organization must name one by its number.")}
	case errors.Is(err, errProviderDown):
		return &graphqlhttp.Refusal{Status: http.StatusServiceUnavailable, Err: tryAgain()}
	case unavailable(ctx, err):
		c.Logger.WarnContext(ctx, "the database is not available", "request", requestid.From(ctx), "error", err)
		return &graphqlhttp.Refusal{Status: http.StatusServiceUnavailable, Err: tryAgain()}
	}
	c.Logger.ErrorContext(ctx, "cannot authenticate", "request", requestid.From(ctx), "error", err)
	return &graphqlhttp.Refusal{Status: http.StatusInternalServerError, Err: coded(CodeInternal, "Something went wrong on our side.")}
}
