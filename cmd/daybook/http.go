package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/graph"
	"daybook/internal/audit"
	"daybook/internal/httpserver"
	"daybook/internal/playground"
	"daybook/resolvers"
)

func addrFlag() cli.Flag {
	return &cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", Usage: "`HOST:PORT` to listen on"}
}

// statementTimeoutFlag is the flag for how long a statement of a request may run. Migrations, jobs and imports are not
// bounded by it.
func statementTimeoutFlag() cli.Flag {
	return &cli.DurationFlag{
		Name: "statement-timeout", Value: 10 * time.Second, Sources: cli.EnvVars("DAYBOOK_STATEMENT_TIMEOUT"),
		Usage: "cancel what a request asks of the database after `DURATION`; 0 never does",
		Validator: func(d time.Duration) error {
			if d != 0 && d < time.Second || d > time.Hour {
				return errors.New("must be 0, or from 1s to 1h")
			}
			return nil
		},
	}
}

// site has the settings in which the HTTP servers of dev and serve differ.
type site struct {
	playgroundDir string
	devToken      string // only in dev
	workers       bool   // the process works jobs: readiness includes that
}

// serveHTTP serves the API, the playground and River's pages on l until ctx ends and the running requests are done.
func (n *node) serveHTTP(ctx context.Context, l net.Listener, s site) error {
	examples, err := fs.Sub(graph.Examples, "examples")
	if err != nil {
		return err
	}
	page, err := playground.New(playground.Config{
		Endpoint: "/graphql", AssetDir: s.playgroundDir, Examples: examples, DevToken: s.devToken, Logger: n.logger,
	})
	if err != nil {
		return err
	}
	config := n.probes()
	if s.workers {
		config.Checks = append(config.Checks, n.workersCheck())
	}
	config.GraphQL = resolvers.Handler(resolvers.Config{Store: n.store, DB: n.requests, LoaderDB: n.loaders, Logger: n.logger})
	config.Playground = page
	config.River = n.river
	config.Operator = n.operator
	config.DevToken = s.devToken
	return serveOn(ctx, l, config)
}

// serveProbes serves the health checks and metrics of a process that only works jobs.
func (n *node) serveProbes(ctx context.Context, l net.Listener) error {
	config := n.probes()
	config.Checks = append(config.Checks, n.workersCheck())
	return serveOn(ctx, l, config)
}

// workersCheck checks that the River client runs.
func (n *node) workersCheck() httpserver.Check {
	return httpserver.Check{Name: "workers", Func: func(context.Context) error {
		if !n.working.Load() {
			return errors.New("the River client does not run")
		}
		return nil
	}}
}

// probes is the configuration of health checks and metrics, which every process has.
func (n *node) probes() httpserver.Config {
	return httpserver.Config{
		Checks:     append([]httpserver.Check{{Name: "database", Func: n.requests.Ping}}, n.databaseChecks()...),
		Pools:      map[string]*pgxpool.Pool{"requests": n.requests, "loaders": n.loaders, "jobs": n.jobs},
		Collectors: []prometheus.Collector{n.engine, audit.Metrics{DB: n.requests, Logger: n.logger}},
		Logger:     n.logger,
	}
}

// serveOn runs an HTTP server with the configuration on l until ctx ends.
func serveOn(ctx context.Context, l net.Listener, c httpserver.Config) error {
	server, err := httpserver.New(c)
	if err != nil {
		return err
	}
	return server.Serve(ctx, l)
}

// operator returns nil if the token is an operator's, else httpserver.ErrUnknownToken or ErrNotOperator.
func (n *node) operator(ctx context.Context, token string) error {
	principal, err := canonical.Authenticate(ctx, n.requests, token)
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

// listen opens the listener for the flag --addr. Commands call it before anything slow, so that an address in use is
// reported at once.
func listen(ctx context.Context, cmd *cli.Command) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", cmd.String("addr"))
}
