package migrations

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

const (
	// lockTimeout bounds how long a file waits for a table's lock. Writers queue behind a waiting lock that excludes them,
	// so this is also how long a migration that has not begun can hold up a writer.
	lockTimeout = 50 * time.Millisecond
	// lockPatience is how long a file is retried before other transactions' locks become an error.
	lockPatience = 5 * time.Minute
)

// patiently runs do, and for lockPatience runs it again whenever it fails to get a lock, or to wait for one because another
// transaction waits for a lock of its own.
func patiently(ctx context.Context, do func() error) error {
	for begin := time.Now(); ; {
		err := do()
		var refused *pgconn.PgError
		locked := errors.As(err, &refused) && (refused.Code == pgerrcode.LockNotAvailable || refused.Code == pgerrcode.DeadlockDetected)
		if !locked || time.Since(begin) > lockPatience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(4 * lockTimeout):
		}
	}
}

// apply applies the missing files, one by one, activates what each of them has created, and tells of each.
func apply(ctx context.Context, pool *pgxpool.Pool, provider *goose.Provider, applied []func(file string)) error {
	for {
		// Before the next file: a process may have been killed between a file and its activations.
		if err := patiently(ctx, func() error { return activate(ctx, pool) }); err != nil {
			return err
		}
		var done *goose.MigrationResult
		err := patiently(ctx, func() (err error) { done, err = provider.UpByOne(ctx); return err })
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, tell := range applied {
			tell(path.Base(done.Source.Path))
		}
	}
}

// activate activates the projections that a file has created or redefined, each in a transaction of its own that keeps
// no writer waiting, and switches to a new definition whose copy needs no filling.
func activate(ctx context.Context, pool *pgxpool.Pool) error {
	var exists bool
	if err := pool.QueryRow(ctx, "SELECT to_regclass('engine.projections') IS NOT NULL").Scan(&exists); err != nil || !exists {
		return err
	}
	rows, err := pool.Query(ctx, "SELECT name FROM engine.projections WHERE activated_at IS NULL ORDER BY kind <> 'sum', name")
	if err != nil {
		return fmt.Errorf("projections to activate: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("projections to activate: %w", err)
	}
	for _, name := range names {
		var replaces *string
		if err := pool.QueryRow(ctx, "SELECT replaces, engine.activate(name) FROM engine.projections WHERE name = $1", name).Scan(&replaces, nil); err != nil {
			return fmt.Errorf("activate %s: %w", name, err)
		}
		if replaces == nil {
			continue
		}
		if _, err := pool.Exec(ctx, "SELECT engine.switch($1)", *replaces); err != nil {
			return fmt.Errorf("switch to %s: %w", name, err)
		}
	}
	return nil
}
