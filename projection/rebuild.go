package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sliceSize is how many keys a rebuild or a verification takes at a time: few enough that
// exact reads stay exact meanwhile, and that no snapshot lives long.
const sliceSize = maxDirty / 2

// Slice says how far a rebuild or a verification has come.
type Slice struct {
	// Next is where the next slice starts: give it back. nil means that this was the last.
	Next []string
	// Checked counts keys compared, and Drifted lists those that differed though nothing
	// was marked. They are marked now: exact reads are right from here on.
	Checked int64
	Drifted []string
}

// mustRun refuses a paused projection.
func (e *Engine) mustRun(ctx context.Context, name string) error {
	var paused bool
	if err := e.pool.QueryRow(ctx, "SELECT paused FROM engine.projections WHERE name = $1", name).Scan(&paused); err != nil {
		return fmt.Errorf("projection %s: %w", name, err)
	}
	if paused {
		return &PausedError{name}
	}
	return nil
}

// Rebuild recomputes the next slice of a projection's keys while it goes on serving. after
// is nil for the first slice. A materialized view is refreshed whole, in one slice. A paused
// projection is refused with a PausedError: it would only get marks.
func (e *Engine) Rebuild(ctx context.Context, name string, after []string) (Slice, error) {
	kind, err := e.Kind(ctx, name)
	if err != nil {
		return Slice{}, err
	}
	if kind == "materialized_view" {
		_, err := e.refreshView(ctx, name, true)
		return Slice{}, err
	}
	if err := e.mustRun(ctx, name); err != nil {
		return Slice{}, err
	}
	var s Slice
	if err := e.pool.QueryRow(ctx, "SELECT engine.mark_slice($1, $2, $3)", name, after, sliceSize).Scan(&s.Next); err != nil {
		return s, fmt.Errorf("rebuild %s: %w", name, err)
	}
	if _, err := e.Refresh(ctx, name, time.Minute); err != nil {
		return s, err
	}
	return s, nil
}

// Verify compares the next slice of a projection's keys with the source view, in one
// snapshot. after is nil for the first slice. Keys that differ are marked for repair. A
// materialized view is compared whole, in one slice.
func (e *Engine) Verify(ctx context.Context, name string, after []string) (Slice, error) {
	kind, err := e.Kind(ctx, name)
	if err != nil {
		return Slice{}, err
	}
	size := sliceSize
	if kind == "materialized_view" {
		size = 1 << 30
	}
	var s Slice
	if err := e.pool.QueryRow(ctx, "SELECT next, checked, drifted FROM engine.verify_slice($1, $2, $3)", name, after, size).Scan(&s.Next, &s.Checked, &s.Drifted); err != nil {
		return s, fmt.Errorf("verify %s: %w", name, err)
	}
	return s, nil
}

// Settle brings projections that a migration has created or redefined into use: it fills new
// copies, and switches redefined ones over as soon as nothing in them is behind. The old
// definition answers until then. It is called after migrating, before reading.
func (e *Engine) Settle(ctx context.Context) error {
	list, err := e.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		switch {
		case p.Paused && (p.Replaces != nil || !p.Built):
			err = &PausedError{p.Name}
		case p.Replaces != nil:
			err = e.settleNext(ctx, p.Name, *p.Replaces)
		case !p.Built:
			err = e.build(ctx, p.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// build drains a new copy until nothing is left of what was marked before it began.
func (e *Engine) build(ctx context.Context, name string) error {
	var start time.Time
	if err := e.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&start); err != nil {
		return fmt.Errorf("build %s: %w", name, err)
	}
	for {
		if _, err := e.Refresh(ctx, name, time.Minute); err != nil {
			return err
		}
		tag, err := e.pool.Exec(ctx, "UPDATE engine.projections SET built_at = now() WHERE name = $1 AND NOT EXISTS (SELECT FROM "+pgx.Identifier{"marks", name}.Sanitize()+" WHERE marked_at < $2)", name, start)
		if err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
		if tag.RowsAffected() == 1 {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
}

// settleNext drains the next copy and tries to switch until it has no dirty rows just then.
// A switch that cannot lock soon gives way and tries again: well before PostgreSQL would look
// for a deadlock, which readers and writers, who lock in another order, would pay for.
func (e *Engine) settleNext(ctx context.Context, next, name string) error {
	kind, err := e.Kind(ctx, next)
	if err != nil {
		return err
	}
	for {
		if kind == "materialized_view" {
			_, err = e.refreshView(ctx, next, true) // its interval is for those who write
		} else {
			_, err = e.Refresh(ctx, next, time.Minute)
		}
		if err != nil {
			return err
		}
		var switched bool
		err = pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '200ms'"); err != nil {
				return err
			}
			return tx.QueryRow(ctx, "SELECT engine.switch($1)", name).Scan(&switched)
		})
		if err != nil && !lockTimeout(err) {
			return fmt.Errorf("switch %s to its new definition: %w", name, err)
		}
		if switched {
			e.logger.InfoContext(ctx, "switched to the new definition", "projection", name)
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("switch %s: %w", name, err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
