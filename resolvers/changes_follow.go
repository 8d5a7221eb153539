package resolvers

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/internal/audit"
	"daybook/internal/graphqlhttp"
	"daybook/internal/live"
)

const (
	// followApart is the least time between two answers of a subscription to changes, but where more wait already.
	followApart = 100 * time.Millisecond
	// followHeld is how soon the feed is looked at again where it is held back, and followRenew where it is not.
	followHeld, followRenew = 50 * time.Millisecond, time.Minute
)

// following is one subscription to changes.
type following struct {
	follower
	operations *operations
	query      *graphql.OperationContext
	// of is the request of the subscription: who it is of, and how it reads.
	of    *request
	watch *live.Watch
	cost  int
	// begun says that there was an answer, ended that there is no other.
	begun, ended bool
	// pause is how long to wait at most until the feed is looked at, and next when there may be an answer.
	pause time.Duration
	next  time.Time
}

// follow subscribes to what comes behind the cursor that the field is given, or without one to what comes from now on.
func (o *operations) follow(ctx context.Context, operation *graphql.OperationContext, field graphql.CollectedField) graphql.ResponseHandler {
	schema := o.Schema
	asked := *field.Field
	asked.SelectionSet = field.Selections
	asked.ObjectDefinition, asked.Definition = schema.Query, schema.Query.Fields.ForName(field.Name)
	f := &following{operations: o, query: asQuery(operation, ast.SelectionSet{&asked}), of: requestFrom(ctx)}
	f.cost = o.costs.selection(f.query.Operation.SelectionSet, f.query.Variables)
	if after, given := field.ArgumentMap(operation.Variables)["after"].(string); given {
		f.after = &after
	} else {
		end, err := audit.FeedEnd(ctx, o.config.DB)
		if err != nil {
			return graphql.OneShot(o.DispatchError(ctx, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}))
		}
		f.after = new(end.Cursor(f.of.principal.Actor.OrganizationID))
	}
	f.watch = o.config.Live.Watch(f.of.principal.Actor.OrganizationID)
	context.AfterFunc(ctx, f.watch.Close)
	return func(next context.Context) *graphql.Response { return f.answer(next, ctx) }
}

// answer waits for the next part of the feed with events, and returns it; nil at the end. The first answer may have none.
// subscribed is the context of the subscription.
func (f *following) answer(ctx, subscribed context.Context) *graphql.Response {
	for !f.ended && f.wait(ctx) {
		answer := f.look(ctx, subscribed)
		if answer == nil || f.begun && f.read && f.events == 0 {
			continue
		}
		if f.begun, f.ended = true, !f.read; !f.more {
			f.next = time.Now().Add(followApart) //nolint:forbidigo // a pause
		}
		return answer
	}
	return nil
}

// wait returns when the feed is to be looked at; false if ctx has ended.
func (f *following) wait(ctx context.Context) bool {
	apart := time.NewTimer(time.Until(f.next))
	defer apart.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-apart.C:
	}
	pause := time.NewTimer(f.pause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-f.watch.Woken():
	case <-pause.C:
	}
	return true
}

// look reads the next part of the feed; nil if it cannot be read now, or the subscription has ended. A part is charged to its member,
// but for the first, which is paid for as the subscription itself, and those without events.
func (f *following) look(ctx, subscribed context.Context) *graphql.Response {
	c, allowances := f.operations.config, f.operations.costs.allowances
	end, ok := c.Live.Turn(ctx, f.of.principal.Actor.OrganizationID)
	if !ok {
		return nil
	}
	defer end()
	began := time.Now() //nolint:forbidigo // a duration
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	principal, err := canonical.Authenticate(ctx, c.DB, f.of.token)
	if errors.Is(err, canonical.ErrUnauthenticated) {
		graphqlhttp.NoteRevoked(subscribed)
		f.ended = true
		return nil
	}
	last := f.pause
	if f.pause = time.Second; err != nil {
		return nil
	}
	payer := member{principal.Actor.OrganizationID, principal.Actor.UserID}
	if wait := allowances.wait(payer, f.cost); f.begun && wait > 0 {
		f.next, f.pause = began.Add(wait), 0
		return nil
	}
	ctx, outcome := graphqlhttp.WithOutcome(ctx)
	ctx = context.WithValue(withRequest(ctx, c, principal, f.of.reading, nil), followerKey{}, &f.follower)
	before := f.follower
	f.read = false
	f.watch.Begin()
	answer := f.operations.run(ctx, f.query)
	f.watch.Done(live.Needs{live.Everything: nil})
	if f.begun && f.events > 0 {
		allowances.charge(payer, f.cost)
	}
	switch {
	case outcome.Unavailable(), tooLong(ctx): // nobody is told of this part, which is read again
		f.follower = before
		f.next = time.Now().Add(time.Since(began)) //nolint:forbidigo // a pause
		return nil
	case f.more:
		f.pause = 0
	case f.held && before.held:
		f.pause = min(2*max(last, followHeld), time.Second)
	case f.held:
		f.pause = followHeld
	default:
		f.pause = followRenew
	}
	return answer
}
