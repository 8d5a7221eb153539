package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"daybook/internal/pgpool"
	"daybook/migrations"
	"daybook/projection"
)

// errOutdated is why a process that needs a migrated database does not start.
var errOutdated = errors.New("run daybook migrate")

// bringUp brings the database at url to this version's schema, and into use the read models that a migration has
// created or defined anew. It takes as long as these take to be computed; those in use go on serving meanwhile.
func bringUp(ctx context.Context, url string, logger *slog.Logger) error {
	if err := migrations.Up(ctx, url); err != nil {
		return err
	}
	pool, err := pgpool.Open(ctx, url, pgpool.Options{ApplicationName: "daybook migrate", MaxConns: 4})
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
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("the database lacks %s: %w", strings.Join(pending, ", "), errOutdated)
	}
	return nil
}
