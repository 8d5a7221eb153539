package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/urfave/cli/v3"
)

func workCommand() *cli.Command {
	return &cli.Command{
		Name:  "work",
		Usage: "run the background jobs, until Ctrl-C; any number of processes may",
		Flags: []cli.Flag{dataDirFlag()},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
				if err := migrated(ctx, db.url); err != nil {
					return err
				}
				n, err := openNode(ctx, db.url, logger, true)
				if err != nil {
					return err
				}
				defer n.close()
				stop, err := n.work(ctx)
				if err != nil {
					return err
				}
				defer stop()
				fmt.Fprintln(cmd.Root().Writer, "Daybook works; Ctrl-C ends it.")
				<-ctx.Done()
				return ended(ctx)
			})
		},
	}
}
