package pglocal

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clearLeftover cleans up after a run that was killed: it stops a server that still runs on data, and corrects a
// postmaster.pid whose number now belongs to another process. The caller holds the lock of the data directory, so no
// other process uses the server.
func clearLeftover(ctx context.Context, data string) error {
	file := filepath.Join(data, "postmaster.pid")
	content, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	lines := strings.Split(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return nil //nolint:nilerr // PostgreSQL recognises this file as stale
	}
	if serves(pid, data, lines) {
		return endLeftover(ctx, pid, data, lines)
	}
	// PostgreSQL would take the other process for a server. It ignores the number of its own parent, so that is written
	// into the file. The file is not removed, because PostgreSQL finds surviving backends by the rest of it.
	lines[0] = strconv.Itoa(os.Getpid())
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		return fmt.Errorf("correct %s: %w", file, err)
	}
	return nil
}

// serves reports whether process pid is the server of data: whether data is its working directory or, on systems without
// /proc, whether the socket named in postmaster.pid answers.
func serves(pid int, data string, lines []string) bool {
	if _, err := os.Stat("/proc/self/cwd"); err == nil {
		cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		return err == nil && cwd == data
	}
	if len(lines) < 5 {
		return false
	}
	conn, err := net.DialTimeout("unix", filepath.Join(lines[4], ".s.PGSQL."+lines[3]), time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// endLeftover stops a server that was left behind, first in order and then at once.
func endLeftover(ctx context.Context, pid int, data string, lines []string) error {
	for _, s := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGINT, fastShutdown}, {syscall.SIGQUIT, immediateShutdown}} {
		if err := syscall.Kill(pid, s.signal); err != nil && err != syscall.ESRCH {
			return fmt.Errorf("a server that was left behind runs on %s and cannot be stopped (process %d): %w", data, pid, err)
		}
		for end := time.Now().Add(s.patience); time.Now().Before(end); {
			if !serves(pid, data, lines) {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return fmt.Errorf("a server that was left behind runs on %s and does not stop (process %d)", data, pid)
}
