package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"daybook/internal/pglocal"
	"daybook/migrations"
)

// How long a data directory of about a hundred megabytes stays in the cache after it was last taken: one of the
// newest for a week, any other until whoever took it has copied it.
const (
	keepCached = 7 * 24 * time.Hour
	keepNewest = 8
	keepAnyway = 10 * time.Minute
)

// prepared returns a data directory with the template, for the server to copy: the cached one of the same PostgreSQL and
// the same source code, or else a new one, made in dir and put into the cache. To make one takes as much time as many
// tests. It returns nothing if there is no cache; the caller then makes its own.
func prepared(ctx context.Context, dir string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil // a user without a home has no cache
	}
	key, err := sourceKey(ctx)
	if err != nil || key == "" {
		return "", err
	}
	cache = filepath.Join(cache, "daybook", "pgtest")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", nil // nor has one whose home cannot be written
	}
	// Test binaries that start at the same time wait for the first one to make it.
	lock, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("lock the cache of test servers: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock the cache of test servers: %w", err)
	}
	data := filepath.Join(cache, key)
	now := time.Now()
	if err := os.Chtimes(data, now, now); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if err := removeOld(cache); err != nil {
		return "", err
	}
	if err := prepare(ctx, dir); err != nil {
		return "", err
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return "", fmt.Errorf("cache a test server: %w", err)
	}
	if out, err := exec.CommandContext(ctx, "cp", "-Rp", filepath.Join(dir, "cluster", "data"), fresh).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cache a test server: %w: %s", err, out)
	}
	syscall.Sync() // the server did not: a crash of the machine must not leave half of it under its name
	return data, os.Rename(fresh, data)
}

// sourceKey is a hash of everything that decides what a prepared data directory contains: PostgreSQL's version, the
// user, the migrations, and the code and the modules that run them. It is empty if that cannot be known: the source is not
// where it was compiled, or is newer than this binary.
func sourceKey(ctx context.Context) (string, error) {
	bin, err := pglocal.Provide(ctx, os.Getenv("DAYBOOK_PG_BIN"), slog.Default())
	if err != nil {
		return "", err
	}
	version, err := exec.Command(bin.Path("postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("read PostgreSQL's version: %w", err)
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s %d\n", bin.Dir, version, os.Geteuid())
	names, err := fs.Glob(migrations.Files(), "*")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if err := add(hash, migrations.Files(), name); err != nil {
			return "", err
		}
	}
	binary, err := os.Executable()
	if err != nil {
		return "", err
	}
	built, err := os.Stat(binary)
	if err != nil {
		return "", err
	}
	source, err := sourceDir()
	if err != nil {
		return "", err
	}
	root := os.DirFS(source)
	var sources []string
	for _, pattern := range []string{"go.sum", "migrations/*.go", "internal/pglocal/*.go", "internal/pgpool/*.go", "internal/pgtest/*.go"} {
		found, err := fs.Glob(root, pattern)
		if err != nil || len(found) == 0 {
			return "", err
		}
		sources = append(sources, found...)
	}
	sources = slices.DeleteFunc(sources, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	for _, name := range sources {
		info, err := fs.Stat(root, name)
		if err != nil || info.ModTime().After(built.ModTime()) {
			return "", err
		}
		if err := add(hash, root, name); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// sourceDir is the root of the tree that this binary was compiled from. Under -trimpath a binary does not know it: then it is where
// go test runs it, in the directory of its package.
func sourceDir() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	if filepath.IsAbs(here) {
		return filepath.Join(filepath.Dir(here), "..", ".."), nil
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return dir, err
}

// add adds a file to a hash.
func add(hash io.Writer, files fs.FS, name string) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	return err
}

// removeOld removes what was kept in the cache for long enough, before another is added.
func removeOld(cache string) error {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return fmt.Errorf("clean the cache of test servers: %w", err)
	}
	var kept []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.IsDir() {
			kept = append(kept, info)
		}
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i, info := range kept {
		if age := time.Since(info.ModTime()); age < keepAnyway || i < keepNewest-1 && age < keepCached {
			continue
		}
		if err := os.RemoveAll(filepath.Join(cache, info.Name())); err != nil {
			return fmt.Errorf("clean the cache of test servers: %w", err)
		}
	}
	return nil
}
