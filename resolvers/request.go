package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgpool"
	"daybook/internal/replicas"
	"daybook/projection"
)

// request is what the resolvers of one operation share, or of one answer of a subscription.
type request struct {
	principal *canonical.Principal
	// token is what the principal was authenticated by; empty where nobody calls.
	token string
	// pages reads lists, keys reads by key; they differ in their pool only.
	pages, keys *projection.Reader
	loaders     *loaders
	// proof is the check of who the caller is, if the request has begun before it.
	proof *proof
	reading
	// noted is what the answer is read from; nil where nobody asks.
	noted *liveReads
	// dryRun is the dry run that the root field of a mutation has made; nil if there is none.
	dryRun *canonical.DryRun
	// secret is what the root field of a mutation has made and is shown in its answer alone.
	secret madeSecret
}

// reading is how a caller wants read models to be read.
type reading struct {
	mode projection.Mode
	// freshness is what FreshnessHeader says: on, off or nothing.
	freshness string
	// cost says that the caller asks for extensions.cost.
	cost bool
	// statements says that the caller asks for extensions.statements, and may.
	statements bool
	// after is what AfterHeader says; nil without it.
	after *replicas.Position
}

// madeSecret is the secret of a new record; empty if there is none.
type madeSecret struct {
	of   model.ID
	text string
}

// shown returns the secret if it is the record's, else nil.
func (s madeSecret) shown(record model.ID) *string {
	if s.text == "" || s.of != record {
		return nil
	}
	return &s.text
}

type requestKey struct{}

// withRequest returns the context with a new request of the principal, who reads so. Its first read proves who the caller is, if
// there is a proof.
func withRequest(ctx context.Context, c *Config, principal *canonical.Principal, reads reading, by *proof) context.Context {
	reader := projection.Reader{
		DB:             c.DB,
		OrganizationID: principal.Actor.OrganizationID,
		Stores:         principal.Actor.StoreKeys(),
		Mode:           reads.mode,
		MaxWait:        c.ExactWait,
		Freshness:      &projection.Freshness{},
		Logger:         c.Logger,
	}
	keys := reader
	keys.DB = c.LoaderDB
	if by != nil {
		reader.DB, keys.DB = &proving{c.DB, by}, &proving{c.LoaderDB, by}
	}
	req := &request{principal: principal, pages: &reader, keys: &keys, proof: by, reading: reads}
	if reads.statements {
		ctx = pgpool.CollectStatements(ctx)
	}
	ctx = context.WithValue(ctx, requestKey{}, req)
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
