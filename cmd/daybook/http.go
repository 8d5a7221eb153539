package main

import (
	"context"
	"errors"
	"io/fs"
	"net"

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

// site is what differs between the servers of dev and serve.
type site struct {
	playgroundDir string
	devToken      string // empty but in dev
	workers       bool   // readiness includes the River client
}

// serveHTTP answers on l until ctx ends and the requests in flight are done.
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
		config.Checks = append(config.Checks, n.works())
	}
	config.GraphQL = resolvers.Handler(resolvers.Config{Store: n.store, DB: n.requests, LoaderDB: n.loaders, Logger: n.logger})
	config.Playground = page
	config.River = n.river
	config.Operator = n.operator
	config.DevToken = s.devToken
	return answer(ctx, l, config)
}

// serveProbes answers what an operator asks a process that only works.
func (n *node) serveProbes(ctx context.Context, l net.Listener) error {
	config := n.probes()
	config.Checks = append(config.Checks, n.works())
	return answer(ctx, l, config)
}

// works is the check that the River client runs.
func (n *node) works() httpserver.Check {
	return httpserver.Check{Name: "workers", Func: func(context.Context) error {
		if !n.working.Load() {
			return errors.New("the River client does not run")
		}
		return nil
	}}
}

// probes is what every process can tell of itself.
func (n *node) probes() httpserver.Config {
	return httpserver.Config{
		Checks:     append([]httpserver.Check{{Name: "database", Func: n.requests.Ping}}, n.standing()...),
		Pools:      map[string]*pgxpool.Pool{"requests": n.requests, "loaders": n.loaders, "jobs": n.jobs},
		Collectors: []prometheus.Collector{n.engine, audit.Metrics{DB: n.requests, Logger: n.logger}},
		Logger:     n.logger,
	}
}

func answer(ctx context.Context, l net.Listener, c httpserver.Config) error {
	server, err := httpserver.New(c)
	if err != nil {
		return err
	}
	return server.Serve(ctx, l)
}

// operator tells whether a token is an operator's.
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

// listen takes the address before anything slow happens, so that one in use is reported at once.
func listen(ctx context.Context, cmd *cli.Command) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", cmd.String("addr"))
}
