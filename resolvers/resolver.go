// Package resolvers answers the GraphQL contract in graph/schema.
//
// There is one file per schema file. A query resolver turns its arguments into conditions
// on a read model and asks package projection for a page or for rows by key, or package
// internal/reports for a report. A mutation resolver is one call of mutate, which makes the
// write in package canonical and reads the saved record back by key. No resolver computes a
// value that a read model can hold. SQL stands here in three places: in the conditions of
// filters; in store_hours.go and day_parts.go, whose answers depend on the clock and are read
// from canonical rows; and in search_statements.go, for words and similarity.
//
// A newcomer reads invoices.go first: it declares its read model and its relations as data at
// the top. What all topics share lies in request.go (who asks, and how reads are made),
// loaders.go (batches), connection.go (pages), selections.go (lists and records that are answered from rows at once), write.go (mutations) and handler.go (HTTP,
// limits and errors).
package resolvers

import (
	"log/slog"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/canonical"
	"daybook/graph"
	"daybook/graph/generated"
	"daybook/internal/graphqlhttp"
	"daybook/internal/identity"
	"daybook/internal/live"
	"daybook/internal/observed"
	"daybook/internal/replicas"
)

// Config is what the resolvers need. A field is required unless it says otherwise.
type Config struct {
	// Store makes the writes.
	Store *canonical.Store
	// DB serves authentication and pages, whose plans depend on the filter.
	DB *pgxpool.Pool
	// LoaderDB serves reads by key. Their plan never depends on the keys, so its
	// connections may be set to plan_cache_mode = force_generic_plan.
	LoaderDB *pgxpool.Pool
	// ExactWait bounds how long a list waits in mode exact while more is behind than one
	// statement can make up for; 0 is 5 seconds.
	ExactWait time.Duration
	// FieldByField turns compiled selections off: gqlgen answers everything. Tests compare both.
	FieldByField bool
	// Operations counts and times what is executed; nil does not.
	Operations *observed.Statistics
	// Live tells subscriptions of changes; without it there are none.
	Live *live.Hub
	// Origins are the origins whose pages may open websockets, beside the server's own; none by default.
	Origins []string
	// Streams bound streams and websockets; the zero value has the defaults.
	Streams graphqlhttp.Limits
	// RateLimit is the cost a second that a member's operations may have in the long run; 0 is no limit.
	RateLimit int
	// MaxDuration bounds how long a query or mutation takes; 0 does not.
	MaxDuration time.Duration
	// Replicas serve the reads of queries that they have come to; without any the primary does.
	Replicas *replicas.Set
	// Identities verifies the tokens of an identity provider; nil accepts none.
	Identities *identity.Provider
	// Statements answers extensions.statements to callers who ask by StatementsHeader, as far as the pools have
	// pgpool.StatementTracer. It is for development only.
	Statements bool
	// Logger takes the internal errors that callers only see as INTERNAL.
	Logger *slog.Logger
}

// Resolver is the root that the generated code asks for the resolvers of each type.
type Resolver struct {
	store *canonical.Store
}

// published is the schema as its callers see it.
var published = sync.OnceValue(func() *ast.Schema { return graph.Published(generated.NewExecutableSchema(generated.Config{}).Schema()) })

// SDL returns the schema that the resolvers answer, in GraphQL's schema definition language.
func SDL() string { return graph.SDL(published()) }

// NewSchema returns the schema that the resolvers answer, as its callers see it.
func NewSchema(c Config) graphql.ExecutableSchema {
	return generated.NewExecutableSchema(generated.Config{Schema: published(), Resolvers: &Resolver{store: c.Store}})
}
