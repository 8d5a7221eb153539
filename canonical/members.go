package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// RowsQuerier is what memberships are read from: a pool, a connection or a transaction. No read model holds who may do
// what, so ending a membership shows in the very next answer, however it is read.
type RowsQuerier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Members reads everybody who is a member of the organization now, by name.
func Members(ctx context.Context, db RowsQuerier, organizationID int64) ([]model.Member, error) {
	rows, err := db.Query(ctx, `
		SELECT users.id, users.name, users.email, upper(membership.role)
		FROM canonical.memberships AS membership JOIN canonical.users AS users ON users.id = membership.user_id
		WHERE membership.organization_id = $1 AND membership.ended_at IS NULL ORDER BY users.name, users.id`, organizationID)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m model.Member, err error) {
		m.User.ID.Type = "User"
		return m, row.Scan(&m.User.ID.Key, &m.User.Name, &m.User.Email, &m.Role)
	})
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return list, nil
}

// MembersByKey reads those of the users who are members of the organization now; the others are absent.
func MembersByKey(ctx context.Context, db RowsQuerier, organizationID int64, users []int64) (map[int64]*model.User, error) {
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

// ChannelMembers reads who is in each of the channels and a member of the organization now, by name; a channel without
// anybody is absent.
func ChannelMembers(ctx context.Context, db RowsQuerier, organizationID int64, channels []int64) (map[int64][]model.User, error) {
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

// eachUser gives to do every row: a key, and a user's id, name and e-mail address.
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
