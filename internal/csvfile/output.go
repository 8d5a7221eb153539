package csvfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Output is a file that is written under a temporary name until it is complete.
type Output struct {
	*os.File
	path string
	// stays says that Discard leaves what was written, for Resume.
	stays bool
}

// Create begins a file that Keep puts at path, in place of an earlier one, which stays there until then. A path that is
// not a regular file, such as /dev/stdout, is written directly.
func Create(path string) (*Output, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("open the output: %w", err)
		}
		return &Output{File: file}, nil
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("create the output: %w", err)
	}
	return &Output{File: file, path: path}, nil
}

// Resume opens what was written of the file at path when it was last discarded, and cuts it to its first size bytes; a size of 0
// begins anew. It is written under the path with .partial behind it, where Discard leaves it. A path that is not a regular file
// cannot be resumed.
func Resume(path string, size int64) (*Output, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file that can be resumed", path)
	}
	file, err := os.OpenFile(Partial(path), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open what was written: %w", err)
	}
	o := &Output{File: file, path: path, stays: true}
	if err := o.goOn(size); err != nil {
		o.Discard()
		return nil, err
	}
	return o, nil
}

// goOn locks the file that was written before, and cuts it to its first size bytes.
func (o *Output) goOn(size int64) error {
	if err := syscall.Flock(int(o.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("%s is being written by another process: %w", o.Name(), err)
	}
	info, err := o.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("look at what was written: %w", err)
	case !ownFile(info):
		return fmt.Errorf("%s is a file that others can read, write or reach by another name: remove it to begin anew", o.Name())
	case !sameFile(o.Name(), info): // whoever had the lock has completed it
		return fmt.Errorf("%s was completed by another process", o.path)
	case info.Size() < size:
		return fmt.Errorf("%s has less than the %d bytes that were written, so it cannot be gone on with: remove the files beside it to begin anew: %w", o.Name(), size, io.ErrUnexpectedEOF)
	}
	if err := o.Truncate(size); err != nil {
		return fmt.Errorf("cut what was written: %w", err)
	}
	if _, err := o.Seek(size, io.SeekStart); err != nil {
		return fmt.Errorf("go to the end of what was written: %w", err)
	}
	return nil
}

// ownFile reports whether a file is a regular one of this process's user, under one name, which nobody else may open.
func ownFile(info os.FileInfo) bool {
	of, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 && int(of.Uid) == os.Geteuid() && of.Nlink == 1
}

// sameFile reports whether the file still has the name.
func sameFile(name string, info os.FileInfo) bool {
	now, err := os.Lstat(name)
	return err == nil && os.SameFile(now, info)
}

// Partial is the name under which a file that can be resumed is written.
func Partial(path string) string { return path + ".partial" }

// Keep completes the file and puts it at its path. Only its owner may read it.
func (o *Output) Keep() error {
	if o.path != "" {
		if err := o.Sync(); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
		// Before it is closed: then a lock on it ends, and another process might take it for its own.
		if err := os.Rename(o.Name(), o.path); err != nil {
			return fmt.Errorf("put the output into its place: %w", err)
		}
	}
	if err := o.Close(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// Discard removes what was written, unless it can be resumed; after Keep it does nothing.
func (o *Output) Discard() {
	_ = o.Close()
	if o.path != "" && !o.stays {
		_ = os.Remove(o.Name()) // fails after Keep, which has renamed it
	}
}
