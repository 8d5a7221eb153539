package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/jobs"
	"daybook/projection"
)

func rebuildCommand(sub func(name, usage string, fn engineAction) *cli.Command) *cli.Command {
	command := sub("rebuild", "compute the stored copies anew while they go on serving", rebuildProjections)
	command.Flags = append(command.Flags, &cli.BoolFlag{Name: "background", Usage: "leave it to the workers, and do not wait"})
	return command
}

func rebuildProjections(ctx context.Context, cmd *cli.Command, pool *pgxpool.Pool, e *projection.Engine) error {
	if cmd.Bool("background") {
		return enqueueRebuilds(ctx, cmd, pool, e)
	}
	return forEach(ctx, cmd, e, func(name string) error {
		begin := time.Now()
		paused, err := isPaused(ctx, e, name)
		if err != nil {
			return err
		}
		var after []string
		for {
			slice, err := e.Rebuild(ctx, name, after)
			if err != nil {
				return err
			}
			if after = slice.Next; after == nil {
				break
			}
		}
		if paused {
			fmt.Fprintf(cmd.Root().Writer, "%s: is paused, so it is computed anew when it is resumed\n", name)
			return nil
		}
		fmt.Fprintf(cmd.Root().Writer, "%s: rebuilt in %v\n", name, time.Since(begin).Round(time.Millisecond))
		return nil
	})
}

// enqueueRebuilds inserts a rebuild job for each named projection.
func enqueueRebuilds(ctx context.Context, cmd *cli.Command, pool *pgxpool.Pool, e *projection.Engine) error {
	client, err := jobs.NewClient(pool, e, jobs.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return forEach(ctx, cmd, e, func(name string) error {
		if _, err := client.Insert(ctx, jobs.RebuildArgs{Projection: name}, nil); err != nil {
			return fmt.Errorf("enqueue the rebuild of %s: %w", name, err)
		}
		fmt.Fprintf(cmd.Root().Writer, "%s: left to the workers\n", name)
		return nil
	})
}
