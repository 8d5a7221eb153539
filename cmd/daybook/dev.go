package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/demo"
	"daybook/internal/pgpool"
	"daybook/migrations"
)

func devCommand() *cli.Command {
	return &cli.Command{
		Name:  "dev",
		Usage: "run everything on this machine, with a demo business, until Ctrl-C",
		Flags: slices.Concat([]cli.Flag{
			addrFlag(), adminAddrFlag(), devDataDirFlag(), databaseFlag(), auditRetentionFlag(), refreshViewsFlag(), webhooksAllowPrivateFlag(), smtpURLFlag(), mailFromFlag(), corsOriginFlag(), drainFlag(0),
			&cli.BoolFlag{Name: "fresh", Usage: "begin with a new demo business; what the managed database holds is deleted"},
			&cli.StringFlag{Name: "dev-token", Usage: "`TOKEN` of the demo business's owner; one is made and kept if you give none", Validator: validToken},
		}, requestLimitFlags(), requestPoolFlags(), jobPoolFlags()),
		Action: untilStopped(dev),
	}
}

// validToken validates a flag for an API token; empty means that none is given.
func validToken(token string) error {
	if token == "" {
		return nil
	}
	return canonical.CheckToken(token)
}

// dev runs what serve and work run, on a database that it migrates and seeds itself. The first failure, or Ctrl-C, stops
// everything in order.
func dev(ctx context.Context, cmd *cli.Command) error {
	if cmd.Bool("fresh") && cmd.String("database") != "" {
		return misused("--fresh deletes nothing of a database elsewhere: leave one of --fresh and --database out")
	}
	config, err := jobsConfig(cmd)
	if err != nil {
		return err
	}
	l, err := listenForRequests(ctx, cmd)
	if err != nil {
		return err
	}
	defer l.close()
	return withDatabase(ctx, cmd, own, func(ctx context.Context, db *database, logger *slog.Logger) error {
		if cmd.Bool("fresh") {
			logger.InfoContext(ctx, "deleting the database of the data directory", "data-dir", cmd.String("data-dir"))
			if err := db.server.Renew(ctx); err != nil {
				return err
			}
		}
		if err := migrations.Admissible(ctx, db.url); err != nil {
			return err
		}
		if err := bringUp(ctx, db, logger); err != nil {
			return err
		}
		n, err := openNode(ctx, db, logger, config, requestLimits(cmd), servingPools(cmd), pgpool.StatementTracer)
		if err != nil {
			return err
		}
		defer n.close()
		if err := db.checkpoint(ctx); err != nil {
			return err
		}
		logger.InfoContext(ctx, "making the demo business, if it is not there")
		business, err := seedDev(ctx, cmd, n, db)
		if err != nil {
			return err
		}
		stop, err := n.work(ctx)
		if err != nil {
			return err
		}
		defer stop()
		announce(cmd.Root().Writer, l, db, business.Token)
		err = n.serveHTTP(ctx, l, site{devToken: business.Token, dev: true, corsOrigins: cmd.StringSlice("cors-origin"), workers: true, drain: cmd.Duration("drain"), maxDuration: cmd.Duration("operation-timeout"), rateLimit: cmd.Int("rate-limit")})
		return errors.Join(err, stopError(ctx))
	})
}

// seedDev makes sure that the demo business exists and that a token of its owner works: the one given by the flag, else
// the one that an earlier run kept in the data directory, else a new one. The owner is made an operator too.
func seedDev(ctx context.Context, cmd *cli.Command, n *node, db *database) (demo.Result, error) {
	token, keep := cmd.String("dev-token"), ""
	if token == "" && db.server != nil {
		keep = filepath.Join(cmd.String("data-dir"), "dev-token")
		kept, err := os.ReadFile(keep)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return demo.Result{}, fmt.Errorf("token of the last run: %w", err)
		}
		token = strings.TrimSpace(string(kept))
	}
	business, err := demo.Seed(ctx, n.jobs, demo.Options{Token: token})
	if err != nil {
		return demo.Result{}, err
	}
	if business.Token == "" {
		// The file is lost, or the database is elsewhere, with no directory for the file: the token is for one day.
		if business.Token, err = n.store.TokenCreate(ctx, business.OrganizationID, business.UserID, "daybook dev", "", 24*time.Hour); err != nil {
			return demo.Result{}, err
		}
	} else if keep != "" {
		if err := os.WriteFile(keep, []byte(business.Token+"\n"), 0o600); err != nil {
			return demo.Result{}, fmt.Errorf("keep the token: %w", err)
		}
	}
	owner, err := canonical.Authenticate(ctx, n.requests, business.Token)
	if err != nil {
		return demo.Result{}, err
	}
	return business, n.store.OperatorSet(ctx, owner.Viewer.User.Email, true)
}

func announce(w io.Writer, l listeners, db *database, token string) {
	fmt.Fprintf(w, `
Daybook runs; Ctrl-C ends it.

  playground  http://%[1]s/playground
  GraphQL     http://%[1]s/graphql
  jobs        http://%[1]s/river/
  console     http://%[1]s/
  token       %[2]s  (the demo business's owner, and operator)
`, l.main.Addr(), token)
	if l.admin != nil {
		fmt.Fprintf(w, "  metrics     http://%s/metrics\n", l.admin.Addr())
	}
	fmt.Fprintf(w, "  database    %s\n", db.name())
	fmt.Fprintln(w)
}
