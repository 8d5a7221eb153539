package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// Disk mounts a file system of so many megabytes, in memory, until the test ends, and returns its directory. The error says why this
// machine or this user cannot.
func Disk(t testing.TB, megabytes int) (dir string, err error) {
	t.Helper()
	if dir, err = os.MkdirTemp("", "daybook-disk-"); err != nil {
		t.Fatal(err)
	}
	mount := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=0711", megabytes), "tmpfs", dir)
	if out, err := mount.CombinedOutput(); err != nil {
		_ = os.Remove(dir)
		return "", fmt.Errorf("mount a tmpfs: %w: %s", err, out)
	}
	// A shell unmounts it at the end of a pipe that only this process holds open, so also when this process is killed.
	cmd := exec.Command("/bin/sh", "-c", `cat >/dev/null; umount -l -- "$1"; rmdir -- "$1"`, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("watch over %s: %v", dir, err)
	}
	t.Cleanup(func() {
		_ = pipe.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir, nil
}
