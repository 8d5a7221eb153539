package pglocal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// existingMajor returns the major version that made the data directory, or 0 if there is none yet.
func existingMajor(data string) (int, error) {
	content, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(data); err == nil {
			return 0, fmt.Errorf("%s is not a PostgreSQL data directory, and will not be overwritten", data)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of %s: %w", data, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0, fmt.Errorf("read the version of %s: %w", data, err)
	}
	return major, nil
}

// initialize makes the data directory, which gets its name when it is complete.
func (p *place) initialize(ctx context.Context, bin Binaries, sync bool) error {
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} { // not every system has the first
		if err = p.initdb(ctx, bin, locale, sync); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

func (p *place) initdb(ctx context.Context, bin Binaries, locale string, sync bool) error {
	// Each attempt has a directory of its own: processes left over from a killed attempt may still write to the last one.
	old, _ := filepath.Glob(p.data() + ".new-*")
	for _, dir := range old {
		_ = os.RemoveAll(dir)
	}
	fresh, err := os.MkdirTemp(p.cluster, "data.new-")
	if err == nil {
		err = p.account.own(fresh)
	}
	if err != nil {
		return fmt.Errorf("create data directory: %w", err)
	}
	output, err := os.Create(filepath.Join(p.cluster, "initdb.log"))
	if err != nil {
		return fmt.Errorf("create initdb's log: %w", err)
	}
	defer func() { _ = output.Close() }()
	args := []string{"-D", fresh, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=" + locale, "--no-instructions"}
	if !sync {
		args = append(args, "--no-sync")
	}
	proc, err := launch(p.account, p.cluster, output, syscall.SIGKILL, bin.Path("initdb"), args...)
	if err != nil {
		return fmt.Errorf("run initdb: %w", err)
	}
	if err := proc.wait(ctx); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, tail(output.Name()))
	}
	if err := os.Rename(fresh, p.data()); err != nil {
		return fmt.Errorf("put the new data directory in place: %w", err)
	}
	return nil
}

// copyData makes the data directory as a copy, with the owner of the original.
func (p *place) copyData(ctx context.Context, from string) error {
	fresh := p.data() + ".copy"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("replace an unfinished copy: %w", err)
	}
	if out, err := exec.CommandContext(ctx, "cp", "-Rp", from, fresh).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the data directory %s: %w: %s", from, err, out)
	}
	if err := os.Rename(fresh, p.data()); err != nil {
		return fmt.Errorf("put the copied data directory in place: %w", err)
	}
	return nil
}

// tail returns the last lines of a log file, for an error message.
func tail(file string) string {
	content, _ := os.ReadFile(file)
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-6):], "\n")
}
