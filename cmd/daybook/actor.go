package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

func organizationFlag() cli.Flag {
	return &cli.Int64Flag{Name: "organization", Usage: "`ID`, where there are several organizations"}
}

func asFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "`ADDRESS` of the member who does it, with their rights; an owner without"}
}

// actor returns the member that a command with organizationFlag and asFlag writes as: the one with the given address,
// or the first owner if none is given. Access to the database is all the permission that a command needs; the flag
// decides who is recorded as the author.
func actor(ctx context.Context, cmd *cli.Command, db *pgxpool.Pool) (who canonical.Actor, err error) {
	email, organization := cmd.String("as"), cmd.Int64("organization")
	var found []canonical.Actor
	if email == "" {
		found, err = canonical.OwnersOf(ctx, db, organization)
	} else {
		found, err = canonical.MembershipsOf(ctx, db, organization, email)
	}
	switch {
	case err != nil:
		return who, err
	case len(found) == 0 && email != "":
		return who, fmt.Errorf("no member has the address %s", email)
	case len(found) == 0:
		return who, errors.New("there is no such organization, or it has no owner: name a member with --as")
	case len(found) > 1:
		return who, errors.New("there are several organizations: choose one with --organization")
	}
	return found[0], nil
}
