// Package migrations holds the database schema as numbered SQL files and brings a database up to it.
//
// Numbering, and what it promises:
//
//   - 0001 to 0008: the engine that keeps read models.
//   - 0010 to 0099: canonical tables, one topic each.
//   - 01xx: one read model each. It may use every file before 0100, and no other 01xx file.
//   - 02xx and later: changes of what has been released.
//
// Files below 0200 are the baseline. Until version 0.1.0 is released they are edited in place, so that they always say
// what the schema is and not how it came about; a database that an earlier draft of them made is refused with
// ErrEarlierDraft. From then on they are sealed: changes are new files, from 0200 on, which are never edited either.
// Up applies whatever is missing, in the order of the numbers.
//
// Files are for goose: "-- +goose Up" first, and every function body between "-- +goose StatementBegin" and
// "-- +goose StatementEnd". Each file runs in one transaction.
//
// A file that creates or redefines a projection holds writers off its canonical tables while it runs. Marking
// everything takes much longer, so a file does not activate the projection: Up does, once the file has committed. In an
// empty database a new definition is in use at once; elsewhere when its copy is filled, which projection.Engine does.
//
// Nothing is ever migrated down, and no file has a Down section: a restored backup is the way back.
//
// River's tables live in the schema river. River brings its own migrations, and Up runs them before ours; ours may
// not mention that schema.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"daybook/internal/pgpool"
)

//go:embed *.sql
var files embed.FS

// VersionTable records which of our files a database has.
const VersionTable = "public.daybook_migrations"

// RiverSchema is where River's tables are: its clients must be given the same name.
const RiverSchema = "river"

// lockID is the advisory lock that serializes migrating processes; any fixed number does.
const lockID = 4_120_118_004

// Files returns the embedded SQL files, by name at its root.
func Files() fs.FS { return files }

// Up brings the database at url to the newest schema: River's first, then ours. It needs the owner of the database,
// not a superuser. A database that is up to date is left alone.
//
// Any number of processes may call it at once: one migrates, the others wait (up to five minutes) and find nothing
// left to do. In a database that was restored from a backup everything is marked, once. An error leaves the files before the failing one applied. A database of another baseline is left alone,
// with ErrEarlierDraft. Applied is called with the name of each file once it is.
func Up(ctx context.Context, url string, applied ...func(file string)) error {
	return with(ctx, url, func(pool *pgxpool.Pool, db *sql.DB) error {
		return locked(ctx, db, func() error {
			fresh, err := checkBaseline(ctx, pool)
			if err != nil {
				return err
			}
			if fresh {
				if err := recordBaseline(ctx, pool); err != nil {
					return err
				}
			}
			if err := riverUp(ctx, pool); err != nil {
				return err
			}
			provider, err := newProvider(db)
			if err != nil {
				return err
			}
			if err := apply(ctx, pool, provider, applied); err != nil {
				return fmt.Errorf("migrate: %w", err)
			}
			// A file may have added a table later than those that record all tables and restrict who writes them, or have changed what another
			// one's projection is made from. The database may have been restored from a backup, or its triggers switched off.
			for _, sql := range []string{"SELECT audit.attach_all()", "SELECT canonical.restrict_writes()", "SELECT engine.adopt()", "SELECT engine.check()", "SELECT audit.adopt()"} {
				// A table of a database that was just restored may be locked by a vacuum.
				if err := patiently(ctx, func() error { _, err := pool.Exec(ctx, sql); return err }); err != nil {
					return fmt.Errorf("migrate: %w", err)
				}
			}
			return nil
		})
	})
}

// File is one migration and whether a database has it.
type File struct {
	Version   int64
	Name      string    // as in this directory: 0001_schemas.sql
	AppliedAt time.Time // zero when it is still to be applied
}

// Status lists all our files in the order of their numbers. It changes nothing except that it creates an empty
// VersionTable in a database that was never migrated. A database of another baseline is ErrEarlierDraft.
func Status(ctx context.Context, url string) ([]File, error) {
	var list []File
	err := with(ctx, url, func(pool *pgxpool.Pool, db *sql.DB) error {
		if _, err := checkBaseline(ctx, pool); err != nil {
			return err
		}
		provider, err := newProvider(db)
		if err != nil {
			return err
		}
		status, err := provider.Status(ctx)
		if err != nil {
			return fmt.Errorf("migration status: %w", err)
		}
		for _, s := range status {
			list = append(list, File{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt})
		}
		return nil
	})
	return list, err
}

// Pending lists what the database behind pool lacks: the names of our files that are still to be applied, in order, and
// what River's own migrations lack; empty when Up has nothing to do, except perhaps to activate a projection, which is
// not built until then. A database of another baseline is ErrEarlierDraft. It changes no more than Status does.
func Pending(ctx context.Context, pool *pgxpool.Pool) (_ []string, err error) {
	if _, err := checkBaseline(ctx, pool); err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	status, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	var pending []string
	for _, s := range status {
		if s.State == goose.StatePending {
			pending = append(pending, s.Source.Path)
		}
	}
	migrator, err := riverMigrator(pool)
	if err != nil {
		return nil, err
	}
	found, err := migrator.Validate(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("river migrations: %w", err)
	}
	for _, message := range found.Messages {
		pending = append(pending, "River: "+message)
	}
	return pending, nil
}

func with(ctx context.Context, url string, do func(*pgxpool.Pool, *sql.DB) error) error {
	pool, err := pgpool.Open(ctx, url, pgpool.Options{ApplicationName: "daybook migrate", MaxConns: 4, Limits: pgpool.Limits{Lock: lockTimeout, Idle: 10 * time.Minute}})
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	return errors.Join(do(pool, db), db.Close())
}

// locked polls for the lock rather than waiting inside PostgreSQL: a waiting statement holds a snapshot, and
// CREATE INDEX CONCURRENTLY in the process that migrates would wait for that snapshot for ever.
func locked(ctx context.Context, db *sql.DB, do func() error) (err error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID), lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("migration lock: another process has been migrating for too long: %w", err)
	}
	defer func() { err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn)) }()
	return do()
}

func riverUp(ctx context.Context, pool *pgxpool.Pool) error {
	if _, err := pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+RiverSchema); err != nil {
		return fmt.Errorf("create schema %s: %w", RiverSchema, err)
	}
	migrator, err := riverMigrator(pool)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("river migrations: %w", err)
	}
	if err := patiently(ctx, func() error { _, err := pool.Exec(ctx, dropUnread); return err }); err != nil {
		return fmt.Errorf("river's indexes: %w", err)
	}
	return nil
}

// dropUnread drops two indexes of River that neither River nor its page reads. Every write enqueues a job, and each job would be
// an entry in both three times.
const dropUnread = "DROP INDEX IF EXISTS " + RiverSchema + ".river_job_args_index, " + RiverSchema + ".river_job_metadata_index"

func riverMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: RiverSchema,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, fmt.Errorf("river migrations: %w", err)
	}
	return migrator, nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(VersionTable), goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
