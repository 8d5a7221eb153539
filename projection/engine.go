package projection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Engine keeps the stored copies: it refreshes, rebuilds, verifies and pauses them. It is a
// prometheus.Collector too.
type Engine struct {
	pool   *pgxpool.Pool
	logger *slog.Logger
	// Batch is the number of keys that one refresh statement computes.
	Batch   int
	kinds   sync.Map // a projection's name to its kind, which never changes
	upkeep  sync.Map // a projection's name to its *upkeep
	metrics metrics
}

// New makes an engine on a pool whose connections run READ COMMITTED by default, as the role
// that owns the tables.
func New(pool *pgxpool.Pool, logger *slog.Logger) *Engine {
	return &Engine{pool: pool, logger: logger, Batch: 200, metrics: newMetrics()}
}

// UnknownError names a projection that does not exist.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string { return fmt.Sprintf("no projection is named %q", e.Name) }

// PausedError names a projection that cannot be worked on because it is paused.
type PausedError struct{ Name string }

func (e *PausedError) Error() string {
	return fmt.Sprintf("projection %s is paused: resume it first", e.Name)
}

// Status describes one projection, as engine.status() returns it.
type Status struct {
	Name string
	// Kind is "table", "materialized_view" or "sum".
	Kind string
	// Replaces names the projection of which this is the next definition, not yet in use;
	// nil for a projection that is in use.
	Replaces *string
	Paused   bool
	// Built says that the stored copy has been complete once.
	Built bool
	// Backlog is the number of marks; OldestMark is the age of the oldest, 0 without any.
	Backlog     int64
	OldestMark  time.Duration
	Quarantined int64
	// VerifiedAt is when the last complete verification ended; DriftFound counts the
	// differences that all verifications have found.
	VerifiedAt *time.Time
	DriftFound int64
}

// List describes all projections, by name.
func (e *Engine) List(ctx context.Context) ([]Status, error) {
	rows, err := e.pool.Query(ctx, "SELECT name, kind, replaces, paused, built, backlog, oldest_mark, quarantined, verified_at, drift_found FROM engine.status()")
	if err != nil {
		return nil, fmt.Errorf("list projections: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Status])
	if err != nil {
		return nil, fmt.Errorf("list projections: %w", err)
	}
	return list, nil
}

// Built returns the names of the projections that are in use and whose stored copies have been complete once. Unlike
// List it asks for no marks.
func (e *Engine) Built(ctx context.Context) ([]string, error) {
	rows, _ := e.pool.Query(ctx, "SELECT name FROM engine.projections WHERE replaces IS NULL AND built_at IS NOT NULL")
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list built projections: %w", err)
	}
	return names, nil
}

// Adopt marks everything that changes may have passed by because triggers were switched off or the database was restored, makes
// these triggers anew, and returns the names of the projections that it has marked. Mostly there are none.
func (e *Engine) Adopt(ctx context.Context) ([]string, error) {
	rows, _ := e.pool.Query(ctx, "SELECT engine.adopt()")
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("adopt: %w", err)
	}
	return names, nil
}

// Pause stops the refreshing of the named projections, or of all. Exact reads stay exact.
func (e *Engine) Pause(ctx context.Context, names ...string) error {
	return e.setPaused(ctx, true, names)
}

// Resume lets the named projections, or all, be refreshed again. It does not refresh them.
func (e *Engine) Resume(ctx context.Context, names ...string) error {
	return e.setPaused(ctx, false, names)
}

func (e *Engine) setPaused(ctx context.Context, paused bool, names []string) error {
	if _, err := e.Names(ctx, names...); err != nil {
		return err
	}
	if _, err := e.pool.Exec(ctx, "UPDATE engine.projections SET paused = $1 WHERE name = ANY ($2) OR cardinality($2::text[]) = 0", paused, append([]string{}, names...)); err != nil {
		return fmt.Errorf("pause or resume: %w", err)
	}
	return nil
}

// Names returns the given names if all of them are projections, else an UnknownError. Without
// any, it returns all projections, sorted.
func (e *Engine) Names(ctx context.Context, names ...string) ([]string, error) {
	rows, err := e.pool.Query(ctx, "SELECT name FROM engine.projections ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list projections: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list projections: %w", err)
	}
	if len(names) == 0 {
		return all, nil
	}
	for _, n := range names {
		if !slices.Contains(all, n) {
			return nil, &UnknownError{n}
		}
	}
	return names, nil
}

// Kind returns a projection's kind: "table", "materialized_view" or "sum". A name that is none
// is an UnknownError.
func (e *Engine) Kind(ctx context.Context, name string) (string, error) {
	if kind, ok := e.kinds.Load(name); ok {
		return kind.(string), nil
	}
	var kind string
	err := e.pool.QueryRow(ctx, "SELECT kind FROM engine.projections WHERE name = $1", name).Scan(&kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", &UnknownError{name}
	}
	if err != nil {
		return "", fmt.Errorf("projection %s: %w", name, err)
	}
	e.kinds.Store(name, kind)
	return kind, nil
}
