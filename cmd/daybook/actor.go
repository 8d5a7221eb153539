package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/graph/model"
)

func organizationFlag() cli.Flag {
	return &cli.Int64Flag{Name: "organization", Usage: "`ID`, where there are several organizations"}
}

func asFlag() cli.Flag {
	return &cli.StringFlag{Name: "as", Usage: "`ADDRESS` of the member who does it, with their rights; an owner without"}
}

// actor is the member who does what a command with organizationFlag and asFlag does: the one with the address, else the
// first owner. Whoever may run commands on the database may be anybody; the option is for the record of who did it.
func actor(ctx context.Context, cmd *cli.Command, db *pgxpool.Pool) (canonical.Actor, error) {
	email := cmd.String("as")
	rows, err := db.Query(ctx, `
		SELECT DISTINCT ON (membership.organization_id) membership.organization_id, membership.user_id, membership.role
		FROM canonical.memberships AS membership JOIN canonical.users AS member ON member.id = membership.user_id
		WHERE membership.ended_at IS NULL AND $2::bigint IN (0, membership.organization_id)
			AND CASE WHEN $1 = '' THEN membership.role = 'owner' ELSE lower(member.email) = lower($1) END
		ORDER BY membership.organization_id, membership.created_at, membership.user_id`, email, cmd.Int64("organization"))
	if err != nil {
		return canonical.Actor{}, fmt.Errorf("find the member: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Organization, User int64
		Role               string
	}])
	switch {
	case err != nil:
		return canonical.Actor{}, fmt.Errorf("find the member: %w", err)
	case len(found) == 0 && email != "":
		return canonical.Actor{}, fmt.Errorf("no member has the address %s", email)
	case len(found) == 0:
		return canonical.Actor{}, errors.New("there is no such organization, or it has no owner: name a member with --as")
	case len(found) > 1:
		return canonical.Actor{}, errors.New("there are several organizations: choose one with --organization")
	}
	return canonical.Actor{
		OrganizationID: found[0].Organization, UserID: found[0].User, Role: model.Role(strings.ToUpper(found[0].Role)),
	}, nil
}
