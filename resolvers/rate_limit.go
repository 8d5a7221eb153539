package resolvers

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/time/rate"

	"daybook/canonical"
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

// wait returns how long it takes until a member's allowance has the cost of an operation; 0 where it has.
func (a *allowances) wait(m member, cost int) time.Duration {
	if a == nil {
		return 0
	}
	short := float64(min(cost, a.perSecond*burst)) - a.of(m).Tokens()
	return max(0, time.Duration(short/float64(a.perSecond)*float64(time.Second)))
}

// charge takes the cost of an operation from a member's allowance, whether or not it has it.
func (a *allowances) charge(m member, cost int) {
	if a != nil {
		a.of(m).ReserveN(time.Now(), min(cost, a.perSecond*burst)) //nolint:forbidigo // allowances grow with the time of the process
	}
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

// payer charges the cost of an operation that several members ask for to one whose allowance has it. It returns nil where none has, and
// how long it takes until one will have.
func (a *allowances) payer(members []*canonical.Principal, cost int) (payer *canonical.Principal, wait time.Duration) {
	asked := map[member]bool{}
	for _, p := range members {
		m := member{p.Actor.OrganizationID, p.Actor.UserID}
		if asked[m] {
			continue
		}
		asked[m] = true
		short := a.wait(m, cost)
		if short == 0 {
			a.charge(m, cost)
			return p, 0
		}
		if wait == 0 || short < wait {
			wait = short
		}
	}
	return nil, wait
}

// bounded returns a context that ends when an operation has taken too long.
func (c *Config) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.MaxDuration == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, c.MaxDuration, graphqlhttp.ErrTooLong)
}

// tooLong reports whether a context from bounded has ended because of that.
func tooLong(ctx context.Context) bool { return errors.Is(context.Cause(ctx), graphqlhttp.ErrTooLong) }

// boundLoaders lets the batches of a query end with the operation's own context, which may have a limit of time.
func boundLoaders(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Query {
		requestFrom(ctx).loaders = &loaders{ctx: ctx}
	}
	return next(ctx)
}
