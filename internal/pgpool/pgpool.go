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
	// LockTimeout bounds how long a statement waits for a lock before it fails; 0 means for ever.
	LockTimeout time.Duration
	// StatementTimeout bounds how long a statement runs before it is cancelled; 0 means for ever.
	StatementTimeout time.Duration
	// Tracer traces every query; nil for none.
	Tracer pgx.QueryTracer
}

// pinned are the settings of every connection.
var pinned = map[string]string{
	"timezone":           "UTC",
	"datestyle":          "ISO, YMD",
	"intervalstyle":      "postgres",
	"search_path":        "public",
	"extra_float_digits": "1",
	"jit":                "off",
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
	if o.LockTimeout > 0 {
		params["lock_timeout"] = strconv.FormatInt(o.LockTimeout.Milliseconds(), 10)
	}
	if o.StatementTimeout > 0 {
		params["statement_timeout"] = strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10)
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	config.ConnConfig.StatementCacheCapacity = statementCache
	config.ConnConfig.Tracer = o.Tracer
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
