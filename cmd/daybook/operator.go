package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

func operatorCommand() *cli.Command {
	sub := func(name, usage string, operator bool) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage, ArgsUsage: "ADDRESS", Flags: []cli.Flag{dataDirFlag()},
			Action: func(ctx context.Context, cmd *cli.Command) error {
				if cmd.Args().Len() != 1 {
					return misused("name one e-mail address")
				}
				return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, _ *pgxpool.Pool) error {
					if err := store.OperatorSet(ctx, cmd.Args().First(), operator); err != nil {
						return err
					}
					_, err := fmt.Fprintf(cmd.Root().Writer, "%s: done\n", cmd.Args().First())
					return err
				})
			},
		}
	}
	return &cli.Command{
		Name:  "operator",
		Usage: "say who may look after the jobs of all organizations, at /river/",
		Commands: []*cli.Command{
			sub("grant", "let the user with this e-mail address", true),
			sub("revoke", "let them no longer", false),
			listOperators(),
		},
	}
}
