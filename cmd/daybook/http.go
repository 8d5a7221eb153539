package main

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph"
	"daybook/internal/httpserver"
	"daybook/internal/identity"
	"daybook/internal/playground"
	"daybook/internal/replicas"
	"daybook/resolvers"
)

// site has the settings in which the HTTP servers of dev and serve differ.
type site struct {
	devToken    string // only in dev
	dev         bool   // the playground may pause refreshes, and shows the statements of answers
	corsOrigins []string
	workers     bool // the process works jobs: readiness includes that
	private     bool // pages for people are at the address of the metrics
	drain       time.Duration
	maxDuration time.Duration      // of a query or mutation
	rateLimit   int                // of a member's operations, in cost a second
	replicas    *replicas.Set      // nil without any
	identities  *identity.Provider // nil without one
}

// serveHTTP serves the API, the playground and River's pages on l until ctx ends and the running requests are done.
func (n *node) serveHTTP(ctx context.Context, l listeners, s site) error {
	examples, err := fs.Sub(graph.Examples, "examples")
	if err != nil {
		return err
	}
	page, err := playground.New(playground.Config{
		Endpoint: "/graphql", Examples: examples, DevToken: s.devToken, Statements: s.dev, Pausing: n.pausing(ctx, s), Logger: n.logger,
		Links: []playground.Link{{Path: "/", Name: "console"}, {Path: "/river/", Name: "jobs"}, {Path: "/graphql/schema.graphql", Name: "schema"}},
	})
	if err != nil {
		return err
	}
	config := n.probes()
	if s.workers {
		config.Checks = append(config.Checks, n.workersCheck())
	}
	hub, stopHub := n.listen(ctx)
	defer stopHub()
	api := resolvers.Handler(resolvers.Config{Store: n.store, DB: n.requests, LoaderDB: n.loaders, Live: hub, Origins: s.corsOrigins, Operations: n.metrics.operations, MaxDuration: s.maxDuration, RateLimit: s.rateLimit, Statements: s.dev, Replicas: s.replicas, Identities: s.identities, Logger: n.logger})
	config.GraphQL, config.StopStreams = api, api.Stop
	config.Collectors = append(config.Collectors, hub)
	if s.replicas != nil {
		config.Collectors = append(config.Collectors, s.replicas)
	}
	config.Schema = resolvers.SDL()
	config.Playground = page
	config.Console = n.console(ctx)
	config.CORSOrigins = s.corsOrigins
	config.PagesBesideMetrics = s.private
	config.Drain = s.drain
	config.River = n.river
	config.Operator, config.Sessions = n.operator, sessions{n}
	config.DevToken = s.devToken
	if s.drain > 0 {
		second, stop := secondSignal(ctx)
		defer stop()
		config.Hurry = second
	}
	return serveOn(ctx, l, config)
}

// serveProbes serves the health checks and metrics of a process that only works jobs.
func (n *node) serveProbes(ctx context.Context, l listeners) error {
	config := n.probes()
	config.Checks = append(config.Checks, n.workersCheck())
	return serveOn(ctx, l, config)
}

// probes is the configuration of health checks and metrics, which every process has.
func (n *node) probes() httpserver.Config {
	return httpserver.Config{
		Checks:     n.checks(),
		Pools:      map[string]*pgxpool.Pool{"requests": n.requests, "writes": n.writes, "loaders": n.loaders, "jobs": n.jobs, "refreshes": n.refreshes},
		Collectors: n.collectors(),
		Logger:     n.logger,
	}
}

// serveOn runs an HTTP server with the configuration on l until ctx ends.
func serveOn(ctx context.Context, l listeners, c httpserver.Config) error {
	server, err := httpserver.New(c)
	if err != nil {
		return err
	}
	return server.Serve(ctx, l.main, l.admin)
}

// operator returns nil if the token is an operator's, else httpserver.ErrUnknownToken or ErrNotOperator.
func (n *node) operator(ctx context.Context, token string) error {
	principal, err := canonical.Authenticate(ctx, n.requests, token)
	return operates(principal, err)
}

// operates returns nil if the principal is an operator, else httpserver.ErrUnknownToken, ErrNotOperator or err.
func operates(principal *canonical.Principal, err error) error {
	switch {
	case errors.Is(err, canonical.ErrUnauthenticated):
		return httpserver.ErrUnknownToken
	case err != nil:
		return err
	case !principal.Operator:
		return httpserver.ErrNotOperator
	}
	return nil
}

// sessions are the sessions of operators' browsers. It implements httpserver.Sessions.
type sessions struct{ *node }

// Begin is part of httpserver.Sessions.
func (s sessions) Begin(ctx context.Context, token string) (string, error) {
	if err := s.operator(ctx, token); err != nil {
		return "", err
	}
	return s.store.SessionBegin(ctx, token)
}

// Check is part of httpserver.Sessions.
func (s sessions) Check(ctx context.Context, secret string) error {
	principal, err := canonical.AuthenticateSession(ctx, s.requests, secret)
	return operates(principal, err)
}

// End is part of httpserver.Sessions.
func (s sessions) End(ctx context.Context, secret string) error {
	return s.store.SessionEnd(ctx, secret)
}
