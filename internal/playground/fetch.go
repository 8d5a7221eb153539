package playground

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// fetchTimeout bounds one run of npm, which would retry for minutes without a network.
const fetchTimeout = 20 * time.Second

// maxFile bounds one unpacked file; the largest of ours has 1.2 MB.
const maxFile = 8 << 20

// Fetch makes sure that dir has the page's files with the pinned hashes. If it does not, Fetch creates dir and downloads
// the packages with the npm client. A file with another hash is an error and is not kept. When ctx ends, npm is killed.
func Fetch(ctx context.Context, dir string) error {
	if _, err := readVerified(dir); err == nil {
		return nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("fetch the playground's files: %w", err)
	}
	tmp, err := os.MkdirTemp("", "daybook-playground-")
	if err != nil {
		return fmt.Errorf("fetch the playground's files: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := pack(ctx, npm, tmp); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("fetch the playground's files: %w", err)
	}
	archives, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil {
		return fmt.Errorf("fetch the playground's files: %w", err)
	}
	for _, archive := range archives {
		if err := unpack(archive, dir); err != nil {
			return err
		}
	}
	_, err = readVerified(dir)
	return err
}

// pack downloads the packages of all files as archives into dir. npm runs no script of a package for this.
func pack(ctx context.Context, npm, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	args := []string{"pack", "--silent", "--ignore-scripts", "--pack-destination", dir}
	for _, f := range files {
		if !slices.Contains(args, f.Package) {
			args = append(args, f.Package)
		}
	}
	cmd := exec.CommandContext(ctx, npm, args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack: %w: %s", errors.Join(err, ctx.Err()), bytes.TrimSpace(out))
	}
	return nil
}

// unpack writes the page's files in an npm archive to dir, each only if it has the pinned hash.
func unpack(archive, dir string) error {
	in, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer in.Close()
	plain, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	for entries := tar.NewReader(plain); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", archive, err)
		}
		i := slices.IndexFunc(files, func(f file) bool { return entry.Name == "package/"+f.Path })
		if i < 0 {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(entries, maxFile))
		if err != nil {
			return fmt.Errorf("unpack %s: %w", archive, err)
		}
		if err := files[i].check(content); err != nil {
			return err
		}
		if err := replace(filepath.Join(dir, files[i].Name), content); err != nil {
			return err
		}
	}
}

// replace writes a file completely or not at all, so that two processes may fetch at once.
func replace(name string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".fetch-")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
