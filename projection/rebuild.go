package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sliceSize is the number of keys that a rebuild or a verification takes at a time: few enough
// that pages stay exact while they are marked, and that no snapshot lives long.
const sliceSize = maxDirty / 2

// Slice is the result of one step of a rebuild or a verification.
type Slice struct {
	// Next is the last key of this slice: the after of the next one. nil if this was the last.
	Next []string
	// Checked is the number of keys that a verification compared. Drifted lists those whose
	// stored row differed from the source's though they were not dirty. The verification has
	// marked them, so exact reads are right from here on and the next refresh repairs them.
	Checked int64
	Drifted []string
}

// checkNotPaused returns a PausedError if the projection is paused.
func (e *Engine) checkNotPaused(ctx context.Context, name string) error {
	var paused bool
	if err := e.pool.QueryRow(ctx, "SELECT paused FROM engine.projections WHERE name = $1", name).Scan(&paused); err != nil {
		return fmt.Errorf("projection %s: %w", name, err)
	}
	if paused {
		return &PausedError{name}
	}
	return nil
}

// Rebuild recomputes the slice of a projection's keys behind after (nil for the first slice),
// while it goes on serving. A materialized view is refreshed whole, in one slice. A paused
// projection is a PausedError: it would be marked and not recomputed.
func (e *Engine) Rebuild(ctx context.Context, name string, after []string) (Slice, error) {
	kind, err := e.Kind(ctx, name)
	if err != nil {
		return Slice{}, err
	}
	if kind == "materialized_view" {
		_, err := e.refreshView(ctx, name, true)
		return Slice{}, err
	}
	if err := e.checkNotPaused(ctx, name); err != nil {
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

// Verify compares the slice of a projection's keys behind after (nil for the first slice) with
// the source view, in one snapshot, and marks the keys that differ. A materialized view is
// compared whole, in one slice.
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

// Settle brings into use what a migration has created or redefined: it fills new projections,
// and switches redefined ones to their next definition once its copy has no dirty rows. The old
// definition answers until then. It is called after migrating and before serving. A paused
// projection that has something to be done is a PausedError.
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

// build refreshes a new projection until no mark is left from before it began.
func (e *Engine) build(ctx context.Context, name string) error {
	var start time.Time
	if err := e.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&start); err != nil {
		return fmt.Errorf("build %s: %w", name, err)
	}
	for {
		if _, err := e.Refresh(ctx, name, time.Minute); err != nil {
			return err
		}
		tag, err := e.pool.Exec(ctx, "UPDATE engine.projections SET built_at = now() WHERE name = $1 AND NOT EXISTS (SELECT FROM "+pgx.Identifier{"pending", name}.Sanitize()+" WHERE marked_at < $2)", name, start)
		if err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
		if tag.RowsAffected() == 1 {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("build %s: %w", name, err)
		}
	}
}

// settleNext refreshes the next definition's copy and tries to switch to it, until an attempt
// finds no dirty rows. Readers and writers lock the same tables in another order, so an attempt
// that waits for a lock gives up after 200 ms, before PostgreSQL would look for a deadlock and
// might end a reader or a writer to resolve it.
func (e *Engine) settleNext(ctx context.Context, next, name string) error {
	kind, err := e.Kind(ctx, next)
	if err != nil {
		return err
	}
	for {
		if kind == "materialized_view" {
			_, err = e.refreshView(ctx, next, true) // however recent its last refresh is
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
		if err != nil && !retryableLockError(err) {
			return fmt.Errorf("switch %s to its new definition: %w", name, err)
		}
		if switched {
			e.logger.InfoContext(ctx, "switched to the new definition", "projection", name)
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("switch %s: %w", name, err)
		}
	}
}
