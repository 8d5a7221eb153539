package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/internal/pgpool"
	"daybook/projection"
)

// ErrDrift says that verify found stored copies which differed from their definition.
var ErrDrift = errors.New("stored copies had drifted")

// repairBudget bounds one refresh after a verification.
const repairBudget = time.Minute

// engineAction is the action of a sub-command on the engine and the pool below it.
type engineAction func(context.Context, *cli.Command, *pgxpool.Pool, *projection.Engine) error

func projectionsCommand() *cli.Command {
	sub := func(name, usage string, fn engineAction) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage, ArgsUsage: "[NAME…]", Flags: []cli.Flag{dataDirFlag()},
			Action: func(ctx context.Context, cmd *cli.Command) error {
				return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
					pool, err := pgpool.Open(ctx, db.url, pgpool.Options{ApplicationName: "daybook projections", MaxConns: 4, Limits: commandLimits})
					if err != nil {
						return err
					}
					defer pool.Close()
					return fn(ctx, cmd, pool, projection.New(pool, logger))
				})
			},
		}
	}
	return &cli.Command{
		Name:  "projections",
		Usage: "look after the read models; without names, all of them",
		Commands: []*cli.Command{
			sub("list", "show how far each is behind", listProjections),
			sub("verify", "compare the stored copies with their definitions, repair what differs, exit 1 if anything did", verifyProjections),
			rebuildCommand(sub),
			sub("pause", "stop refreshing; reads stay exact", func(ctx context.Context, cmd *cli.Command, _ *pgxpool.Pool, e *projection.Engine) error {
				return e.Pause(ctx, cmd.Args().Slice()...)
			}),
			sub("resume", "refresh again", func(ctx context.Context, cmd *cli.Command, _ *pgxpool.Pool, e *projection.Engine) error {
				return e.Resume(ctx, cmd.Args().Slice()...)
			}),
		},
	}
}

func listProjections(ctx context.Context, cmd *cli.Command, _ *pgxpool.Pool, e *projection.Engine) error {
	names, err := e.Names(ctx, cmd.Args().Slice()...)
	if err != nil {
		return err
	}
	list, err := e.List(ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.Root().Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tKIND\tSTATE\tMARKS\tOLDEST\tSET ASIDE\tVERIFIED\tDRIFT")
	for _, p := range list {
		if !slices.Contains(names, p.Name) {
			continue
		}
		oldest, verified := "-", "never"
		if p.Backlog > 0 {
			oldest = p.OldestMark.Round(time.Millisecond).String()
		}
		if p.VerifiedAt != nil {
			verified = p.VerifiedAt.UTC().Format("2006-01-02 15:04:05")
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%d\t%s\t%d\n",
			p.Name, p.Kind, state(p), p.Backlog, oldest, p.Quarantined, verified, p.DriftFound)
	}
	return out.Flush()
}

// state is the word for a projection's state in the list.
func state(p projection.Status) string {
	switch {
	case p.Paused:
		return "paused"
	case p.Replaces != nil:
		return "replaces " + *p.Replaces
	case !p.Built:
		return "building"
	}
	return "live"
}

// forEach calls fn with each projection that the command's arguments name, or with all, until one fails.
func forEach(ctx context.Context, cmd *cli.Command, e *projection.Engine, fn func(name string) error) error {
	names, err := e.Names(ctx, cmd.Args().Slice()...)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := fn(name); err != nil {
			return err
		}
	}
	return nil
}

func verifyProjections(ctx context.Context, cmd *cli.Command, _ *pgxpool.Pool, e *projection.Engine) error {
	drifted := false
	err := forEach(ctx, cmd, e, func(name string) error {
		var checked, drift int64
		var after []string
		for {
			slice, err := e.Verify(ctx, name, after)
			if err != nil {
				return err
			}
			checked += slice.Checked
			drift += int64(len(slice.Drifted))
			for _, key := range slice.Drifted {
				fmt.Fprintf(cmd.Root().Writer, "%s: %s differed\n", name, key)
			}
			if after = slice.Next; after == nil {
				break
			}
		}
		fmt.Fprintf(cmd.Root().Writer, "%s: %d checked, %d drift\n", name, checked, drift)
		if drift == 0 {
			return nil
		}
		drifted = true
		return repair(ctx, cmd, e, name)
	})
	if err == nil && drifted {
		return ErrDrift
	}
	return err
}

// repair refreshes a projection after a verification that found and marked differences. Exact reads are right before it.
func repair(ctx context.Context, cmd *cli.Command, e *projection.Engine, name string) error {
	paused, err := isPaused(ctx, e, name)
	if err != nil {
		return err
	}
	if paused {
		fmt.Fprintf(cmd.Root().Writer, "%s: is paused, so its stored copy is repaired when it is resumed\n", name)
		return nil
	}
	kind, err := e.Kind(ctx, name)
	if err != nil {
		return err
	}
	if kind == "materialized_view" {
		_, err = e.Rebuild(ctx, name, nil) // a refresh would wait for the minimum interval
	} else {
		_, err = e.Refresh(ctx, name, repairBudget)
	}
	return err
}

func isPaused(ctx context.Context, e *projection.Engine, name string) (bool, error) {
	list, err := e.List(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list, func(p projection.Status) bool { return p.Name == name && p.Paused }), nil
}
