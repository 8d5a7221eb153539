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

// process is a running program that is stopped when this process dies.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // set before done is closed
}

// launch runs one of PostgreSQL's programs as the server's user, with output as its standard output and error. Its
// environment has no PG* and locale variables; its process group is its own, so that Ctrl-C at the terminal reaches
// only this process. If this process dies, the program gets the signal farewell, on systems that support it.
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
		// The kernel sends the signal when the thread that forked ends, not the process. So this thread is locked until
		// the program has ended.
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

// wait waits for the program's end and returns its error. When ctx ends first, it kills the program.
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

// How long each way to shut down a server may take before the next, harder one.
const (
	fastShutdown      = 20 * time.Second
	immediateShutdown = 5 * time.Second
)

// stop stops a server: by SIGINT, upon which it disconnects its clients and writes everything out; after 20 seconds, or
// when ctx ends, by SIGQUIT, upon which it ends at once and recovers at the next start; then by SIGKILL.
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
