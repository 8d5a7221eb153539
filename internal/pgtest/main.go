package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests, stops the server if they used it, and exits. It fails the run when tests leave
// goroutines behind; options except those that a library is known to keep.
func Main(m *testing.M, options ...goleak.Option) {
	code := m.Run()
	if c := current.Load(); c != nil {
		if err := c.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the test server:", err)
			code = max(code, 1)
		}
	}
	if code == 0 { // a failed test may well leave something running, and has said enough
		if err := goleak.Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// removeAtExit makes sure that dir is removed when this process is gone, however it went: a shell waits for the end
// of a pipe that only we hold open. A server that is just ending may still write, so it tries for some seconds.
// The cluster goes first: it may be a link out of dir.
// The returned function ends the wait at once and returns when dir is gone.
func removeAtExit(dir string) (remove func(), err error) {
	const script = `cat >/dev/null
		for i in 1 2 3 4 5 6 7 8 9 10; do
			rm -rf -- "$(readlink -f -- "$1/cluster")" "$1" 2>/dev/null && exit
			sleep 0.5
		done`
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
	return func() {
		_ = pipe.Close()
		_ = cmd.Wait()
	}, nil
}
