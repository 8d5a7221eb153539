package pglocal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quick = map[string]string{"fsync": "off", "dynamic_shared_memory_type": "mmap"}

// dataDir returns a directory that any user can reach: t.TempDir is private to its owner.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pglocal-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if target, err := os.Readlink(filepath.Join(dir, "cluster")); err == nil {
			_ = os.RemoveAll(target)
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

func start(t *testing.T, o pglocal.Options) *pglocal.Server {
	t.Helper()
	if o.Settings == nil {
		o.Settings = quick
	}
	s, err := pglocal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		_ = s.Stop(ctx)
	})
	return s
}

func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func exec(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestDataSurvivesRestart(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	dir := filepath.Join(dataDir(t), "deep", ".daybook")
	if err := os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755); err != nil {
		t.Fatal(err)
	}
	s := start(t, pglocal.Options{DataDir: dir})
	url := s.URL(pglocal.Role, pglocal.Database)
	exec(t, url, "CREATE TABLE kept AS SELECT 42 AS answer")
	if super := query[bool](t, url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"); super {
		t.Error("the application's role is a superuser")
	}
	if listens := query[string](t, url, "SHOW listen_addresses"); listens != "" {
		t.Errorf("the server listens on %q", listens)
	}
	info, err := os.Stat(s.SocketDir())
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket directory: %v, %v", info.Mode(), err)
	}
	if err := s.Stop(t.Context()); err != nil || s.Err() != nil {
		t.Fatalf("stop: %v, %v", err, s.Err())
	}
	if _, err := pglocal.Attach(dir); !errors.Is(err, pglocal.ErrNotRunning) {
		t.Errorf("attach to a stopped server: %v", err)
	}

	s = start(t, pglocal.Options{DataDir: dir})
	e, err := pglocal.Attach(dir)
	if err != nil || e != s.Endpoint {
		t.Fatalf("attach: %v, %v", e, err)
	}
	if n := query[int32](t, e.URL(pglocal.Role, pglocal.Database), "SELECT answer FROM kept"); n != 42 {
		t.Errorf("kept %d", n)
	}
	if _, err := pglocal.Start(t.Context(), pglocal.Options{DataDir: dir}); !errors.Is(err, pglocal.ErrInUse) {
		t.Errorf("second start: %v", err)
	}
}

func TestEnvironmentDoesNotReachTheServer(t *testing.T) {
	for name, value := range map[string]string{"PGDATA": "/nowhere", "PGPORT": "1", "PGOPTIONS": "-c fsync=maybe", "LC_ALL": "de_DE.UTF-8", "LANG": "xx"} {
		t.Setenv(name, value)
	}
	t.Setenv("PGOPTIONS", "") // pgx in this process would send it
	s := start(t, pglocal.Options{DataDir: dataDir(t)})
	url := s.URL(pglocal.Role, pglocal.Database)
	if ctype := query[string](t, url, "SELECT datcollate FROM pg_database WHERE datname = current_database()"); !strings.HasPrefix(ctype, "C") {
		t.Errorf("collation %s", ctype)
	}
	if enc := query[string](t, url, "SHOW server_encoding"); enc != "UTF8" {
		t.Errorf("encoding %s", enc)
	}
}

func TestAwkwardPaths(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	for _, name := range []string{strings.Repeat("long", 40), "a b,'\"ü%?"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(dataDir(t), name)
			if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			s := start(t, pglocal.Options{DataDir: dir})
			e, err := pglocal.Attach(dir)
			if err != nil || e != s.Endpoint {
				t.Fatalf("attach: %v, %v", e, err)
			}
			if n := query[int32](t, e.URL(pglocal.Role, pglocal.Database), "SELECT 1"); n != 1 {
				t.Error(n)
			}
			if err := s.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(s.SocketDir()); !os.IsNotExist(err) {
				t.Errorf("socket directory is left: %v", err)
			}
		})
	}
}

