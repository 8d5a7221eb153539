package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v3"

	"daybook/internal/pglocal"
)

// databaseStop bounds the orderly shutdown of the managed server. After it the server is stopped at once, and recovers
// when it starts again.
const databaseStop = 1500 * time.Millisecond

func dataDirFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "data-dir", Value: ".daybook",
		Usage: "`DIR` of the managed PostgreSQL; the environment's DATABASE_URL, a server elsewhere, comes before it",
	}
}

// devDataDirFlag and databaseFlag are where dev keeps its data. It does not use DATABASE_URL, which may be another project's.
func devDataDirFlag() cli.Flag {
	return &cli.StringFlag{Name: "data-dir", Value: ".daybook", Usage: "`DIR` of the managed PostgreSQL"}
}

func databaseFlag() cli.Flag {
	return &cli.StringFlag{Name: "database", Usage: "`URL` of a database elsewhere, empty or Daybook's, instead of the managed PostgreSQL"}
}

// database is the address of a command's database, and its server if this process runs it.
type database struct {
	// url connects as the role that owns the tables: it migrates, and keeps the stored copies. applicationURL connects
	// as the role that may only read and write rows. Of a database elsewhere, both are its address.
	url, applicationURL string
	// applicationRole is the role that is granted access to the rows after migrating; empty for none.
	applicationRole string
	server          *pglocal.Server // nil unless this process started it
}

// managed returns the database of a managed server.
func managed(endpoint pglocal.Endpoint) *database {
	return &database{
		url:             endpoint.URL(pglocal.Role, pglocal.Database),
		applicationURL:  endpoint.URL(pglocal.ApplicationRole, pglocal.Database),
		applicationRole: pglocal.ApplicationRole,
	}
}

// access says how a command uses the data directory.
type access int

const (
	existing access = iota // attach to the running server, or start one for the duration of the command; fail if there is no cluster
	create                 // the same, but make the cluster if there is none
	own                    // start the server, and make the cluster if there is none; fail if a server runs already
)

// openDatabase returns the database that DATABASE_URL names, or the flag database where the access is own, or else the one
// of the managed server on the data directory. The caller closes it.
func openDatabase(ctx context.Context, cmd *cli.Command, logger *slog.Logger, how access) (*database, error) {
	dir := cmd.String("data-dir")
	url := os.Getenv("DATABASE_URL")
	if how == own {
		if url != "" && url != cmd.String("database") {
			logger.Info("DATABASE_URL is not used by this command: --database names a database elsewhere")
		}
		url = cmd.String("database")
	}
	if url != "" {
		if cmd.IsSet("data-dir") {
			logger.Warn("the database is elsewhere, so the data directory is not used", "data-dir", dir)
		}
		return &database{url: url, applicationURL: url}, nil
	}
	if how == own {
		return startDatabase(ctx, dir, logger)
	}
	endpoint, err := pglocal.Attach(dir)
	if err == nil {
		return managed(endpoint), nil
	}
	if !errors.Is(err, pglocal.ErrNotRunning) {
		return nil, err
	}
	if _, missing := os.Stat(filepath.Join(dir, "cluster")); how == existing && errors.Is(missing, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no database: run daybook dev first, or set DATABASE_URL", dir)
	}
	return startDatabase(ctx, dir, logger)
}

// startDatabase starts the managed server on dir, and makes the cluster if there is none.
func startDatabase(ctx context.Context, dir string, logger *slog.Logger) (*database, error) {
	server, err := pglocal.Start(ctx, pglocal.Options{DataDir: dir, BinDir: os.Getenv("DAYBOOK_PG_BIN"), Logger: logger})
	if err != nil {
		return nil, err
	}
	db := managed(server.Endpoint)
	db.server = server
	return db, nil
}

// watch returns a context that also ends when the server dies, with the reason as its cause.
func (d *database) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if d.server != nil {
		go func() {
			select {
			case <-d.server.Done():
				cancel(d.server.Err())
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// name returns how one connects to the database: a command for a managed server, else its address without a password.
func (d *database) name() string {
	if d.server != nil {
		return fmt.Sprintf("psql -h %s -U %s %s", d.server.SocketDir(), d.applicationRole, pglocal.Database)
	}
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		return "elsewhere"
	}
	return fmt.Sprintf("%s on %s, as %s", config.Database, config.Host, config.User)
}

// checkpoint has a server that this process runs write out its buffers, so that little is left to write when it stops:
// a new database is some thousand files. It does nothing for another server.
func (d *database) checkpoint(ctx context.Context) (err error) {
	if d.server == nil {
		return nil
	}
	conn, err := pgx.Connect(ctx, d.server.URL(pglocal.Superuser, pglocal.Database))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	_, err = conn.Exec(ctx, "CHECKPOINT")
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// close stops the server if this process started it. The error says that the server had died before.
func (d *database) close() error {
	if d.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), databaseStop)
	defer cancel()
	return d.server.Stop(ctx)
}

// withDatabase runs fn with a command's database and closes it. The context of fn also ends when the server dies.
func withDatabase(ctx context.Context, cmd *cli.Command, how access, fn func(context.Context, *database, *slog.Logger) error) error {
	logger, err := newLogger(cmd)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, cmd, logger, how)
	if err != nil {
		return err
	}
	watched, cancel := db.watch(ctx)
	defer cancel()
	err = fn(watched, db, logger)
	return errors.Join(err, db.close())
}
