package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/urfave/cli/v3"
)

func workCommand() *cli.Command {
	return &cli.Command{
		Name:  "work",
		Usage: "run the background jobs, until Ctrl-C; any number of processes may",
		Flags: []cli.Flag{
			dataDirFlag(),
			&cli.StringFlag{Name: "addr", Usage: "`HOST:PORT` to answer /healthz, /readyz and /metrics on; nowhere without"},
		},
		Action: untilStopped(work),
	}
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
		n, err := openNode(ctx, db.url, logger, true)
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
		return ended(ctx)
	})
}