func TestDirectoryTheServerCannotReach(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	t.Parallel()
	parent := dataDir(t) // private to root
	dir := filepath.Join(parent, "books")
	s := start(t, pglocal.Options{DataDir: dir})
	target, err := os.Readlink(filepath.Join(dir, "cluster"))
	if err != nil || !strings.HasPrefix(target, "/var/lib/daybook/books-") {
		t.Fatalf("cluster is at %q, %v", target, err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(target) })
	exec(t, s.URL(pglocal.Role, pglocal.Database), "CREATE TABLE kept ()")
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = start(t, pglocal.Options{DataDir: dir})
	exec(t, s.URL(pglocal.Role, pglocal.Database), "TABLE kept")
}

func TestServerThatDiesIsNoticed(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	dir := dataDir(t)
	s := start(t, pglocal.Options{DataDir: dir})
	if err := s.Err(); err != nil {
		t.Fatalf("while it runs: %v", err)
	}
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("nobody noticed")
	}
	if err := s.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("reason: %v", err)
	}
	start(t, pglocal.Options{DataDir: dir})
}

// A process that happens to have the number in postmaster.pid neither prevents a start nor is stopped by it.
func TestStalePidFile(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := start(t, pglocal.Options{DataDir: dir})
	file := filepath.Join(dir, "cluster", "data", "postmaster.pid")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil { // so that the file stays
		t.Fatal(err)
	}
	<-s.Done()
	_ = s.Stop(t.Context())
	innocent := sleeper(t)
	_, rest, _ := strings.Cut(string(content), "\n")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("%d\n%s", innocent.Process.Pid, rest)), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, pglocal.Options{DataDir: dir})
	if err := innocent.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the innocent process: %v", err)
	}
}

func TestOtherMajorIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	data := filepath.Join(dir, "cluster", "data")
	for _, version := range []string{"9\n", ""} {
		if err := os.MkdirAll(data, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(data, "PG_VERSION")
		if version == "" {
			file = filepath.Join(data, "precious")
			_ = os.Remove(filepath.Join(data, "PG_VERSION"))
		}
		if err := os.WriteFile(file, []byte(version), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := pglocal.Start(t.Context(), pglocal.Options{DataDir: dir})
		if err == nil {
			t.Fatalf("started on a data directory with version %q", version)
		}
		if content, rerr := os.ReadFile(file); rerr != nil || string(content) != version {
			t.Errorf("%q: %v (after %v)", content, rerr, err)
		}
	}
}

func TestUnfinishedInitIsRedone(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond) // in the middle of initdb
	defer cancel()
	if s, err := pglocal.Start(ctx, pglocal.Options{DataDir: dir}); err == nil {
		_ = s.Stop(t.Context())
		t.Skip("this machine is too fast")
	}
	if _, err := os.Stat(filepath.Join(dir, "cluster", "data")); !os.IsNotExist(err) {
		t.Fatalf("half a data directory: %v", err)
	}
	start(t, pglocal.Options{DataDir: dir})
}

func TestBadSettingShowsTheServersReason(t *testing.T) {
	t.Parallel()
	_, err := pglocal.Start(t.Context(), pglocal.Options{DataDir: dataDir(t), Settings: map[string]string{"fsync": "off", "no_such_setting": "1"}})
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("error: %v", err)
	}
}

func TestFind(t *testing.T) {
	b, err := pglocal.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if b.Major < 15 || !filepath.IsAbs(b.Path("postgres")) {
		t.Errorf("found %+v", b)
	}
	empty := t.TempDir()
	if _, err := pglocal.Find(empty); !errors.Is(err, pglocal.ErrNoPostgres) || !strings.Contains(err.Error(), empty) {
		t.Errorf("in an empty directory: %v", err)
	}
	link := filepath.Join(empty, "postgres")
	if err := os.Symlink(b.Path("postgres"), link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", empty)
	if through, err := pglocal.Find(""); err != nil || through != b {
		t.Errorf("through a link in PATH: %+v, %v", through, err)
	}
}

// postmaster returns the server's process id, from its data directory.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "cluster", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
