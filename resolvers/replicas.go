package resolvers

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/replicas"
	"daybook/projection"
)

// AfterHeader is the request header in which a caller sends the token of a mutation's answer: a query then shows that mutation, and
// may be older than what others have written since. Without it, a query shows all that was answered before it began, from whichever
// server.
const AfterHeader = "Daybook-After"

var replicaReads = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "daybook_replica_queries_total",
	Help: "Queries by where they were read from: replica, primary (no replica had come to what they must show), or failed_over (a replica failed in the middle)."}, []string{"read"})

// readsFeed reports whether a query reads the feed of changes. Where that ends is a matter of the transactions that one server knows of:
// a cursor of a replica that is ahead would be behind the end of the next one's.
func readsFeed(operation *graphql.OperationContext) bool {
	return slices.ContainsFunc(graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Query"}),
		func(field graphql.CollectedField) bool { return field.Name == "changes" })
}

// readFromReplica has a query read from a replica that shows what it must, if there is one in time. The feed of changes, and what is
// read beside it, comes from the primary.
func (c *Config) readFromReplica(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	req := requestFrom(ctx)
	if operation := graphql.GetOperationContext(ctx); operation.Operation.Operation != ast.Query || readsFeed(operation) {
		return next(ctx)
	}
	var after replicas.Position
	if req.after != nil {
		after = *req.after
	} else {
		var err error
		if after, err = replicas.Reached(ctx, req.pages.DB); err != nil {
			return next(ctx) // which fails for the same reason
		}
	}
	replica := c.Replicas.At(ctx, after)
	if replica == nil {
		replicaReads.WithLabelValues("primary").Inc()
		return next(ctx)
	}
	replicaReads.WithLabelValues("replica").Inc()
	failed, primary := &atomic.Int32{}, req.pages.DB
	req.pages.DB = &replicaDB{req.noting(replica.Pages), req.pages.DB.(sender), failed}
	req.keys.DB = &replicaDB{req.noting(replica.Keys), req.keys.DB.(sender), failed}
	respond := next(ctx)
	if req.after != nil { // it is no older than the token, and need not ask the primary
		return respond
	}
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		if response != nil {
			if err := replica.AwaitVisible(ctx, primary); err != nil {
				c.Logger.DebugContext(ctx, "a query of a replica may be ahead of the primary", "error", err)
			}
		}
		return response
	}
}

// reportToken adds extensions.token to a mutation's answer: AfterHeader takes it.
func (c *Config) reportToken(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response == nil || !graphql.HasOperationContext(ctx) { // a request that was refused has no operation
		return response
	}
	if operation := graphql.GetOperationContext(ctx).Operation; operation == nil || operation.Operation != ast.Mutation {
		return response
	}
	reached, err := replicas.Reached(ctx, c.DB)
	if err != nil { // what was written is answered all the same
		c.Logger.WarnContext(ctx, "a mutation is answered without a token", "error", err)
		return response
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["token"] = reached.String()
	return response
}

// sender is what package projection reads by.
type sender interface {
	projection.Querier
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// replicaDB reads from a replica, and from the primary once the replica has failed in the request.
type replicaDB struct {
	replica sender
	primary sender
	failed  *atomic.Int32 // how many statements have
}

func (r *replicaDB) db() sender {
	if r.failed.Load() > 0 {
		return r.primary
	}
	return r.replica
}

// Query is for package projection.
func (r *replicaDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return r.db().Query(ctx, sql, args...)
}

// SendBatch is for package projection.
func (r *replicaDB) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return r.db().SendBatch(ctx, b)
}

// RunAgain is for package projection. What a replica cannot read now, because it is down, was promoted or has cancelled a statement
// for the sake of replaying, the primary can; what takes too long is not tried again. Of statements that were under way together, ten are run again.
func (r *replicaDB) RunAgain(ctx context.Context, err error) bool {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok && failure.Code == pgerrcode.QueryCanceled || !unavailable(ctx, err) {
		return false
	}
	failed := r.failed.Add(1)
	if failed == 1 {
		replicaReads.WithLabelValues("failed_over").Inc()
	}
	return failed <= 10
}
