package pglocal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// elsewhere is the directory for clusters whose data directory the server's user cannot reach.
const elsewhere = "/var/lib/daybook"

// place is a data directory that this process has locked.
type place struct {
	cluster string // DIR/cluster, symbolic links resolved
	account *account
	lock    *os.File
}

// occupy locks the data directory and creates what is missing of it, except the cluster's data. The caller releases it.
func occupy(dir string, who *account, log *slog.Logger) (_ *place, err error) {
	mode := fs.FileMode(0o700)
	if who != nil {
		mode = 0o711 // the server's user passes through to DIR/cluster, and sees nothing else
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	p := &place{account: who, lock: lock}
	defer func() {
		if err != nil {
			p.release()
		}
	}()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	cluster := filepath.Join(dir, "cluster")
	if _, err := os.Lstat(cluster); errors.Is(err, fs.ErrNotExist) {
		if err := p.create(dir, cluster, log); err != nil {
			return nil, err
		}
	}
	if p.cluster, err = filepath.EvalSymlinks(cluster); err != nil {
		return nil, fmt.Errorf("find the cluster that %s points to: %w", cluster, err)
	}
	if !who.reaches(p.cluster) {
		return nil, fmt.Errorf("the user that runs PostgreSQL cannot reach %s: let it pass (chmod o+x) every directory above, "+
			"or choose another data directory", p.cluster)
	}
	return p, nil
}

// create makes DIR/cluster: a directory there, or a link to one that the server's user can reach.
func (p *place) create(dir, cluster string, log *slog.Logger) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) == 1 && !p.account.reaches(dir) {
		// The directory has only our lock in it, so it was made for Daybook, perhaps by mktemp, which makes it private.
		if err := os.Chmod(dir, 0o711); err != nil {
			return fmt.Errorf("open data directory to the server: %w", err)
		}
	}
	if p.account.reaches(dir) {
		return p.mkdir(cluster)
	}
	if err := os.MkdirAll(elsewhere, 0o711); err != nil {
		return fmt.Errorf("create %s: %w", elsewhere, err)
	}
	target, err := os.MkdirTemp(elsewhere, strings.TrimPrefix(filepath.Base(dir), ".")+"-")
	if err != nil {
		return fmt.Errorf("create a directory for the server: %w", err)
	}
	if err := p.account.own(target); err != nil {
		return fmt.Errorf("hand %s to the server: %w", target, err)
	}
	if err := os.Symlink(target, cluster); err != nil {
		return fmt.Errorf("link data directory: %w", err)
	}
	log.Info("the user that runs PostgreSQL cannot reach the data directory: the cluster is elsewhere",
		"data_dir", dir, "cluster", target)
	return nil
}

func (p *place) mkdir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create directory for the server: %w", err)
	}
	if err := p.account.own(path); err != nil {
		return fmt.Errorf("hand %s to the server: %w", path, err)
	}
	return nil
}

func (p *place) data() string    { return filepath.Join(p.cluster, "data") }
func (p *place) logFile() string { return filepath.Join(p.cluster, "postgres.log") }
func (p *place) run() string     { return filepath.Join(p.cluster, "run") }

// plainPath matches a path that needs no quoting in PostgreSQL's settings or in a URL and that, with "/.s.PGSQL.5432"
// after it, is within the 103 bytes that the strictest system allows for a socket.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._-]{1,88}$`)

// makeSocketDir creates the directory of the socket and returns its path, with symbolic links resolved.
func (p *place) makeSocketDir() (string, error) {
	if target, err := os.Readlink(p.run()); err == nil { // left by a run that was killed
		_ = os.Remove(target)
		if err := os.Remove(p.run()); err != nil {
			return "", fmt.Errorf("replace socket directory: %w", err)
		}
	}
	if plainPath.MatchString(p.run()) {
		return p.run(), p.mkdir(p.run())
	}
	dir, err := os.MkdirTemp("/tmp", "daybook-")
	if err != nil {
		return "", fmt.Errorf("create socket directory: %w", err)
	}
	if err := errors.Join(p.account.own(dir), os.Symlink(dir, p.run())); err != nil {
		return "", fmt.Errorf("create socket directory: %w", err)
	}
	return dir, nil
}

// release removes a socket directory outside the data directory and releases the lock. The lock's file stays: if it were
// removed, two processes could each lock a file of that name.
func (p *place) release() {
	if target, err := os.Readlink(p.run()); p.cluster != "" && err == nil {
		_ = os.Remove(target)
		_ = os.Remove(p.run())
	}
	// It is unlocked, not only closed: a child process that is just being forked has a copy of the descriptor.
	_ = syscall.Flock(int(p.lock.Fd()), syscall.LOCK_UN)
	_ = p.lock.Close()
}
