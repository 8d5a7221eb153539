package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/pgpool"
	"daybook/jobs"
	"daybook/projection"
)

// Connections of one process. The managed server takes 100 in all.
const (
	requestConns = 12
	loaderConns  = 12
	jobConns     = 16
)

// What the parts of a node are given to end in order, before they are ended anyway.
const (
	jobGrace  = 400 * time.Millisecond // for jobs to finish
	jobCancel = 400 * time.Millisecond // for cancelled jobs to return
	poolClose = 300 * time.Millisecond // for connections to come back
)

// node is one running process on a migrated database: its pools and what is built on them. Its parts stop in the
// order HTTP, River, pools; the database comes after them (database.go).
type node struct {
	logger    *slog.Logger
	telemetry *telemetry
	// requests serves pages and writes, loaders reads by key, and jobs everything in the background.
	requests, loaders, jobs *pgxpool.Pool
	engine                  *projection.Engine
	river                   *jobs.Client
	store                   *canonical.Store
	working                 atomic.Bool // the River client runs
}

// openNode opens the pools. Where config says Work, its River client can be started, and works as the role that may
// refresh; else it only inserts. The caller closes the node.
func openNode(ctx context.Context, db *database, logger *slog.Logger, config jobs.Config) (_ *node, err error) {
	tuneMemory()
	n := &node{logger: logger}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if n.telemetry, err = startTelemetry(ctx); err != nil {
		return nil, err
	}
	jobsURL := db.applicationURL
	if config.Work {
		jobsURL = db.url
	}
	for _, p := range []struct {
		pool    **pgxpool.Pool
		url     string
		options pgpool.Options
	}{
		{&n.requests, db.applicationURL, pgpool.Options{ApplicationName: "daybook requests", MaxConns: requestConns}},
		{&n.loaders, db.applicationURL, pgpool.Options{ApplicationName: "daybook loaders", MaxConns: loaderConns, GenericPlans: true}},
		{&n.jobs, jobsURL, pgpool.Options{ApplicationName: "daybook jobs", MaxConns: jobConns}},
	} {
		p.options.Tracer = n.telemetry.queries
		if *p.pool, err = pgpool.Open(ctx, p.url, p.options); err != nil {
			return nil, err
		}
	}
	n.engine = projection.New(n.jobs, logger)
	config.Logger, config.Middleware = logger, n.telemetry.jobs
	n.river, err = jobs.NewClient(n.jobs, n.engine, config)
	if err != nil {
		return nil, err
	}
	n.store = canonical.New(n.requests, jobs.Wake(n.river, n.engine))
	return n, nil
}

// work starts the River client; the returned function stops it: first it waits for running jobs, then it cancels
// them. A job that is cut off runs again later.
func (n *node) work(ctx context.Context) (stop func(), err error) {
	// The client ends by stop, not by ctx: HTTP ends first.
	if err := n.river.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start the workers: %w", err)
	}
	n.working.Store(true)
	return func() {
		n.working.Store(false)
		soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobGrace)
		defer cancel()
		if n.river.Stop(soft) == nil {
			return
		}
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobCancel)
		defer cancel()
		if err := n.river.StopAndCancel(hard); err != nil {
			n.logger.Warn("jobs were cut off", "error", err)
		}
	}, nil
}

// close closes the pools, and does not wait for long for a connection that does not come back.
func (n *node) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{n.requests, n.loaders, n.jobs} {
			if pool != nil {
				pool.Close()
			}
		}
	}()
	select {
	case <-closed:
	case <-time.After(poolClose):
		n.logger.Warn("connections were cut off")
	}
	if n.telemetry != nil {
		n.telemetry.stop()
	}
}

// untilStopped wraps the action of a command that runs until it is told to stop: being stopped early, while it still
// starts, is no error either.
func untilStopped(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		err := action(ctx, cmd)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
}

// ended turns the end of a context into a command's error: none if it was told to stop, else the reason.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
