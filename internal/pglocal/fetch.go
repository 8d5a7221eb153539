package pglocal

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// distribution is an archive of PostgreSQL's server for one platform: a package of npm's embedded-postgres, whose archives hold
// contrib and ICU too.
type distribution struct {
	url       string
	integrity string // the SHA-512 of the archive, in base64
}

// fetchedVersion is the version of the distributions: PostgreSQL's, and the package's own.
const fetchedVersion = "17.10.0-beta.17"

// distributions has a pinned archive for each platform, as GOOS/GOARCH.
var distributions = map[string]distribution{
	"linux/amd64":  pin("linux-x64", "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="),
	"linux/arm64":  pin("linux-arm64", "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig=="),
	"darwin/amd64": pin("darwin-x64", "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg=="),
	"darwin/arm64": pin("darwin-arm64", "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ=="),
}

func pin(platform, integrity string) distribution {
	return distribution{
		url:       "https://registry.npmjs.org/@embedded-postgres/" + platform + "/-/" + platform + "-" + fetchedVersion + ".tgz",
		integrity: integrity,
	}
}

const (
	// fetchTimeout bounds the download of one archive, of about 25 MB.
	fetchTimeout = 5 * time.Minute
	// maxArchive bounds an archive.
	maxArchive = 100 << 20
)

// Provide is Find, but downloads PostgreSQL's server once if this machine has none and binDir is empty. The log says so. The
// server is kept in the user's cache, or below /var/lib/daybook if the user that runs it cannot reach that.
func Provide(ctx context.Context, binDir string, log *slog.Logger) (Binaries, error) {
	return provide(ctx, binDir, 0, log)
}

// provide is Provide, but prefers an installation of the major version if it is not 0.
func provide(ctx context.Context, binDir string, major int, log *slog.Logger) (Binaries, error) {
	found, missing := find(binDir, major)
	if missing == nil || binDir != "" {
		return found, missing
	}
	d, ok := distributions[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return Binaries{}, missing
	}
	dir, err := fetchedDir()
	if err == nil {
		log.InfoContext(ctx, "this machine has no PostgreSQL server: downloading one, once", "version", fetchedVersion, "from", d.url, "to", dir)
		err = d.fetch(ctx, dir)
	}
	if err != nil {
		return Binaries{}, fmt.Errorf("%w. Downloading it failed: %w", missing, err)
	}
	return inspect(filepath.Join(dir, "bin"))
}

// fetchedDir is the directory of a downloaded server. It exists only if the server is complete.
func fetchedDir() (string, error) {
	who, err := serverAccount()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "daybook")
		err = os.MkdirAll(cache, 0o755)
	}
	if err != nil || !who.reaches(cache) {
		cache = elsewhere
		if err := os.MkdirAll(cache, 0o711); err != nil {
			return "", fmt.Errorf("create %s: %w", cache, err)
		}
	}
	return filepath.Join(cache, "postgresql-"+fetchedVersion), nil
}

// fetch downloads the archive and unpacks it to dir, completely or not at all. Two processes may fetch at once.
func (d distribution) fetch(ctx context.Context, dir string) error {
	archive, err := d.download(ctx)
	if err != nil {
		return fmt.Errorf("download %s: %w", d.url, err)
	}
	defer func() { _ = errors.Join(archive.Close(), os.Remove(archive.Name())) }()
	made, err := os.MkdirTemp(filepath.Dir(dir), ".postgresql-")
	if err != nil {
		return fmt.Errorf("unpack %s: %w", d.url, err)
	}
	defer os.RemoveAll(made)
	if err := errors.Join(os.Chmod(made, 0o755), unpack(archive, made), link(made)); err != nil {
		return fmt.Errorf("unpack %s: %w", d.url, err)
	}
	if err := os.Rename(made, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keep the downloaded PostgreSQL: %w", err)
	}
	return nil
}

// download returns the archive as an open temporary file, at its beginning. Another content than the pinned one is an error.
func (d distribution) download(ctx context.Context) (_ *os.File, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return nil, err
	}
	request.Close = true // nothing else is asked
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	file, err := os.CreateTemp("", "daybook-postgresql-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = errors.Join(file.Close(), os.Remove(file.Name()))
		}
	}()
	sum := sha512.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(response.Body, maxArchive)); err != nil {
		return nil, err
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != d.integrity {
		return nil, fmt.Errorf("its SHA-512 is %s, not %s", got, d.integrity)
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, err
}

// link makes the symbolic links of the libraries in dir. Archives of npm have none, so a file lists them.
func link(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		source, target := filepath.Join(dir, inPackage(l.Source)), filepath.Join(dir, inPackage(l.Target))
		to, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := os.Symlink(to, target); err != nil {
			return err
		}
	}
	return nil
}
