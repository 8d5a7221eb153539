// Package pglocal runs a managed PostgreSQL server, so that Daybook needs one command on a fresh machine.
//
// The server's programs are those installed on the machine, or downloaded once (see Provide). The server listens on a unix socket only, in a
// directory that only its user may enter, and accepts every connection there; there is no password and no port. It runs
// as long as the process that called Start: Stop stops it. If the process is killed, the kernel stops the server
// (Linux), or the next Start does (other systems).
//
// A data directory looks like this:
//
//	DIR/lock                   held while a process runs the server
//	DIR/cluster/data           the PostgreSQL data directory
//	DIR/cluster/run            the socket's directory
//	DIR/cluster/postgres.log   the server's log
//	DIR/cluster/initdb.log     how the data directory was made
//
// PostgreSQL refuses to run as root. If this process is root, the server runs as the user postgres, or else nobody. If
// that user cannot reach DIR (because it is under /root, for example), DIR/cluster is a symbolic link to a directory
// under /var/lib/daybook. If the socket's path would be longer than the system allows, DIR/cluster/run is a symbolic
// link to a directory under /tmp. So the paths above are always valid.
//
// The package never deletes a data directory, and refuses one made by another major version.
package pglocal

import (
	"errors"
	"log/slog"
)

// Roles and the database that every server has.
const (
	// Superuser is PostgreSQL's superuser, for maintenance and tests.
	Superuser = "postgres"
	// Role owns Database, and is not a superuser. It migrates, and keeps the stored copies.
	Role = "daybook"
	// ApplicationRole owns nothing. The application reads and writes rows as it, with what the migrations grant it.
	ApplicationRole = "daybook_app"
	// Database is the application's database.
	Database = "daybook"
)

var (
	// ErrInUse says that another process runs the server of this data directory.
	ErrInUse = errors.New("the data directory is in use by another daybook process")
	// ErrNotRunning says that no process runs the server of this data directory.
	ErrNotRunning = errors.New("no PostgreSQL server runs on the data directory")
	// ErrNoPostgres says that this machine has no usable installation of PostgreSQL.
	ErrNoPostgres = errors.New("PostgreSQL 15 or newer was not found")
)

// Options for Start.
type Options struct {
	// DataDir is created if it is missing. Required.
	DataDir string
	// BinDir is the directory of PostgreSQL's programs; if it is empty, Provide looks for them.
	BinDir string
	// CopyOf is the data directory of a stopped server, made by the same user and the same version, that a missing one is
	// copied from; if it is empty, a new one is made.
	CopyOf string
	// Logger gets a few lines about starting and stopping; nil for none.
	Logger *slog.Logger
	// Settings override or add to the server's configuration, by PostgreSQL's names.
	Settings map[string]string
}

// settings are the server's configuration where it differs from PostgreSQL's defaults, for a machine with a few GB of
// memory and an SSD.
var settings = map[string]string{
	"shared_buffers":       "256MB",
	"effective_cache_size": "1GB",
	"work_mem":             "16MB",
	"maintenance_work_mem": "128MB",
	"max_connections":      "100",
	"max_wal_size":         "2GB",
	"random_page_cost":     "1.1",
	"jit":                  "off",
	"timezone":             "UTC",
	"log_timezone":         "UTC",
	"log_checkpoints":      "off",
	"log_line_prefix":      "%m [%p] %q%u@%d ",
	"cluster_name":         "daybook",
}
