package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
	"daybook/migrations"
)

// template is the migrated database that others are copied from. PostgreSQL copies a database only while there is no
// connection to it.
const template = "daybook_template"

// shared is the migrated database of all transactions that are rolled back.
const shared = "shared"

// cluster is the PostgreSQL server of this test binary.
type cluster struct {
	remove    func() // removes the server's files
	server    *pglocal.Server
	admin     *pgxpool.Pool // as postgres, on the database postgres
	shared    *pgxpool.Pool // as daybook, on a migrated database in which nothing is ever committed
	databases atomic.Int64
}

// settings trade durability, which a throw-away server does not need, for speed.
var settings = map[string]string{
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"max_connections":    "300",
	// PostgreSQL prepares no transactions and replicates no rows by default.
	"wal_level":                 "logical",
	"max_prepared_transactions": "10",
	"shared_buffers":            "128MB",
	// It would look at hundreds of short-lived databases in turn, and leave statistics with some of them and not with others.
	"autovacuum": "off",
	// Tests with many writers and few rows run into many deadlocks, each of which waits for this time-out.
	"deadlock_timeout": "100ms",
	// Shared memory in files of the data directory: if the server is killed, nothing is left in /dev/shm.
	"dynamic_shared_memory_type": "mmap",
}

var started = sync.OnceValues(start)

// running returns the cluster, which the first caller starts.
func running(t testing.TB) *cluster {
	t.Helper()
	c, err := started()
	if err != nil {
		t.Fatalf("start the test server: %v", err)
	}
	return c
}

// current is the cluster if any test started it, for Main.
var current atomic.Pointer[cluster]

func start() (_ *cluster, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp(base(), "daybook-test-")
	if err != nil {
		return nil, err
	}
	c := &cluster{}
	if c.remove, err = removeAtExit(dir); err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	current.Store(c)
	data, err := prepared(ctx, dir)
	if err == nil && data == "" {
		err = prepare(ctx, dir)
	}
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, dir, data); err != nil {
		return nil, err
	}
	c.shared, err = pgpool.Open(ctx, c.server.URL(pglocal.Role, shared), pgpool.Options{MaxConns: 50})
	return c, err
}

// run starts the server on dir, whose data directory is copied from copyOf if there is none.
func (c *cluster) run(ctx context.Context, dir, copyOf string) (err error) {
	c.server, err = pglocal.Start(ctx, pglocal.Options{
		DataDir: dir, BinDir: os.Getenv("DAYBOOK_PG_BIN"), Settings: settings, CopyOf: copyOf,
	})
	if err != nil {
		return err
	}
	c.admin, err = pgpool.Open(ctx, c.server.URL(pglocal.Superuser, "postgres"), pgpool.Options{})
	return err
}

// prepare makes a data directory with the migrated databases in dir, and stops its server.
func prepare(ctx context.Context, dir string) (err error) {
	c := &cluster{}
	defer func() {
		if c.admin != nil {
			c.admin.Close()
		}
		if c.server != nil {
			err = errors.Join(err, c.server.Stop(ctx))
		}
	}()
	if err := c.run(ctx, dir, ""); err != nil {
		return err
	}
	if err := c.create(ctx, template, "template1"); err != nil {
		return err
	}
	if err := migrations.Up(ctx, c.server.URL(pglocal.Role, template)); err != nil {
		return err
	}
	if err := migrations.Admit(ctx, c.server.URL(pglocal.Role, template), pglocal.ApplicationRole); err != nil {
		return err
	}
	if err := c.create(ctx, shared, template); err != nil {
		return err
	}
	return leaveRoom(ctx, c.server.URL(pglocal.Role, shared))
}

// leaveRoom lets the ids that the database at url chooses begin at a thousand million, above all that tests choose. Sequences
// are not rolled back: beside many tests, the next id is any number.
func leaveRoom(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("leave room for tests' ids: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, `SELECT setval(seqrelid, 1000000000) FROM pg_sequence
		JOIN pg_class ON pg_class.oid = seqrelid
		WHERE relnamespace = 'canonical'::regnamespace`)
	if err != nil {
		return fmt.Errorf("leave room for tests' ids: %w", err)
	}
	return nil
}

// base is the directory for the server's files: in memory if a few clusters fit there, which they do not in the 64 MB
// of many containers, else on the disk.
func base() string {
	const shm, enough = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < enough {
		return os.TempDir()
	}
	dir, err := os.MkdirTemp(shm, "daybook-test-")
	if err != nil {
		return os.TempDir()
	}
	_ = os.Remove(dir)
	return shm
}

func (c *cluster) create(ctx context.Context, name, from string) error {
	// Copied by files, not through the log, which costs more where nothing is synced.
	_, err := c.admin.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY file_copy", name, from, pglocal.Role))
	if err == nil && from == template { // a copy has the template's rows, but not its grants
		_, err = c.admin.Exec(ctx, "REVOKE TEMPORARY ON DATABASE "+name+" FROM PUBLIC")
	}
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// copy creates a database like the one named and returns its name, which no other has.
func (c *cluster) copy(ctx context.Context, from string) (string, error) {
	name := fmt.Sprintf("test_%d", c.databases.Add(1))
	return name, c.create(ctx, name, from)
}

// drop drops a database, whoever is still connected to it.
func (c *cluster) drop(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := c.admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// stop stops the server and removes its files. The data is not needed, so the server does not write it out.
func (c *cluster) stop() error {
	for _, pool := range []*pgxpool.Pool{c.shared, c.admin} {
		if pool != nil {
			pool.Close()
		}
	}
	var err error
	if c.server != nil {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		err = c.server.Stop(now)
	}
	c.remove()
	return err
}
