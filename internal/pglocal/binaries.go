package pglocal

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// oldest is the first major version we support.
const oldest = 15

// Binaries is one installation of PostgreSQL's programs.
type Binaries struct {
	Dir   string // absolute, no symbolic links
	Major int    // 15, 16, …
}

// Path returns the path of a program: "postgres", "pg_dump". It need not exist: distributions package the clients
// separately.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// places are where packages put the server's programs without adding them to PATH.
var places = []string{
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

// Find returns the installation to use: the one in binDir if that is not empty, else the one in PATH, else the
// newest of the places where packages put it. Versions before 15 do not count. Without any the error is
// ErrNoPostgres and says what to install.
func Find(binDir string) (Binaries, error) { return find(binDir, 0) }

// find prefers major, the version of an existing data directory, unless it is 0.
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

// installed lists usable installations, best first.
func installed() []Binaries {
	var packaged, list []Binaries
	for _, pattern := range places {
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
	return slices.DeleteFunc(list, func(b Binaries) bool { return b.Major < oldest })
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect asks the programs in dir for their version. It fails unless both postgres and initdb are there.
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
