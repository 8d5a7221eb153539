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

	"daybook/internal/httpserver"
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
