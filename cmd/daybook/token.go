package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

func tokenCommand() *cli.Command {
	return &cli.Command{
		Name:  "token",
		Usage: "make and revoke API tokens",
		Commands: []*cli.Command{
			{
				Name:  "create",
				Usage: "print a new token; it cannot be shown again",
				Flags: append(memberFlags(), dataDirFlag(),
					&cli.StringFlag{Name: "name", Value: "command line", Usage: "what it is for"},
					&cli.DurationFlag{Name: "expires", Usage: "how long it works, for example 720h; for ever without", Validator: validLife},
				),
				Action: createToken,
			},
			{
				Name:      "revoke",
				Usage:     "stop a token, or all tokens of a member, at once",
				ArgsUsage: "[TOKEN]",
				Flags: []cli.Flag{
					dataDirFlag(),
					&cli.StringFlag{Name: "email", Usage: "`ADDRESS` of a member who has lost one, in place of the token"},
					&cli.Int64Flag{Name: "organization", Usage: "`ID`, for a member of several organizations"},
				},
				Action: revokeToken,
			},
			listTokens(),
		},
	}
}

// validLife validates how long a token works: 0 would be for ever.
func validLife(d time.Duration) error {
	if d < time.Second {
		return errors.New("must be a second or more")
	}
	return nil
}

func createToken(ctx context.Context, cmd *cli.Command) error {
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, pool *pgxpool.Pool) error {
		organization, user, err := member(ctx, cmd, pool)
		if err != nil {
			return err
		}
		token, err := store.TokenCreate(ctx, organization, user, cmd.String("name"), "", cmd.Duration("expires"))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.Root().Writer, token)
		return err
	})
}

func revokeToken(ctx context.Context, cmd *cli.Command) error {
	if (cmd.Args().Len() == 1) == cmd.IsSet("email") || cmd.Args().Len() > 1 {
		return misused("name either one token or, with --email, a member")
	}
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, pool *pgxpool.Pool) error {
		if !cmd.IsSet("email") {
			return store.TokenRevoke(ctx, cmd.Args().First())
		}
		organization, user, err := member(ctx, cmd, pool)
		if err != nil {
			return err
		}
		n, err := store.TokensRevoke(ctx, organization, user)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.Root().Writer, "%d tokens revoked\n", n)
		return err
	})
}
