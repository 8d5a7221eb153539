package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/pgpool"
	"daybook/migrations"
	"daybook/projection"
)

// silence is how long nothing is said of what takes long.
const silence = 3 * time.Second

// errOutdated says that the database is not ready for this version; it ends the message that says why.
var errOutdated = errors.New("run daybook migrate")

// bringUp migrates the database to this version's schema, grants the application's role access, and brings into use the
// read models that a migration has created or redefined. It returns when these are computed; those in use go on serving
// until then.
func bringUp(ctx context.Context, db *database, logger *slog.Logger) error {
	logger.InfoContext(ctx, "bringing the database to this version's schema")
	told := time.Now()
	err := migrations.Up(ctx, db.url, func(file string) {
		if time.Since(told) > silence {
			logger.InfoContext(ctx, "bringing the database to this version's schema", "applied", file)
			told = time.Now()
		}
	})
	if err != nil {
		return err
	}
	if db.applicationRole != "" {
		if err := migrations.Admit(ctx, db.url, db.applicationRole); err != nil {
			return err
		}
	}
	pool, err := pgpool.Open(ctx, db.url, pgpool.Options{ApplicationName: "daybook migrate", MaxConns: 4, Limits: pgpool.Limits{Idle: commandLimits.Idle}})
	if err != nil {
		return err
	}
	defer pool.Close()
	return projection.New(pool, logger).Settle(ctx)
}

// upToDate returns an errOutdated if bringUp has something to do.
func (n *node) upToDate(ctx context.Context) error {
	if err := n.migrated(ctx); err != nil {
		return err
	}
	list, err := n.engine.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		switch {
		case p.Replaces != nil:
			return fmt.Errorf("the new definition of the read model %s is not in use: %w", *p.Replaces, errOutdated)
		case !p.Built:
			return fmt.Errorf("the read model %s is not built: %w", p.Name, errOutdated)
		}
	}
	return nil
}

// migrated returns an errOutdated if the database does not have this version's schema.
func (n *node) migrated(ctx context.Context) error {
	pending, err := migrations.Pending(ctx, n.jobs)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && refused.Code == pgerrcode.InsufficientPrivilege {
		return fmt.Errorf("the database refuses this role: %w --application-role %s, as the owner of the tables", errOutdated, n.jobs.Config().ConnConfig.User)
	}
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("the database lacks %s: %w", strings.Join(pending, ", "), errOutdated)
	}
	return nil
}

// warnIfOwner logs a warning if requests are answered as the owner of the tables, who could switch off the rules that
// the database holds.
func (n *node) warnIfOwner(ctx context.Context) error {
	var owner bool
	err := n.requests.QueryRow(ctx, `SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = 'canonical.journal_entries'::regclass`).Scan(&owner)
	if err != nil {
		return fmt.Errorf("look for the owner of the tables: %w", err)
	}
	if owner {
		n.logger.WarnContext(ctx, "requests are answered as the owner of the tables, whom no period lock holds: give them a role of their own "+
			"(daybook migrate --application-role)", "role", n.requests.Config().ConnConfig.User)
	}
	return nil
}

// built returns an errOutdated if a read model that this version reads does not exist, or has not been computed for the
// first time. It ignores those of a newer version, so that this process goes on while the database is upgraded.
func (n *node) built(ctx context.Context) error {
	names, err := n.engine.Built(ctx)
	if err != nil {
		return err
	}
	for _, m := range projection.Defined() {
		if !slices.Contains(names, m.ReadModel()) {
			return fmt.Errorf("the read model %s is not built: %w", m.ReadModel(), errOutdated)
		}
	}
	return nil
}
