package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daybook/internal/pgtest"
)

// dataDir returns a directory for a server. Unlike t.TempDir it can be reached by any user, so that PostgreSQL, which does
// not run as root, has its cluster there.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "daybook-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "data")
}

// demoDir is a dataDir with the server of a dev that has ended, and its demo business: a copy of the one that the first caller's
// dev has made, since a first start takes as long as many tests.
func demoDir(t *testing.T) string {
	t.Helper()
	made, err := madeByDev()
	if err != nil {
		t.Fatal(err)
	}
	dir := dataDir(t)
	if out, err := exec.CommandContext(t.Context(), "cp", "-Rp", made, dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the data directory: %v: %s", err, out)
	}
	return dir
}

var madeByDev = sync.OnceValues(func() (string, error) {
	dir, err := pgtest.DirOfAll()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "data")
	cmd, out := devProcess(context.Background(), dir)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if !isReady(out) {
		err = errors.New("it does not become ready")
	}
	if err = errors.Join(err, cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		return "", fmt.Errorf("daybook dev: %w:\n%s", err, out)
	}
	return dir, nil
})

// devProcess is daybook dev in a process of its own, and what it prints.
func devProcess(ctx context.Context, dir string) (*exec.Cmd, *output) {
	cmd := exec.CommandContext(ctx, os.Args[0], "dev", "--addr", "127.0.0.1:0", "--data-dir", dir, "--dev-token", testToken)
	cmd.Env = append(os.Environ(), asDaybook+"=1", "DATABASE_URL=")
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// isReady waits until dev has said that it runs, and reports whether it did in time.
func isReady(out *output) bool {
	for deadline := time.Now().Add(patienceToStart); !strings.Contains(out.String(), "Daybook runs"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// startProcess starts daybook dev in a process of its own and waits until it is ready.
func startProcess(t *testing.T, dir string) (*exec.Cmd, *output) {
	t.Helper()
	cmd, out := devProcess(t.Context(), dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !isReady(out) {
		t.Fatalf("daybook dev does not start:\n%s", out)
	}
	return cmd, out
}

func postmaster(t *testing.T, dir string) (pid int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cluster", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// dev ends with an error when its database dies.
func TestDevEndsWithPostgres(t *testing.T) {
	pgtest.Long(t)
	dir := demoDir(t)
	cmd, out := startProcess(t, dir)
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ended := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !ended.Stop() {
		t.Error("dev went on without its database")
	}
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out.String(), "daybook: PostgreSQL ended") {
		t.Errorf("dev ended with %v:\n%s", err, out)
	}
}

// kill -9 leaves no server behind, and no data is lost.
func TestDevKilled(t *testing.T) {
	pgtest.Long(t)
	dir := demoDir(t)
	cmd, _ := startProcess(t, dir)
	pid := postmaster(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL (%d) goes on without daybook", pid)
		}
	}
	cmd, out := startProcess(t, dir)
	if strings.Contains(out.String(), "new PostgreSQL data directory") {
		t.Errorf("the data was made anew:\n%s", out)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v:\n%s", err, out)
	}
}
