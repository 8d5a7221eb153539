package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/graph/model"
)

func memberCommand() *cli.Command {
	return &cli.Command{
		Name:  "member",
		Usage: "say who may do what in an organization",
		Commands: []*cli.Command{
			{
				Name:  "set",
				Usage: "give a user a role: as a new member, instead of their role, or again after their end",
				// The name of a store may have a comma.
				DisableSliceFlagSeparator: true,
				Flags: []cli.Flag{
					dataDirFlag(),
					&cli.Int64Flag{Name: "organization", Required: true, Usage: "`ID` of the organization"},
					&cli.StringFlag{Name: "email", Required: true, Usage: "`ADDRESS` of the user"},
					&cli.StringFlag{Name: "role", Required: true, Usage: "`ROLE`: owner, manager, accountant, staff or reader", Validator: validRole},
					&cli.StringSliceFlag{Name: "store", Usage: "`ID` or name of a store: the member reads and writes what is of the given stores alone; repeat for several"},
					&cli.BoolFlag{Name: "all-stores", Usage: "bind the member to no store any more"},
					&cli.StringFlag{Name: "name", Usage: "`NAME` of a new user, for an address that nobody has yet"},
				},
				Action: setMember,
			},
			{
				Name:   "end",
				Usage:  "end a membership; the member's tokens stop working at once",
				Flags:  append(memberFlags(), dataDirFlag()),
				Action: endMember,
			},
			listMembers(),
		},
	}
}

// validRole validates the flag of a role, in any case.
func validRole(role string) error {
	if !model.Role(strings.ToUpper(role)).IsValid() {
		return errors.New("must be owner, manager, accountant, staff or reader")
	}
	return nil
}

func setMember(ctx context.Context, cmd *cli.Command) error {
	if cmd.Bool("all-stores") && cmd.IsSet("store") {
		return misused("--store and --all-stores are not given together")
	}
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, _ *pgxpool.Pool) error {
		role := model.Role(strings.ToUpper(cmd.String("role")))
		stores, all := cmd.StringSlice("store"), cmd.Bool("all-stores")
		err := store.InTransaction(ctx, func(store *canonical.Store, db canonical.Reader) error {
			return saveMember(ctx, cmd, store, db, role, stores, all)
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.Root().Writer, "%s is %s of organization %d\n", cmd.String("email"), strings.ToLower(string(role)), cmd.Int64("organization"))
		return err
	})
}

// saveMember gives the user of the command a role, and binds them to the stores. Without stores a member stays bound to those that
// they are bound to, unless all is set.
func saveMember(ctx context.Context, cmd *cli.Command, store *canonical.Store, db canonical.Reader, role model.Role, stores []string, all bool) error {
	organization := cmd.Int64("organization")
	if all { // before the role: an owner is bound to none
		known, err := canonical.MembershipsOf(ctx, db, organization, cmd.String("email"))
		if err != nil {
			return err
		}
		for _, member := range known {
			if err := store.MemberStoresSet(ctx, organization, member.UserID, nil); err != nil {
				return err
			}
		}
	}
	user, err := store.MemberSet(ctx, organization, cmd.String("name"), cmd.String("email"), role)
	if err != nil || len(stores) == 0 {
		return err
	}
	return store.MemberStoresSet(ctx, organization, user, stores)
}

func endMember(ctx context.Context, cmd *cli.Command) error {
	return withStore(ctx, cmd, func(ctx context.Context, store *canonical.Store, pool *pgxpool.Pool) error {
		organization, user, err := member(ctx, cmd, pool)
		if err != nil {
			return err
		}
		if err := store.MembershipEnd(ctx, organization, user); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.Root().Writer, "%s is no member of organization %d any more\n", cmd.String("email"), organization)
		return err
	})
}

// memberFlags are the flags that name one membership.
func memberFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "email", Required: true, Usage: "`ADDRESS` of the member"},
		&cli.Int64Flag{Name: "organization", Usage: "`ID`, for a member of several organizations"},
	}
}

// member returns the membership that a command's memberFlags name. If they name none or several, it returns an error.
func member(ctx context.Context, cmd *cli.Command, db *pgxpool.Pool) (organizationID, userID int64, err error) {
	email := cmd.String("email")
	found, err := canonical.MembershipsOf(ctx, db, cmd.Int64("organization"), email)
	if err != nil {
		return 0, 0, err
	}
	switch len(found) {
	case 0:
		return 0, 0, fmt.Errorf("no member has the address %s", email)
	case 1:
		return found[0].OrganizationID, found[0].UserID, nil
	}
	return 0, 0, errors.New("a member of several organizations: choose one with --organization (daybook organization list)")
}
