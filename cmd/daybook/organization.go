package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

func organizationCommand() *cli.Command {
	given := func(name, usage string) cli.Flag { return &cli.StringFlag{Name: name, Required: true, Usage: usage} }
	return &cli.Command{
		Name:  "organization",
		Usage: "make and list organizations",
		Commands: []*cli.Command{{
			Name:  "create",
			Usage: "make an organization and its owner; print its ID and a token of the owner, which cannot be shown again",
			Flags: []cli.Flag{
				dataDirFlag(),
				given("name", "`NAME` of the organization"),
				given("time-zone", "`ZONE` that decides its day: UTC, or an IANA name such as Australia/Adelaide"),
				given("currency", "`CODE` of its base currency, such as AUD"),
				given("owner-name", "`NAME` of its owner, for an address that nobody has yet"),
				given("owner-email", "`ADDRESS` of its owner"),
			},
			Action: createOrganization,
		}, listOrganizations()},
	}
}

func createOrganization(ctx context.Context, cmd *cli.Command) error {
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, _ *pgxpool.Pool) error {
		id, token, err := store.OrganizationCreate(ctx, canonical.OrganizationInput{
			Name: cmd.String("name"), TimeZone: cmd.String("time-zone"), BaseCurrency: cmd.String("currency"),
			OwnerName: cmd.String("owner-name"), OwnerEmail: cmd.String("owner-email"),
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.Root().Writer, "organization %d\ntoken %s\n", id, token)
		return err
	})
}
