package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// UsersByKey reads those of the users who are members of the organization, or were, by their key.
func UsersByKey(ctx context.Context, db Reader, organizationID int64, users []int64) (map[int64]*model.User, error) {
	rows, err := db.Query(ctx, `
		SELECT users.id, users.id, users.name, users.email
		FROM canonical.memberships AS membership JOIN canonical.users AS users ON users.id = membership.user_id
		WHERE membership.organization_id = $1 AND membership.user_id = ANY ($2)`, organizationID, users)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	found := map[int64]*model.User{}
	return found, eachUser(rows, func(key int64, user model.User) { found[key] = &user })
}

// MembersByKey reads those of the users who are members of the organization now, by their key.
func MembersByKey(ctx context.Context, db Reader, organizationID int64, users []int64) (map[int64]*model.User, error) {
	rows, err := db.Query(ctx, `
		SELECT users.id, users.id, users.name, users.email
		FROM canonical.memberships AS membership JOIN canonical.users AS users ON users.id = membership.user_id
		WHERE membership.organization_id = $1 AND membership.user_id = ANY ($2) AND membership.ended_at IS NULL`, organizationID, users)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	found := map[int64]*model.User{}
	return found, eachUser(rows, func(key int64, user model.User) { found[key] = &user })
}

// ChannelMembers reads the users in each of the channels who are members of the organization now, ordered by name, by the
// channel's key. A channel without such users is absent.
func ChannelMembers(ctx context.Context, db Reader, organizationID int64, channels []int64) (map[int64][]model.User, error) {
	rows, err := db.Query(ctx, `
		SELECT member.channel_id, users.id, users.name, users.email
		FROM canonical.channel_members AS member
		JOIN canonical.memberships AS membership
			ON (membership.organization_id, membership.user_id) = (member.organization_id, member.user_id)
		JOIN canonical.users AS users ON users.id = member.user_id
		WHERE member.organization_id = $1 AND member.channel_id = ANY ($2) AND membership.ended_at IS NULL
		ORDER BY users.name, users.id`, organizationID, channels)
	if err != nil {
		return nil, fmt.Errorf("read members of channels: %w", err)
	}
	found := map[int64][]model.User{}
	return found, eachUser(rows, func(key int64, user model.User) { found[key] = append(found[key], user) })
}

// eachUser calls do with every row, which is a key and a user's id, name and e-mail address.
func eachUser(rows pgx.Rows, do func(key int64, user model.User)) error {
	var key int64
	user := model.User{ID: model.ID{Type: "User"}}
	_, err := pgx.ForEachRow(rows, []any{&key, &user.ID.Key, &user.Name, &user.Email}, func() error {
		do(key, user)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	return nil
}

// OwnersOf reads the first owner of the organization, or of each organization if organizationID is 0, ordered by
// organization. An organization without an owner is absent.
func OwnersOf(ctx context.Context, db Reader, organizationID int64) ([]Actor, error) {
	return findActors(ctx, db, `
		SELECT DISTINCT ON (membership.organization_id) membership.organization_id, membership.user_id, upper(membership.role), NULL::bigint[]
		FROM canonical.memberships AS membership
		WHERE membership.role = 'owner' AND membership.ended_at IS NULL AND $1::bigint IN (0, membership.organization_id)
		ORDER BY membership.organization_id, membership.created_at, membership.user_id`, organizationID)
}

// MembershipsOf reads the user with the e-mail address, in any case, as a member of the organization, or of each of their
// organizations if organizationID is 0, ordered by organization. It is empty if the user is no member now.
func MembershipsOf(ctx context.Context, db Reader, organizationID int64, email string) ([]Actor, error) {
	return findActors(ctx, db, `
		SELECT membership.organization_id, membership.user_id, upper(membership.role), `+boundStores+`
		FROM canonical.memberships AS membership JOIN canonical.users AS member ON member.id = membership.user_id
		WHERE lower(member.email) = lower($2) AND membership.ended_at IS NULL AND $1::bigint IN (0, membership.organization_id)
		ORDER BY membership.organization_id`, organizationID, email)
}

func findActors(ctx context.Context, db Reader, query string, args ...any) ([]Actor, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Actor, err error) {
		var stores []int64
		err = row.Scan(&a.OrganizationID, &a.UserID, &a.Role, &stores)
		a.Bound = boundTo(stores)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", err)
	}
	return found, nil
}
