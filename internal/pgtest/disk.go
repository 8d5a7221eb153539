package pgtest

import (
	"fmt"
	"os"
	"os/exec"
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
	// It is unmounted also when this process is killed.
	end, err := runAtExit(`cat >/dev/null; umount -l -- "$1"; rmdir -- "$1"`, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir, nil
}
