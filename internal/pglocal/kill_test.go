package pglocal_test

import (
	"bufio"
	"os"
	osexec "os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"daybook/internal/pglocal"
	"daybook/internal/pgtest"
)

// childEnv is set, to a data directory, in the child process that this test binary starts of itself and kills.
const childEnv = "DAYBOOK_PGLOCAL_CHILD"

// When a process that runs a server is killed, its server ends too.
func TestKilledParentTakesTheServerAlong(t *testing.T) {
	pgtest.Long(t)
	if dir := os.Getenv(childEnv); dir != "" {
		start(t, pglocal.Options{DataDir: dir})
		os.Stdout.WriteString("ready\n")
		select {}
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child of its parent's death")
	}
	t.Parallel()
	dir := dataDir(t)
	cmd := osexec.Command(os.Args[0], "-test.run=^TestKilledParentTakesTheServerAlong$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	e, err := pglocal.Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	url := e.URL(pglocal.Superuser, pglocal.Database)
	exec(t, url, "CREATE TABLE kept ()")
	pids := query[[]int32](t, url, "SELECT array_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	pids = append(pids, int32(postmaster(t, dir)))
	if len(pids) < 3 {
		t.Fatalf("processes %v", pids)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range pids {
		for end := time.Now().Add(10 * time.Second); syscall.Kill(int(pid), 0) != syscall.ESRCH; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("process %d is alive", pid)
			}
		}
	}
	s := start(t, pglocal.Options{DataDir: dir})
	exec(t, s.URL(pglocal.Role, pglocal.Database), "SELECT FROM pg_class WHERE relname = 'kept'")
	if n := query[int64](t, s.URL(pglocal.Role, pglocal.Database), "SELECT count(*) FROM pg_class WHERE relname = 'kept'"); n != 1 {
		t.Error("the next start lost a table")
	}
}

// Start stops a server that was left behind, as on systems whose kernel does not stop it; the test starts one by hand.
func TestLeftBehindServerIsEnded(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	dir := dataDir(t)
	s := start(t, pglocal.Options{DataDir: dir})
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := pglocal.Find("")
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(b.Path("postgres"), "-D", dir+"/cluster/data", "-k", dir+"/cluster/run", "-c", "listen_addresses=")
	cmd.Dir = "/"
	if info, err := os.Stat(dir + "/cluster/data"); err != nil {
		t.Fatal(err)
	} else if owner := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := pglocal.Attach(dir); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the server by hand does not start")
		}
	}
	s = start(t, pglocal.Options{DataDir: dir})
	select {
	case err := <-ended:
		t.Logf("the left-behind server ended: %v", err)
	default:
		t.Error("the left-behind server still runs")
	}
	exec(t, s.URL(pglocal.Role, pglocal.Database), "SELECT 1")
}

// sleeper starts a process that has nothing to do with PostgreSQL.
func sleeper(t *testing.T) *osexec.Cmd {
	t.Helper()
	cmd := osexec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}
