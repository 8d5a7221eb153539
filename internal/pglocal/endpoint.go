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

// port is part of the socket's file name only; the server does not listen on the network.
const port = "5432"

// Endpoint is the address of a running server.
type Endpoint struct{ socketDir string }

// SocketDir returns the directory of the unix socket, the argument of psql -h.
func (e Endpoint) SocketDir() string { return e.socketDir }

// URL returns the connection string for a database and a role, for pgx and for libpq's programs.
func (e Endpoint) URL(role, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: "host=" + e.socketDir + "&port=" + port + "&sslmode=disable", // a plainPath needs no escaping
	}
	return u.String()
}

// Attach returns the endpoint of the server that another process runs on dataDir, or ErrNotRunning if there is none. A
// server that is starting counts as running, and refuses connections for a moment.
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
