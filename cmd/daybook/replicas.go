package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/internal/pgpool"
	"daybook/internal/replicas"
)

// replicaFlags are the flags for standbys of the database that serve reads.
func replicaFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{
			Name: "replica-url", Sources: cli.EnvVars("DAYBOOK_REPLICA_URL"),
			Usage: "read from the streaming standby at `URL` where it has come far enough, as the role of DATABASE_URL; may be repeated",
			Validator: func(urls []string) error {
				for _, url := range urls {
					if _, err := pgx.ParseConfig(url); err != nil {
						return errors.New("must be postgres://USER:PASSWORD@HOST:PORT/DATABASE") // err shows the password
					}
				}
				return nil
			},
		},
		&cli.DurationFlag{
			Name: "replica-wait", Value: 100 * time.Millisecond, Sources: cli.EnvVars("DAYBOOK_REPLICA_WAIT"),
			Usage: "let a query wait for a standby for `DURATION` before the primary answers it",
			Validator: func(d time.Duration) error {
				if d < 0 || d > 10*time.Second {
					return errors.New("must be from 0 to 10s")
				}
				return nil
			},
		},
	}
}

// openReplicas returns the standbys of the flags, nil without any. One that cannot be reached now is used once it can. end closes
// them.
func (n *node) openReplicas(ctx context.Context, cmd *cli.Command, logger *slog.Logger) (_ *replicas.Set, end func(), err error) {
	var opened []*pgxpool.Pool
	closePools := func() {
		for _, pool := range opened {
			pool.Close()
		}
	}
	defer func() {
		if err != nil {
			closePools()
		}
	}()
	size, limits := servingPools(cmd), requestLimits(cmd)
	open := func(url, name string, conns int32, generic bool) (*pgxpool.Pool, error) {
		pool, err := pgpool.Open(ctx, url, pgpool.Options{
			ApplicationName: "daybook " + name, MaxConns: conns, Limits: limits, GenericPlans: generic,
			OnError: n.metrics.timeouts.Count(name), Tracer: pgpool.Tracers(n.telemetry.queries, n.metrics.sql.Tracer(name)),
		})
		if err == nil {
			opened = append(opened, pool)
		}
		return pool, err
	}
	var all []*replicas.Replica
	for _, url := range cmd.StringSlice("replica-url") {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return nil, nil, errors.New("--replica-url is no address of a database")
		}
		r := &replicas.Replica{Name: fmt.Sprintf("%s:%d", config.Host, config.Port)}
		if r.Pages, err = open(url, "replica requests", size.requests, false); err != nil {
			return nil, nil, err
		}
		if r.Keys, err = open(url, "replica loaders", size.loaders, true); err != nil {
			return nil, nil, err
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, func() {}, nil
	}
	set := replicas.New(cmd.Duration("replica-wait"), logger, all...)
	return set, func() { set.Close(); closePools() }, nil
}
