package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

func tokenCommand() *cli.Command {
	return &cli.Command{
		Name:  "token",
		Usage: "make API tokens",
		Commands: []*cli.Command{{
			Name:  "create",
			Usage: "print a new token; it cannot be shown again",
			Flags: []cli.Flag{
				dataDirFlag(),
				&cli.StringFlag{Name: "email", Required: true, Usage: "`ADDRESS` of the member it stands for"},
				&cli.Int64Flag{Name: "organization", Usage: "`ID`, for a member of several organizations"},
				&cli.StringFlag{Name: "name", Value: "command line", Usage: "what it is for"},
				&cli.DurationFlag{Name: "expires", Usage: "how long it works, for example 720h; for ever without"},
			},
			Action: createToken,
		}},
	}
}

func createToken(ctx context.Context, cmd *cli.Command) error {
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, pool *pgxpool.Pool) error {
		organization, user, err := member(ctx, pool, cmd.String("email"), cmd.Int64("organization"))
		if err != nil {
			return err
		}
		var expires *time.Time
		if d := cmd.Duration("expires"); d != 0 {
			at := time.Now().Add(d)
			expires = &at
		}
		token, err := store.TokenCreate(ctx, organization, user, cmd.String("name"), "", expires)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.Root().Writer, token)
		return err
	})
}

// member finds the one membership that is meant; organization 0 means the only one.
func member(ctx context.Context, db *pgxpool.Pool, email string, organization int64) (organizationID, userID int64, err error) {
	rows, err := db.Query(ctx, `SELECT membership.organization_id, membership.user_id
		FROM canonical.memberships AS membership JOIN canonical.users AS member ON member.id = membership.user_id
		WHERE lower(member.email) = lower($1) AND membership.ended_at IS NULL AND $2::bigint IN (0, membership.organization_id)`,
		email, organization)
	if err != nil {
		return 0, 0, fmt.Errorf("find the member: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Organization, User int64 }])
	if err != nil {
		return 0, 0, fmt.Errorf("find the member: %w", err)
	}
	switch len(found) {
	case 0:
		return 0, 0, fmt.Errorf("no member has the address %s", email)
	case 1:
		return found[0].Organization, found[0].User, nil
	}
	return 0, 0, errors.New("a member of several organizations: choose one with --organization")
}
