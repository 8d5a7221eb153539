package resolvers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/graphqlhttp"
	"daybook/internal/live"
	"daybook/projection"
)

// liveQuery is the query of a live subscription. Those that are equal have the same answers, whoever subscribes, and are run
// once for all.
type liveQuery struct {
	liveKey
	operations *operations
	query      *graphql.OperationContext
	cost       int
}

// liveKey tells which live queries are equal.
type liveKey struct {
	document, operation, alias string
	variables                  live.Digest
	organization               int64
	role                       model.Role
	// stores are those that the caller is bound to, as text; empty for none.
	stores string
	// user is the caller where the answer depends on who asks, else 0.
	user  int64
	reads reading
}

// live subscribes to the answers of what is selected in the field.
func (o *operations) live(ctx context.Context, operation *graphql.OperationContext, field graphql.CollectedField) graphql.ResponseHandler {
	req := requestFrom(ctx)
	variables, err := json.Marshal(operation.Variables)
	if err != nil {
		return graphql.OneShot(o.DispatchError(ctx, gqlerror.List{badInput("the variables cannot be written as JSON")}))
	}
	q := &liveQuery{operations: o, query: asQuery(operation, field.Selections), liveKey: liveKey{
		document: operation.RawQuery, operation: operation.Operation.Name, variables: sha256.Sum256(variables), alias: field.Alias,
		organization: req.principal.Actor.OrganizationID, role: req.principal.Actor.Role, stores: storesOf(req.principal), reads: req.reading,
	}}
	q.reads.after = nil                   // each run shows what has woken it, and is no older than the token
	if q.reads.mode != projection.Exact { // what is stored may be old, and nothing is announced when it is not any more
		q.reads.mode = projection.Auto
	}
	q.cost = o.costs.selection(q.query.Operation.SelectionSet, q.query.Variables)
	if personal(field.Selections, operation.Variables) {
		q.user = req.principal.Actor.UserID
	}
	s := live.Subscribe(o.config.Live, q.liveKey, req.token, live.Query[string, *graphql.Response]{Organization: q.organization, Run: q.run, Digest: digestOf})
	context.AfterFunc(ctx, s.Close)
	return func(next context.Context) *graphql.Response {
		answer, err := s.Next(next)
		if errors.Is(err, live.ErrEnded) {
			graphqlhttp.NoteRevoked(ctx)
		}
		if err != nil {
			return nil
		}
		return answer
	}
}

// personalFields are the fields whose answers depend on who asks, beside their organization and role.
var personalFields = []string{"viewer", "mySettings", "notifications", "inbox", "tokens", "entity"}

// personal reports whether one of them is selected, or a record by its id that not everybody of a role may read.
func personal(set ast.SelectionSet, variables map[string]any) bool {
	return slices.ContainsFunc(set, func(selection ast.Selection) bool {
		switch s := selection.(type) {
		case *ast.Field:
			return slices.Contains(personalFields, s.Name) || namesToken(s, variables) || personal(s.SelectionSet, variables)
		case *ast.InlineFragment:
			return personal(s.SelectionSet, variables)
		case *ast.FragmentSpread:
			return personal(s.Definition.SelectionSet, variables)
		}
		return false
	})
}

// namesToken reports whether an argument of a field is the id of a token, or has one.
func namesToken(field *ast.Field, variables map[string]any) (found bool) {
	for name, value := range field.ArgumentMap(variables) {
		if declared := field.Definition.Arguments.ForName(name); declared != nil && declared.Type.Name() == "ID" {
			eachID(value, declared.Type, "", func(_ string, id model.ID) { found = found || id.Type == "Token" })
		}
	}
	return found
}

// digestOf is equal for answers that show the same. How they were read is not part of it.
func digestOf(answer *graphql.Response) (digest live.Digest) {
	errs, err := json.Marshal(answer.Errors)
	if err != nil {
		panic(err) // which could not be sent either
	}
	return sha256.Sum256(slices.Concat(answer.Data, errs))
}

