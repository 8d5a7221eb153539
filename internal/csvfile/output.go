package csvfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// Output is a file that is written under a temporary name until it is complete.
type Output struct {
	*os.File
	path string
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

// Keep completes the file and puts it at its path. Only its owner may read it.
func (o *Output) Keep() error {
	if err := o.Close(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	if o.path == "" {
		return nil
	}
	if err := os.Rename(o.Name(), o.path); err != nil {
		return fmt.Errorf("put the output into its place: %w", err)
	}
	return nil
}

// Discard removes what was written; after Keep it does nothing.
func (o *Output) Discard() {
	_ = o.Close()
	if o.path != "" {
		_ = os.Remove(o.Name()) // fails after Keep, which has renamed it
	}
}
