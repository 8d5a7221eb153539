package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
)

// listCommand returns a sub-command that prints a line for each of something, below a line of headings.
func listCommand[T any](usage, headings string, flags []cli.Flag, read func(context.Context, *cli.Command, canonical.Reader) ([]T, error), line func(io.Writer, T)) *cli.Command {
	return &cli.Command{
		Name: "list", Usage: usage, Flags: append(flags, dataDirFlag()),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return withStore(ctx, cmd, func(ctx context.Context, _ *canonical.Store, pool *pgxpool.Pool) error {
				if err := knownOrganization(ctx, cmd, pool); err != nil {
					return err
				}
				found, err := read(ctx, cmd, pool)
				if err != nil {
					return err
				}
				out := tabwriter.NewWriter(cmd.Root().Writer, 0, 0, 2, ' ', 0)
				fmt.Fprintln(out, headings)
				for _, one := range found {
					line(out, one)
				}
				return out.Flush()
			})
		},
	}
}

// ofOrganization is the flag of a list of one organization's records.
func ofOrganization() []cli.Flag {
	return []cli.Flag{&cli.Int64Flag{Name: "organization", Usage: "only those of the organization with this `ID`"}}
}

// knownOrganization returns an error if the flag of ofOrganization names none: its list would be as empty as that of one without members.
func knownOrganization(ctx context.Context, cmd *cli.Command, db canonical.Reader) error {
	if !cmd.IsSet("organization") {
		return nil
	}
	known, err := canonical.ListOrganizations(ctx, db)
	if err != nil {
		return err
	}
	id := cmd.Int64("organization")
	if !slices.ContainsFunc(known, func(o canonical.ListedOrganization) bool { return o.ID == id }) {
		return fmt.Errorf("there is no organization %d (daybook organization list)", id)
	}
	return nil
}

func listOrganizations() *cli.Command {
	return listCommand("show all organizations", "ID\tNAME\tTIME ZONE\tCURRENCY\tMEMBERS", nil,
		func(ctx context.Context, _ *cli.Command, db canonical.Reader) ([]canonical.ListedOrganization, error) {
			return canonical.ListOrganizations(ctx, db)
		},
		func(w io.Writer, o canonical.ListedOrganization) {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\n", o.ID, o.Name, o.TimeZone, o.BaseCurrency, o.Members)
		})
}

func listMembers() *cli.Command {
	return listCommand("show who has which role where", "ORGANIZATION\tADDRESS\tNAME\tROLE\tSTORES", ofOrganization(),
		func(ctx context.Context, cmd *cli.Command, db canonical.Reader) ([]canonical.ListedMember, error) {
			return canonical.ListMembers(ctx, db, cmd.Int64("organization"))
		},
		func(w io.Writer, m canonical.ListedMember) {
			fmt.Fprintf(w, "%d %s\t%s\t%s\t%s\t%s\n", m.OrganizationID, m.Organization, m.Email, m.Name, m.Role, m.Stores)
		})
}

func listTokens() *cli.Command {
	return listCommand("show the tokens that work, not what they are", "ORGANIZATION\tADDRESS\tFOR\tMADE\tEXPIRES", ofOrganization(),
		func(ctx context.Context, cmd *cli.Command, db canonical.Reader) ([]canonical.ListedToken, error) {
			return canonical.ListTokens(ctx, db, cmd.Int64("organization"))
		},
		func(w io.Writer, t canonical.ListedToken) {
			expires := "never"
			if t.ExpiresAt != nil {
				expires = t.ExpiresAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", t.OrganizationID, t.Email, t.Name, t.CreatedAt.UTC().Format(time.RFC3339), expires)
		})
}

func listOperators() *cli.Command {
	return listCommand("show them", "ADDRESS", nil,
		func(ctx context.Context, _ *cli.Command, db canonical.Reader) ([]string, error) {
			return canonical.ListOperators(ctx, db)
		},
		func(w io.Writer, email string) { fmt.Fprintln(w, email) })
}
