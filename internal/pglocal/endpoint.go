package pglocal

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"time"
)

// port only names the socket's file; nothing listens on the network.
const port = "5432"

// Endpoint says where a running server is reached.
type Endpoint struct{ socketDir string }

// SocketDir is the directory of the unix socket: what psql -h takes.
func (e Endpoint) SocketDir() string { return e.socketDir }

// URL connects to database as role; pgx and libpq's programs understand it.
func (e Endpoint) URL(role, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: "host=" + e.socketDir + "&port=" + port + "&sslmode=disable", // a plainPath needs no escapes
	}
	return u.String()
}

// Attach finds the server that another process runs on dataDir. The error is ErrNotRunning when there is none; a
// server that is starting counts as running and refuses connections for a moment.
func Attach(dataDir string) (Endpoint, error) {
	dir, err := filepath.Abs(dataDir)
	if err != nil {
		return Endpoint{}, fmt.Errorf("data directory: %w", err)
	}
	dir, err = filepath.EvalSymlinks(filepath.Join(dir, "cluster", "run"))
	if err == nil {
		var conn net.Conn
		if conn, err = net.DialTimeout("unix", filepath.Join(dir, ".s.PGSQL."+port), 2*time.Second); err == nil {
			_ = conn.Close()
			return Endpoint{socketDir: dir}, nil
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return Endpoint{}, fmt.Errorf("the server on %s belongs to another user: %w", dataDir, err)
	}
	return Endpoint{}, fmt.Errorf("%w %s", ErrNotRunning, dataDir)
}
