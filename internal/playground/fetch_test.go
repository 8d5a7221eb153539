package playground

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// fakeArchive makes an npm archive with one file.
func fakeArchive(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fake.tgz")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	plain := gzip.NewWriter(out)
	entries := tar.NewWriter(plain)
	err = entries.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})
	_, werr := entries.Write([]byte(content))
	if err := errors.Join(err, werr, entries.Close(), plain.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
