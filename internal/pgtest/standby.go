package pgtest

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pglocal"
	"daybook/internal/pgpool"
)

// Standby starts a server that follows the test server by streaming replication, with the given settings beside the test server's,
// and returns a pool on pool's database there, for its owner. Both end with the test.
func Standby(t testing.TB, pool *pgxpool.Pool, more map[string]string) *pgxpool.Pool {
	t.Helper()
	c := running(t)
	bin, err := pglocal.Find(os.Getenv("DAYBOOK_PG_BIN"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin.Path("pg_basebackup")); err != nil {
		t.Skipf("no pg_basebackup beside the server's programs: %v", err)
	}
	dir, err := os.MkdirTemp(base(), "daybook-standby-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // the server's user passes through
		t.Fatal(err)
	}
	backup := filepath.Join(dir, "backup")
	cmd := exec.CommandContext(t.Context(), bin.Path("pg_basebackup"), "--pgdata="+backup, "--write-recovery-conf", "--checkpoint=fast",
		"--dbname="+c.server.URL(pglocal.Superuser, "postgres"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	if err := ownAs(t.Context(), c, backup); err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(settings)
	maps.Copy(all, more)
	server, err := pglocal.Start(t.Context(), pglocal.Options{DataDir: filepath.Join(dir, "standby"), BinDir: os.Getenv("DAYBOOK_PG_BIN"), Settings: all, CopyOf: backup})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	return Open(t, server.URL(pglocal.Role, pool.Config().ConnConfig.Database), pgpool.Options{})
}

// ownAs gives a copy of the test server's files to whom the server runs as.
func ownAs(ctx context.Context, c *cluster, backup string) error {
	var data string
	if err := c.admin.QueryRow(ctx, "SHOW data_directory").Scan(&data); err != nil {
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
