// Package pgtest gives tests a real PostgreSQL, migrated, and theirs alone.
//
// The first test of a test binary that asks starts a throw-away server, in memory where the machine has /dev/shm, with one
// migrated template database. The data directory is copied from one in the user's cache directory, which is made anew when
// PostgreSQL, the migrations or the code that runs them change. From then on:
//
//   - Tx is a transaction that is rolled back when the test ends: the default, it costs nothing.
//   - Pool and URL are a database of the test's own, copied from the template (about 40 ms): for tests in which
//     commits matter.
//   - Application connects to such a database as the role that answers requests: what it writes, and what it must not,
//     is tested with it.
//   - Superuser connects to such a database as postgres, past everything the role daybook is refused.
//   - Example is Pool for a runnable example.
//
// All of them suit parallel tests. A package that uses them has one
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// which stops the server and looks for leaked goroutines. If the test binary panics or is killed, the server and its
// files disappear all the same.
//
// DAYBOOK_PG_BIN chooses the PostgreSQL programs, as for the application. No other environment variable matters: a
// test never touches the database of anybody's DATABASE_URL.
package pgtest

import (
	"context"
	"flag"
	neturl "net/url"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
)

// maxConns bounds a test's own pool: the server takes 300 connections in all.
const maxConns = 16

// Long skips t under -short, which is how make test-quick runs: it takes seconds, since it starts processes, makes much data,
// or tries many mutants.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long")
	}
}

// Thorough is given to a test binary that shall try much more of what is generated: make thorough does.
var Thorough = flag.Bool("thorough", false, "try many more generated operations, conditions, values and rounds, which takes minutes")

// Rounds is how often a test tries what it generates, or races: some times, or all where the test is thorough.
func Rounds(some, all int) int {
	if *Thorough {
		return all
	}
	return some
}

// Tx returns a transaction on a migrated database, as the role daybook. It is rolled back when the test ends, so
// nothing may commit it, and constraints that are checked at commit need SET CONSTRAINTS ALL IMMEDIATE.
func Tx(t testing.TB) pgx.Tx {
	t.Helper()
	tx, err := running(t).shared.Begin(t.Context())
	if err != nil {
		t.Fatalf("begin transaction: %v", err)
	}
	t.Cleanup(func() {
		// A cancelled query has closed the connection, and the server has rolled back: no news either way.
		_ = tx.Rollback(context.WithoutCancel(t.Context()))
	})
	return tx
}

// URL returns the address of a migrated database of the test's own, as the role daybook. The database is dropped when
// the test ends, with whatever is still connected to it.
func URL(t testing.TB) string {
	t.Helper()
	c := running(t)
	return c.server.URL(pglocal.Role, newDatabase(t, c, template))
}

// EmptyURL is URL without migrations, as a newly created database is.
func EmptyURL(t testing.TB) string {
	t.Helper()
	c := running(t)
	return c.server.URL(pglocal.Role, newDatabase(t, c, "template1"))
}

// Pool returns a pool on a migrated database of the test's own, with the settings every pool of the application has.
// It is closed when the test ends.
func Pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return Open(t, URL(t), pgpool.Options{MaxConns: maxConns})
}

// Example is Pool for an Example function, which has no testing.TB: it panics on errors, and done closes the pool and
// drops the database.
func Example() (pool *pgxpool.Pool, done func()) {
	ctx := context.Background()
	c, err := started()
	if err != nil {
		panic(err)
	}
	name, err := c.copy(ctx, template)
	if err != nil {
		panic(err)
	}
	pool, err = pgpool.Open(ctx, c.server.URL(pglocal.Role, name), pgpool.Options{MaxConns: maxConns})
	if err != nil {
		panic(err)
	}
	return pool, func() {
		pool.Close()
		if err := c.drop(ctx, name); err != nil {
			panic(err)
		}
	}
}

// Open opens one more pool, closed when the test ends.
func Open(t testing.TB, url string, o pgpool.Options) *pgxpool.Pool {
	t.Helper()
	pool, err := pgpool.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Application returns the address of the database at url, as the role that the application reads and writes rows as.
func Application(t testing.TB, url string) string {
	t.Helper()
	as, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	as.User = neturl.User(pglocal.ApplicationRole)
	return as.String()
}

// Writing returns the address of a database at url for connections on which statements by themselves may write rows of an organization.
func Writing(t testing.TB, url string, organizationID int64) string {
	t.Helper()
	to, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	query := to.Query()
	query.Set("daybook.organization", strconv.FormatInt(organizationID, 10))
	to.RawQuery = query.Encode()
	return to.String()
}

// Superuser returns a connection as postgres to the database that pool is connected to, with the settings of the
// application's pools. It is closed when the test ends.
func Superuser(t testing.TB, pool *pgxpool.Pool) *pgx.Conn {
	t.Helper()
	config := pool.Config().ConnConfig.Copy()
	config.User = pglocal.Superuser
	config.Tracer = nil
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("connect as superuser: %v", err)
	}
	t.Cleanup(func() { closeConn(t, conn) })
	return conn
}

// newDatabase copies a database for a test and returns the copy's name.
func newDatabase(t testing.TB, c *cluster, from string) string {
	t.Helper()
	name, err := c.copy(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.drop(context.WithoutCancel(t.Context()), name); err != nil {
			t.Error(err)
		}
	})
	return name
}

func closeConn(t testing.TB, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the server may have been killed by the test
}
