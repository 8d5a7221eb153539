package pglocal

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxUnpacked bounds one file of an archive; the largest has about 30 MB.
const maxUnpacked = 200 << 20

// native is the directory of an archive's package that holds the server.
const native = "native/"

// inPackage returns the path of a file below dir, given its path in the package. It never leads out of dir.
func inPackage(name string) string {
	return path.Clean("/" + strings.TrimPrefix(name, native))
}

// unpack writes the server's files of an archive to dir. Everybody may read and run them, since another user may run the
// server.
func unpack(archive io.Reader, dir string) error {
	plain, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(plain); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, found := strings.CutPrefix(entry.Name, "package/"+native)
		if !found || entry.Typeflag != tar.TypeReg {
			continue
		}
		if err := write(filepath.Join(dir, inPackage(name)), io.LimitReader(entries, maxUnpacked)); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
}

func write(name string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, fs.FileMode(0o755))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
