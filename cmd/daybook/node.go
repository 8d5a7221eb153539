package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/lease"
	"daybook/internal/pgpool"
	"daybook/internal/webhooks"
	"daybook/jobs"
	"daybook/projection"
	"daybook/resolvers"
)

// How long each part of a node may take to stop in order, before it is cut off.
const (
	jobGrace  = 400 * time.Millisecond // running jobs, to finish
	jobCancel = 400 * time.Millisecond // cancelled jobs, to return
	poolClose = 300 * time.Millisecond // connections in use, to be released
)

// node is one running process on a migrated database: its pools and what is built on them. Its parts stop in the
// order HTTP, River, pools; the database comes after them (database.go).
type node struct {
	logger    *slog.Logger
	telemetry *telemetry
	// requests is for pages, writes for all writes of requests, loaders for reads by key, jobs for the work in the
	// background, and refreshes for the engine. Writers that wait for each other's locks hold connections for writes only.
	// Refreshes are costly to plan, anew on each connection after each ANALYZE, and so they keep to few.
	requests, writes, loaders, jobs, refreshes *pgxpool.Pool
	metrics                                    metrics
	engine                                     *projection.Engine
	river                                      *jobs.Client
	store                                      *canonical.Store
	leader                                     *lease.Lease     // of the process that shows what is the same for all
	working                                    atomic.Bool      // whether the River client runs
	sender                                     *webhooks.Sender // nil in a process that sends nothing
}

// openNode opens the pools and what is built on them. With config.Work its River client can be started, and connects as
// the role that owns the projections; otherwise the client only inserts jobs. The caller closes the node.
//
// The limits are those of all connections that answer requests. Tracers make more tracers of a pool, by its name.
func openNode(ctx context.Context, db *database, logger *slog.Logger, config jobs.Config, limits pgpool.Limits, size poolSizes, tracers ...func(pool string) pgx.QueryTracer) (_ *node, err error) {
	tuneMemory()
	n := &node{logger: logger, metrics: newMetrics("requests", "writes", "loaders", "jobs", "refreshes", "replica requests", "replica loaders")}
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
		name    string
		url     string
		options pgpool.Options
	}{
		{&n.requests, "requests", db.applicationURL, pgpool.Options{MaxConns: size.requests, Limits: limits}},
		{&n.writes, "writes", db.applicationURL, pgpool.Options{MaxConns: size.writes, Limits: limits, IndexPlans: true}},
		{&n.loaders, "loaders", db.applicationURL, pgpool.Options{MaxConns: size.loaders, Limits: limits, GenericPlans: true}},
		{&n.jobs, "jobs", jobsURL, pgpool.Options{MaxConns: size.jobs, Limits: jobLimits}},
		{&n.refreshes, "refreshes", jobsURL, pgpool.Options{MaxConns: size.refreshes, Limits: jobLimits}},
	} {
		p.options.ApplicationName, p.options.OnError = "daybook "+p.name, n.metrics.timeouts.Count(p.name)
		all := []pgx.QueryTracer{n.telemetry.queries, n.metrics.sql.Tracer(p.name)}
		for _, tracer := range tracers {
			all = append(all, tracer(p.name))
		}
		p.options.Tracer = pgpool.Tracers(all...)
		if *p.pool, err = pgpool.Open(ctx, p.url, p.options); err != nil {
			return nil, err
		}
	}
	n.engine = projection.New(n.refreshes, logger)
	n.store = canonical.New(n.writes, jobs.Wake(n.jobs, logger))
	if config.Webhooks != nil {
		payloads := resolvers.NewPayloads(resolvers.Config{Store: n.store, DB: n.requests, LoaderDB: n.loaders, Logger: logger})
		n.sender, config.Webhooks.Answer = config.Webhooks.Sender, payloads.Answer
	}
	config.Logger, config.Middleware = slog.New(quiet{logger.Handler()}), append(n.telemetry.jobs, n.metrics.jobs)
	n.river, err = jobs.NewClient(n.jobs, n.engine, config)
	if err != nil {
		return nil, err
	}
	n.leader = lease.New(n.jobs, metricsLease, time.Minute)
	return n, nil
}

// work starts the River client. stop waits for running jobs for a moment and then cancels them; a job that is cut off
// runs again later.
func (n *node) work(ctx context.Context) (stop func(), err error) {
	// The client is stopped by stop, not by ctx: HTTP stops first.
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

// close closes the pools. It does not wait long for connections that are in use.
func (n *node) close() {
	if n.leader != nil {
		n.leader.Close()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, pool := range []*pgxpool.Pool{n.requests, n.writes, n.loaders, n.jobs, n.refreshes} {
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
	if n.sender != nil {
		n.sender.Close()
	}
	if n.telemetry != nil {
		n.telemetry.stop()
	}
}

// untilStopped wraps the action of a command that runs until it is told to stop, so that being told while it is still
// starting is no error.
func untilStopped(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		err := action(ctx, cmd)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
}

// stopError returns the error of a command whose context has ended: nil if it was told to stop, else the cause.
func stopError(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
