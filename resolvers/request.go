package resolvers

import (
	"context"
	"net/http"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/projection"
)

// request is what the resolvers of one HTTP request share.
type request struct {
	principal *canonical.Principal
	// pages reads lists, keys reads by key; they differ in their pool only.
	pages, keys *projection.Reader
	loaders     *loaders
	// proof is the check of who the caller is, if the request has begun before it.
	proof *proof
	// noFreshness says that the caller does without extensions.freshness.
	noFreshness bool
	// dryRun is the dry run that the root field of a mutation has made; nil if there is none.
	dryRun *canonical.DryRun
}

type requestKey struct{}

// withRequest returns the context of r with a new request of the principal, which reads in the given mode. Its first read proves
// who the caller is, if there is a proof.
func withRequest(r *http.Request, c *Config, principal *canonical.Principal, mode projection.Mode, by *proof) context.Context {
	reader := projection.Reader{
		DB:             c.DB,
		OrganizationID: principal.Actor.OrganizationID,
		Mode:           mode,
		MaxWait:        c.ExactWait,
		Freshness:      &projection.Freshness{},
		Logger:         c.Logger,
	}
	keys := reader
	keys.DB = c.LoaderDB
	if by != nil {
		reader.DB, keys.DB = &proving{c.DB, by}, &proving{c.LoaderDB, by}
	}
	req := &request{principal: principal, pages: &reader, keys: &keys, proof: by, noFreshness: r.Header.Get(FreshnessHeader) == "off"}
	ctx := context.WithValue(r.Context(), requestKey{}, req)
	req.loaders = &loaders{ctx: ctx}
	return ctx
}

// requestFrom returns the request that withRequest has put into the context. Every context of a
// resolver has one.
func requestFrom(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

// today returns the current day of the caller's organization, as of authentication.
func (r *request) today() model.Date { return r.principal.Viewer.Organization.Today }

// forMutation returns a context for one root field of a mutation. It has new loaders, so that
// nothing read before the field's write is used after it. In the mode stored the payload is read in
// the mode auto, so that it shows the write.
func forMutation(ctx context.Context) context.Context {
	req := *requestFrom(ctx)
	if req.pages.Mode == projection.Stored {
		pages, keys := *req.pages, *req.keys
		pages.Mode, keys.Mode = projection.Auto, projection.Auto
		req.pages, req.keys = &pages, &keys
	}
	ctx = context.WithValue(ctx, requestKey{}, &req)
	req.loaders = &loaders{ctx: ctx}
	return ctx
}
