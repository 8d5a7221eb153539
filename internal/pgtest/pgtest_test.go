package pgtest_test

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestTxIsRolledBack(t *testing.T) {
	t.Run("write", func(t *testing.T) {
		if _, err := pgtest.Tx(t).Exec(t.Context(), "CREATE TABLE public.scratch (id int)"); err != nil {
			t.Fatal(err)
		}
	})
	var exists bool
	err := pgtest.Tx(t).QueryRow(t.Context(), "SELECT to_regclass('public.scratch') IS NOT NULL").Scan(&exists)
	if err != nil || exists {
		t.Fatalf("table survived: %v, %v", exists, err)
	}
}

// Ids that a test chooses are free, whatever the tests beside it have inserted.
func TestChosenIDsAreFree(t *testing.T) {
	t.Parallel()
	var id int64
	err := pgtest.Tx(t).QueryRow(t.Context(), "INSERT INTO canonical.users (name, email) VALUES ('Ada', 'ada@example.com') RETURNING id").Scan(&id)
	if err != nil || id <= 1_000_000_000 {
		t.Fatalf("the database chose %d: %v", id, err)
	}
}

func TestPoolIsMigratedAndOwn(t *testing.T) {
	t.Parallel()
	one, two := pgtest.Pool(t), pgtest.Pool(t)
	if _, err := one.Exec(t.Context(), "CREATE TABLE canonical.scratch (id int)"); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Exec(t.Context(), "SELECT FROM canonical.scratch"); err == nil {
		t.Fatal("two tests share a database")
	}
}

func TestSuperuserSeesTheSameDatabase(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t)
	const who = "SELECT current_database(), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
	var database, ours string
	var super, ourSuper bool
	if err := pgtest.Superuser(t, pool).QueryRow(t.Context(), who).Scan(&database, &super); err != nil {
		t.Fatal(err)
	}
	if err := pool.QueryRow(t.Context(), who).Scan(&ours, &ourSuper); err != nil {
		t.Fatal(err)
	}
	if database != ours || !super || ourSuper {
		t.Fatalf("superuser: %s %v, pool: %s %v", database, super, ours, ourSuper)
	}
}

// childEnv makes this test binary the victim of TestKilledBinaryLeavesNothing.
const childEnv = "DAYBOOK_PGTEST_CHILD"

func TestKilledBinaryLeavesNothing(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		var dir string
		if err := pgtest.Superuser(t, pgtest.Pool(t)).QueryRow(t.Context(), "SHOW data_directory").Scan(&dir); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("data:" + dir + "\n")
		select {}
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledBinaryLeavesNothing$")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "data:") {
		t.Fatalf("child said %q, %v", line, err)
	}
	dir := strings.TrimSpace(strings.TrimPrefix(line, "data:"))
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	root := strings.TrimSuffix(dir, "/cluster/data")
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", root)
		}
	}
}
