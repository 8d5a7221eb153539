package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/httpserver"
	"daybook/internal/pgpool"
	"daybook/migrations"
	"daybook/projection"
)

// errOutdated is why a process that needs a migrated database does not start.
var errOutdated = errors.New("run daybook migrate")

// bringUp brings the database to this version's schema, admits the application's role, and brings into use the read
// models that a migration has created or defined anew. It takes as long as these take to be computed; those in use go on
// serving meanwhile.
func bringUp(ctx context.Context, db *database, logger *slog.Logger) error {
	if err := migrations.Up(ctx, db.url); err != nil {
		return err
	}
	if db.applicationRole != "" {
		if err := migrations.Admit(ctx, db.url, db.applicationRole); err != nil {
			return err
		}
	}
	pool, err := pgpool.Open(ctx, db.url, pgpool.Options{ApplicationName: "daybook migrate", MaxConns: 4})
	if err != nil {
		return err
	}
	defer pool.Close()
	return projection.New(pool, logger).Settle(ctx)
}

// upToDate fails, with errOutdated, unless bringUp has nothing to do.
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

// migrated fails, with errOutdated, unless the database has this version's schema.
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

// warnOwner says so when this process could switch off the rules that its rows must obey.
func (n *node) warnOwner(ctx context.Context) error {
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

// built fails if a read model that this version reads is not there, or is still being computed for the first time. What
// only a newer version reads is no concern of a process that goes on while the database is brought up to that version.
func (n *node) built(ctx context.Context) error {
	list, err := n.engine.List(ctx)
	if err != nil {
		return err
	}
	for _, m := range projection.Defined() {
		if !slices.ContainsFunc(list, func(p projection.Status) bool { return p.Name == m.ReadModel() && p.Built }) {
			return fmt.Errorf("the read model %s is not built: %w", m.ReadModel(), errOutdated)
		}
	}
	return nil
}

// checkEvery is how long an answer about the database holds, however often somebody asks.
const checkEvery = 2 * time.Second

// standing is the checks that the database is what this version needs.
func (n *node) standing() []httpserver.Check {
	return []httpserver.Check{
		{Name: "migrations", Func: remembered(checkEvery, n.migrated)},
		{Name: "projections", Func: remembered(checkEvery, n.built)},
	}
}

// remembered asks at most once in a while and gives the last answer meanwhile. An answer to somebody who did not wait
// for it is not one.
func remembered(while time.Duration, check func(context.Context) error) func(context.Context) error {
	var mu sync.Mutex
	var asked time.Time
	var last error
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if !asked.IsZero() && time.Since(asked) < while {
			return last
		}
		err := check(ctx)
		if ctx.Err() == nil {
			asked, last = time.Now(), err
		}
		return err
	}
}
