package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests, stops the server if one was started, and exits. The run fails if the tests leave
// goroutines behind, other than those that the options ignore.
func Main(m *testing.M, options ...goleak.Option) {
	code := m.Run()
	for _, remove := range removals.all {
		remove()
	}
	if c := current.Load(); c != nil {
		if err := c.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the test server:", err)
			code = max(code, 1)
		}
	}
	if code == 0 { // a failed test may leave something running
		if err := goleak.Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// removals remove the directories of DirOfAll. While they are here, the pipes are open at whose ends the directories go.
var removals struct {
	sync.Mutex
	all []func()
}

// DirOfAll returns a new directory for what the tests of this binary share. Any user may enter it, and it is removed when the
// binary ends.
func DirOfAll() (string, error) {
	dir, err := os.MkdirTemp("", "daybook-")
	if err != nil {
		return "", err
	}
	remove, err := removeAtExit(dir)
	if err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	removals.Lock()
	defer removals.Unlock()
	removals.all = append(removals.all, remove)
	return dir, os.Chmod(dir, 0o711)
}

// removeAtExit makes sure that dir is removed when this process ends, even if it is killed: a shell waits for the end of
// a pipe that only this process holds open. A server that is ending may still write, so the shell tries for five seconds.
// It removes the cluster first, which may be a link to another directory.
//
// remove removes dir now and returns when that is done.
func removeAtExit(dir string) (remove func(), err error) {
	const script = `cat >/dev/null
		for i in 1 2 3 4 5 6 7 8 9 10; do
			rm -rf -- "$(readlink -f -- "$1/cluster")" "$1" 2>/dev/null && exit
			sleep 0.5
		done`
	end, err := runAtExit(script, dir)
	return func() { _ = end() }, err
}

// runAtExit starts a shell whose script, with dir as $1, begins by waiting for the end of its input: a pipe that only this process
// holds open. end closes the pipe now, and returns the script's error.
func runAtExit(script, dir string) (end func() error, err error) {
	cmd := exec.Command("/bin/sh", "-c", script, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("watch over %s: %w", dir, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("watch over %s: %w", dir, err)
	}
	return func() error {
		_ = pipe.Close()
		return cmd.Wait()
	}, nil
}
