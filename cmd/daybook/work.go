package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/urfave/cli/v3"

	"daybook/jobs"
)

func workCommand() *cli.Command {
	return &cli.Command{
		Name:  "work",
		Usage: "run the background jobs, until Ctrl-C; any number of processes may",
		Flags: []cli.Flag{
			dataDirFlag(), auditRetentionFlag(),
			&cli.StringFlag{Name: "addr", Usage: "`HOST:PORT` to answer /healthz, /readyz and /metrics on; nowhere without"},
		},
		Action: untilStopped(work),
	}
}

// auditRetentionFlag is the flag for how long audit events are kept.
func auditRetentionFlag() cli.Flag {
	return &cli.IntFlag{
		Name: "audit-retention", Sources: cli.EnvVars("DAYBOOK_AUDIT_RETENTION"),
		Usage: "delete audit events after so many `DAYS`; 0 keeps them for ever",
		Validator: func(days int) error {
			if days < 0 || days > 36_500 {
				return errors.New("must be from 0 to 36500 days")
			}
			return nil
		},
	}
}

// jobsConfig returns the configuration of a client that works jobs, from the flags.
func jobsConfig(cmd *cli.Command) jobs.Config {
	return jobs.Config{Work: true, KeepEvents: time.Duration(cmd.Int("audit-retention")) * 24 * time.Hour}
}

func work(ctx context.Context, cmd *cli.Command) error {
	var l net.Listener
	if cmd.String("addr") != "" {
		var err error
		if l, err = listen(ctx, cmd); err != nil {
			return err
		}
		defer l.Close()
	}
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
		n, err := openNode(ctx, db, logger, jobsConfig(cmd), 0)
		if err != nil {
			return err
		}
		defer n.close()
		if err := n.upToDate(ctx); err != nil {
			return err
		}
		stop, err := n.work(ctx)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Fprintln(cmd.Root().Writer, "Daybook works; Ctrl-C ends it.")
		if l != nil {
			fmt.Fprintf(cmd.Root().Writer, "It tells how it is on http://%s/readyz and /metrics.\n", l.Addr())
			if err := n.serveProbes(ctx, l); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return stopError(ctx)
	})
}
