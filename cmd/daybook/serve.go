package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"daybook/jobs"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:   "serve",
		Usage:  "answer the API, until Ctrl-C; any number of processes may",
		Flags:  slices.Concat([]cli.Flag{addrFlag(), adminAddrFlag(), dataDirFlag(), corsOriginFlag(), drainFlag(10 * time.Second)}, requestLimitFlags(), requestPoolFlags(), replicaFlags(), identityFlags()),
		Action: untilStopped(serve),
	}
}

func serve(ctx context.Context, cmd *cli.Command) error {
	l, err := listenForRequests(ctx, cmd)
	if err != nil {
		return err
	}
	defer l.close()
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
		identities, err := identityProvider(cmd)
		if err != nil {
			return err
		}
		n, err := openNode(ctx, db, logger, jobs.Config{}, requestLimits(cmd), servingPools(cmd))
		if err != nil {
			return err
		}
		defer n.close()
		if err := n.upToDate(ctx); err != nil {
			return err
		}
		if err := n.warnIfOwner(ctx); err != nil {
			return err
		}
		standbys, closeStandbys, err := n.openReplicas(ctx, cmd, logger)
		if err != nil {
			return err
		}
		defer closeStandbys()
		fmt.Fprintf(cmd.Root().Writer, "Daybook answers on http://%s/graphql; Ctrl-C ends it.\n", l.main.Addr())
		l.announce(cmd.Root().Writer)
		if err := n.serveHTTP(ctx, l, site{corsOrigins: cmd.StringSlice("cors-origin"), private: true, drain: cmd.Duration("drain"), maxDuration: cmd.Duration("operation-timeout"), rateLimit: cmd.Int("rate-limit"), replicas: standbys, identities: identities}); err != nil {
			return err
		}
		return stopError(ctx)
	})
}
