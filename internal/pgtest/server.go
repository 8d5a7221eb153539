package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/internal/pglocal"
)

// durable are the settings of a server that is killed: what it has answered must be there when it starts again.
var durable = map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

// Server is a PostgreSQL server of one test's own, which the test may stop, kill and start again. Its address stays the same.
type Server struct {
	*pglocal.Server
	dir      string // of its files
	settings map[string]string
}

// NewServer starts a server of the test's own, which loses nothing when it is killed, with the given settings beside the test server's.
// Its files are below dir, which the test removes, or in a directory that ends with the test if dir is empty. Database is created
// there, migrated and empty. The server ends with the test.
func NewServer(t testing.TB, dir string, more map[string]string) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if dir == "" {
		dir = scratch(t)
	}
	data, err := prepared(ctx, dir)
	if err == nil && data == "" {
		err = prepare(ctx, dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(settings)
	maps.Copy(all, durable)
	maps.Copy(all, more)
	s := newServer(t, dir, all, data)
	conn, err := pgx.Connect(ctx, s.URL(pglocal.Superuser, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(t, conn)
	for _, sql := range []string{
		"DROP DATABASE " + pglocal.Database, // the empty one that every server has
		"CREATE DATABASE " + pglocal.Database + " TEMPLATE " + template + " OWNER " + pglocal.Role,
		"REVOKE TEMPORARY ON DATABASE " + pglocal.Database + " FROM PUBLIC",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return s
}

// newServer starts a server that ends with the test; its data directory is copied from copyOf if there is none.
func newServer(t testing.TB, dir string, settings map[string]string, copyOf string) *Server {
	t.Helper()
	s := &Server{dir: dir, settings: settings}
	var err error
	if s.Server, err = pglocal.Start(t.Context(), pglocal.Options{DataDir: dir, BinDir: os.Getenv("DAYBOOK_PG_BIN"), Settings: settings, CopyOf: copyOf}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Server.Stop(atOnce()) })
	return s
}

// Start starts the server again after Signal, or after it ended by itself.
func (s *Server) Start(ctx context.Context) (err error) {
	_ = s.Server.Stop(atOnce()) // says that it had ended
	server, err := pglocal.Start(ctx, pglocal.Options{DataDir: s.dir, BinDir: os.Getenv("DAYBOOK_PG_BIN"), Settings: s.settings})
	if err == nil {
		s.Server = server
	}
	return err
}

// Signal sends a signal to the server's first process, and returns when it has ended: SIGKILL kills it, SIGQUIT is PostgreSQL's
// immediate stop.
func (s *Server) Signal(ctx context.Context, signal syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(s.dir, "cluster", "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		return err
	}
	if err := syscall.Kill(pid, signal); err != nil {
		return err
	}
	select {
	case <-s.Done():
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("PostgreSQL does not end by %s", signal), ctx.Err())
	}
}

// Standby starts a server that follows this one by streaming replication, with the given settings beside this one's. It ends with the
// test.
func (s *Server) Standby(t testing.TB, more map[string]string) *Server {
	t.Helper()
	return standby(t, s.URL(pglocal.Superuser, "postgres"), s.settings, more)
}

// standby starts a server that follows the one at the address, a superuser's.
func standby(t testing.TB, primary string, settings, more map[string]string) *Server {
	t.Helper()
	bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin.Path("pg_basebackup")); err != nil {
		t.Skipf("no pg_basebackup beside the server's programs: %v", err)
	}
	dir := scratch(t)
	backup := filepath.Join(dir, "backup")
	cmd := exec.CommandContext(t.Context(), bin.Path("pg_basebackup"), "--pgdata="+backup, "--write-recovery-conf", "--checkpoint=fast", "--dbname="+primary)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	if err := ownAs(t.Context(), primary, backup); err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(settings)
	maps.Copy(all, more)
	return newServer(t, filepath.Join(dir, "standby"), all, backup)
}

// scratch returns a directory for a server's files, which ends with the test.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(base(), "daybook-server-")
	if err != nil {
		t.Fatal(err)
	}
	remove, err := removeAtExit(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	if err := os.Chmod(dir, 0o711); err != nil { // the server's user passes through
		t.Fatal(err)
	}
	return dir
}

// atOnce returns a context that has ended: a server that stops under it does not write anything out.
func atOnce() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// ownAs gives a copy of the files of the server at an address to whom the server runs as.
func ownAs(ctx context.Context, url, backup string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var data string
	if err := conn.QueryRow(ctx, "SHOW data_directory").Scan(&data); err != nil {
		return err
	}
	info, err := os.Stat(data)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return filepath.WalkDir(backup, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	})
}
