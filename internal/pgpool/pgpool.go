// Package pgpool opens connection pools whose connections all have the same settings that change what SQL means or
// prints: time zone, date and interval style, search path, float digits.
//
// The settings are sent when a connection starts, so they override ALTER ROLE, ALTER DATABASE, postgresql.conf and the
// URL. They must not differ: stored copies are compared with their definition as text, and two connections that print
// one value in two ways would look like drift.
package pgpool

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options of a pool. The zero value is useful.
type Options struct {
	// ApplicationName is shown in pg_stat_activity; empty means "daybook".
	ApplicationName string
	// MaxConns is the largest number of connections; 0 means pgx's own default, four or one for each CPU.
	MaxConns int32
	// GenericPlans plans each prepared statement once, for all parameters. It suits look-ups by key, which run the same
	// statement very often, but not filters whose best plan depends on the value.
	GenericPlans bool
	// IndexPlans has no plan read a table from end to end that has an index. It suits writes, which look rows up by key:
	// the plan that a session made while a table was small stays good when it has grown.
	IndexPlans bool
	// Limits bound what a connection waits for; the zero value bounds nothing.
	Limits
	// OnError is called with every error that the server reports; nil for none.
	OnError func(*pgconn.PgError)
	// Tracer traces every query; nil for none.
	Tracer pgx.QueryTracer
}

// Limits are PostgreSQL's own time-outs. Each is 0 for none.
type Limits struct {
	// Lock bounds how long a statement waits for a lock before it fails.
	Lock time.Duration
	// Statement bounds how long a statement runs before it is cancelled.
	Statement time.Duration
	// Idle bounds how long an open transaction waits for its next statement before its connection is ended, so that a
	// transaction that was forgotten keeps no locks and no dead rows.
	Idle time.Duration
}

// settings are the limits as PostgreSQL's settings. What is not limited here keeps the setting of the role, of the
// database or of the server.
func (l Limits) settings() map[string]string {
	settings := map[string]string{}
	for name, limit := range map[string]time.Duration{
		"lock_timeout": l.Lock, "statement_timeout": l.Statement, "idle_in_transaction_session_timeout": l.Idle,
	} {
		if limit > 0 {
			settings[name] = strconv.FormatInt(limit.Milliseconds(), 10)
		}
	}
	return settings
}

// pinned are the settings of every connection.
var pinned = map[string]string{
	"timezone":           "UTC",
	"datestyle":          "ISO, YMD",
	"intervalstyle":      "postgres",
	"search_path":        "public",
	"extra_float_digits": "1",
	"jit":                "off",
	// Of a disk without moving parts. PostgreSQL's own default has it read and sort tables where an index has what is asked for.
	"random_page_cost": "1.1",
	// The least similarity of a misspelt word: lovlace and lovelace have 0.55, tabel and table 0.5.
	"pg_trgm.word_similarity_threshold": "0.5",
}

// statementCache is the number of prepared statements that each connection keeps.
const statementCache = 512

// Open returns a pool for url, a postgres:// URL or a key=value string, after one successful connection. ctx bounds that
// connection only. The caller closes the pool.
func Open(ctx context.Context, url string, o Options) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	params := config.ConnConfig.RuntimeParams
	maps.DeleteFunc(params, func(name, _ string) bool { // names of settings ignore case: TimeZone is timezone
		_, ours := pinned[strings.ToLower(name)]
		return ours
	})
	maps.Copy(params, pinned)
	params["application_name"] = "daybook"
	if o.ApplicationName != "" {
		params["application_name"] = o.ApplicationName
	}
	if o.GenericPlans {
		params["plan_cache_mode"] = "force_generic_plan"
	}
	if o.IndexPlans {
		params["enable_seqscan"] = "off"
	}
	maps.Copy(params, o.Limits.settings())
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	config.ConnConfig.StatementCacheCapacity = statementCache
	config.ConnConfig.Tracer = o.Tracer
	if o.OnError != nil {
		closes := config.ConnConfig.OnPgError // after a FATAL error
		config.ConnConfig.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
			o.OnError(err)
			return closes(conn, err)
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to database: %w", err)
	}
	return pool, nil
}
