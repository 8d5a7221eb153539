package pglocal

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldest is the first major version that is supported.
const oldest = 15

// Binaries is one installation of PostgreSQL's programs.
type Binaries struct {
	Dir   string // absolute, no symbolic links
	Major int    // 15, 16, …
}

// Path returns the path of a program, such as "postgres" or "pg_dump". It need not exist: distributions package the
// clients separately.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// packageDirs are the directories in which packages install the server's programs without adding them to PATH.
var packageDirs = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // postgresql.org's packages for Fedora and RHEL
	"/usr/lib/postgresql*/bin",          // SUSE
	"/usr/libexec/postgresql*",          // Alpine
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin", // built from source
}

// Find returns the installation to use: the one in binDir if that is not empty, else the one in PATH, else the newest
// one that a package has installed, else the one that Provide has downloaded. Versions before 15 are ignored. If there is none, the error is ErrNoPostgres and
// says what to install.
func Find(binDir string) (Binaries, error) { return find(binDir, 0) }

// find is Find, but prefers an installation of the major version, that of an existing data directory, if it is not 0.
func find(binDir string, major int) (Binaries, error) {
	if binDir != "" {
		b, err := inspect(binDir)
		if err == nil && b.Major < oldest {
			err = fmt.Errorf("it is version %d", b.Major)
		}
		if err != nil {
			return Binaries{}, fmt.Errorf("%w in %s (set by DAYBOOK_PG_BIN): %w", ErrNoPostgres, binDir, err)
		}
		return b, nil
	}
	found := installed()
	if len(found) == 0 {
		return Binaries{}, fmt.Errorf("%w. Install it (Debian, Ubuntu: apt install postgresql; Fedora, RHEL: "+
			"dnf install postgresql-server postgresql-contrib; macOS: brew install postgresql@17), or set "+
			"DAYBOOK_PG_BIN to the directory that holds its initdb, or DATABASE_URL to a server of yours", ErrNoPostgres)
	}
	if i := slices.IndexFunc(found, func(b Binaries) bool { return b.Major == major }); i >= 0 {
		return found[i], nil
	}
	return found[0], nil
}

// installed lists the usable installations, the preferred first.
func installed() []Binaries {
	var packaged, list []Binaries
	for _, pattern := range packageDirs {
		dirs, _ := filepath.Glob(pattern) // only a malformed pattern fails
		for _, dir := range dirs {
			if b, err := inspect(dir); err == nil {
				packaged = append(packaged, b)
			}
		}
	}
	slices.SortStableFunc(packaged, func(a, b Binaries) int { return b.Major - a.Major })
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if b, err := inspect(filepath.Dir(path)); err == nil {
				list = append(list, b)
			}
		}
	}
	list = append(list, packaged...)
	if dir, err := fetchedDir(); err == nil {
		if b, err := inspect(filepath.Join(dir, "bin")); err == nil {
			list = append(list, b)
		}
	}
	return slices.DeleteFunc(list, func(b Binaries) bool { return b.Major < oldest })
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect returns the installation in dir. It runs postgres and initdb for their version, and fails without either.
func inspect(dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return Binaries{}, err
	}
	b := Binaries{Dir: dir}
	for _, program := range []string{"initdb", "postgres"} {
		out, err := exec.Command(b.Path(program), "--version").Output()
		if err != nil {
			return Binaries{}, fmt.Errorf("ask %s for its version: %w", program, err)
		}
		m := versionPattern.FindSubmatch(out)
		if m == nil {
			return Binaries{}, fmt.Errorf("%s does not say which version it is: %q", b.Path(program), out)
		}
		if b.Major, err = strconv.Atoi(string(m[1])); err != nil {
			return Binaries{}, fmt.Errorf("version of %s: %w", b.Path(program), err)
		}
	}
	return b, nil
}
