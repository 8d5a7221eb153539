package pglocal

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is a running program that ends with us.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // set before done is closed
}

// launch runs one of PostgreSQL's programs as the server's user: in an environment without anybody's PG* or locale
// variables, in a process group of its own so that a Ctrl-C at the terminal is ours to handle, with output as its
// standard output and error. When our process dies it gets the signal farewell, where the system can do that.
func launch(who *account, home string, output *os.File, farewell syscall.Signal, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = home
	cmd.Env = []string{"PATH=" + filepath.Dir(program) + ":/usr/bin:/bin", "HOME=" + home, "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: who.credential()}
	dieWithParent(cmd.SysProcAttr, farewell)

	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel takes the death of the thread that forked for the death of the parent. This thread stays
		// with the program until its end, and is not given back.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// wait returns the program's outcome; when ctx ends first it kills the program.
func (p *process) wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		<-p.done
		return ctx.Err()
	}
}

// How long each of a server's shutdowns may take before the next harder one.
const (
	fastShutdown      = 20 * time.Second
	immediateShutdown = 5 * time.Second
)

// stop ends a server: SIGINT disconnects its clients and writes everything out; SIGQUIT ends without, and the next
// start recovers; SIGKILL is for a server that hangs. The end of ctx skips the patience of the first.
func (p *process) stop(ctx context.Context) {
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.done:
		return
	case <-ctx.Done():
	case <-time.After(fastShutdown):
	}
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(immediateShutdown):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}