// run answers the query for the subscribers with the tokens: for one of those who may see the answer still, and whose member's
// allowance has its cost. The first answer of a subscriber is paid for already, as the subscription itself. A run that comes to nothing
// may be repeated after as long a pause as it took.
func (q *liveQuery) run(ctx context.Context, tokens []string, first bool) (result live.Result[*graphql.Response]) {
	c, begun := q.operations.config, time.Now() //nolint:forbidigo // a duration
	defer func() {
		if panicked := recover(); panicked != nil {
			c.Logger.ErrorContext(ctx, "a live query panicked", "panic", panicked, "stack", string(debug.Stack()))
			result = live.Result[*graphql.Response]{Failed: true}
		}
		if result.Failed && result.Again == 0 {
			result.Again = max(time.Second, time.Since(begun))
		}
	}()
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	readers, ended, err := q.readers(ctx, tokens)
	if err != nil {
		if ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "a live query is not answered now", "error", err)
		}
		result.Failed = true
		return result
	}
	if result.Ended = ended; len(readers) == 0 {
		return result
	}
	reader := readers[0]
	if !first {
		if reader, result.Again = q.operations.costs.allowances.payer(readers, q.cost); reader == nil {
			result.Failed = true
			return result
		}
	}
	ctx, outcome := graphqlhttp.WithOutcome(ctx)
	ctx, reads := watchReads(withRequest(ctx, c, reader, q.reads, nil))
	answer := q.operations.run(ctx, q.query)
	if tooLong(ctx) {
		result.Again = time.Since(begun)
		if answer == nil {
			answer = &graphql.Response{Errors: gqlerror.List{graphqlhttp.TooLong()}}
		}
	}
	if answer == nil || outcome.Unavailable() {
		result.Failed = true
		return result
	}
	if behind(ctx, answer) {
		result.Again = max(time.Second, result.Again)
	}
	result.Answer, result.Needs = q.below(answer), reads.needs()
	return result
}

// readers returns the subscribers with the tokens who may see the answer, and of each token whether it may not any more.
func (q *liveQuery) readers(ctx context.Context, tokens []string) (readers []*canonical.Principal, ended []bool, err error) {
	principals, err := canonical.AuthenticateAll(ctx, q.operations.config.DB, slices.Compact(slices.Sorted(slices.Values(tokens))))
	if err != nil {
		return nil, nil, err
	}
	ended = make([]bool, len(tokens))
	for i, t := range tokens {
		if p := principals[t]; p != nil && p.Actor.OrganizationID == q.organization && p.Actor.Role == q.role && storesOf(p) == q.stores && (q.user == 0 || p.Actor.UserID == q.user) {
			readers = append(readers, p)
		} else {
			ended[i] = true
		}
	}
	return readers, ended, nil
}

// behind reports whether an answer is not exact, because too much was waiting to be refreshed.
func behind(ctx context.Context, answer *graphql.Response) bool {
	return slices.ContainsFunc(requestFrom(ctx).pages.Freshness.Reports(), func(r projection.Report) bool { return r.Reason == "backlog" }) ||
		slices.ContainsFunc(answer.Errors, func(err *gqlerror.Error) bool { return err.Extensions["code"] == CodeBehind })
}

// below returns the answer as that of the field live.
func (q *liveQuery) below(answer *graphql.Response) *graphql.Response {
	within := &graphql.Response{Extensions: answer.Extensions, Data: answer.Data}
	for _, err := range answer.Errors {
		moved := *err
		moved.Path = append(ast.Path{ast.PathName(q.alias)}, err.Path...)
		within.Errors = append(within.Errors, &moved)
	}
	if len(answer.Data) > 0 && !bytes.Equal(answer.Data, []byte("null")) {
		within.Data = slices.Concat([]byte(`{"`+q.alias+`":`), answer.Data, []byte("}"))
	}
	return within
}
