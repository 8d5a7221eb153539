package resolvers

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/time/rate"

	"daybook/internal/graphqlhttp"
)

const (
	// burst is how many seconds' allowance a member may have saved up, and one operation may take at once.
	burst = 60
	// maxAllowances is of how many members the allowances are remembered.
	maxAllowances = 10_000
)

// member is whose allowance an operation is taken from: all tokens of a member share one.
type member struct{ organization, user int64 }

// allowances bound what the operations of each member cost, in this process.
type allowances struct {
	perSecond int
	mu        sync.Mutex
	latest    *simplelru.LRU[member, *rate.Limiter]
}

// newAllowances returns allowances of perSecond for each member; nil, which bounds nothing, if that is 0.
func newAllowances(perSecond int) *allowances {
	if perSecond == 0 {
		return nil
	}
	latest, err := simplelru.NewLRU[member, *rate.Limiter](maxAllowances, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &allowances{perSecond: perSecond, latest: latest}
}

// take takes the cost of an operation from the caller's allowance, or says when it may be asked for again. An operation that
// costs more than can be saved up waits for a full allowance.
func (a *allowances) take(ctx context.Context, cost int) *gqlerror.Error {
	if a == nil {
		return nil
	}
	actor := requestFrom(ctx).principal.Actor
	now := graphql.GetStartTime(ctx)
	reserved := a.of(member{actor.OrganizationID, actor.UserID}).ReserveN(now, min(cost, a.perSecond*burst))
	wait := reserved.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reserved.CancelAt(now)
	graphqlhttp.NoteLimited(ctx, wait)
	return coded(CodeRateLimited, "This member's operations may cost %d a second; this one costs %d and may be asked for again in %d ms.", a.perSecond, cost, wait.Milliseconds()+1)
}

func (a *allowances) of(m member) *rate.Limiter {
	a.mu.Lock()
	defer a.mu.Unlock()
	limiter, known := a.latest.Get(m)
	if !known {
		limiter = rate.NewLimiter(rate.Limit(a.perSecond), a.perSecond*burst)
		a.latest.Add(m, limiter)
	}
	return limiter
}

// boundLoaders lets the batches of a query end with the operation's own context, which may have a limit of time.
func boundLoaders(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Query {
		requestFrom(ctx).loaders = &loaders{ctx: ctx}
	}
	return next(ctx)
}
