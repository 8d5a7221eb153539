package canonical

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// MemberQuery selects members of one organization: those that meet every condition which is not nil.
//
// It and the other functions here and in members.go read canonical rows: no read model holds who may do what, so ending a membership
// shows in the very next answer.
type MemberQuery struct {
	OrganizationID int64
	// Users are the keys of the members; nil selects any.
	Users []int64
	// Search is a part of the name or the e-mail address, in any case.
	Search *string
	Role   *model.Role
	// Ended selects those whose membership has ended, in place of those whose membership lasts; nil selects both.
	Ended *bool
}

// MemberPosition is the place of a member in a list: the key of their user.
type MemberPosition int64

// String is the opaque text of the position.
func (p MemberPosition) String() string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, int64(p), 10))
}

// ParseMemberPosition reads what String wrote; anything else is an error.
func ParseMemberPosition(text string) (MemberPosition, error) {
	decoded, _ := base64.RawURLEncoding.Strict().DecodeString(text)
	key, err := strconv.ParseInt(string(decoded), 10, 64)
	if p := MemberPosition(key); err == nil && p.String() == text {
		return p, nil
	}
	return 0, fmt.Errorf("%.50q is no position", text)
}

// MemberPage is the part of a list of members that is read.
type MemberPage struct {
	// Size is the largest number of members.
	Size int
	// FromEnd reads the last members of the list, in the same order.
	FromEnd bool
	// After and Before bound the page, exclusively; nil is the start or the end of the list.
	After, Before *MemberPosition
}

const (
	memberColumns = `users.id, users.name, users.email, upper(membership.role), membership.version, membership.joined_at, membership.ended_at,
		membership.created_at, membership.updated_at, ` + boundStores
	// The users are looked up one by one, in the order of the list, until a page is full: the fence keeps a search from reading all of them.
	memberTables = `
		FROM canonical.memberships AS membership
		CROSS JOIN LATERAL (SELECT u.id, u.name, u.email FROM canonical.users AS u WHERE u.id = membership.user_id OFFSET 0) AS users`
)

// conditions returns the condition of the query, and its parameters.
func (q MemberQuery) conditions() (where string, args []any) {
	where, args = " WHERE membership.organization_id = $1", []any{q.OrganizationID}
	add := func(condition string, value any) {
		args = append(args, value)
		where += " AND " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if q.Users != nil {
		add("membership.user_id = ANY (?)", q.Users)
	}
	if q.Search != nil && strings.TrimSpace(*q.Search) != "" {
		add("canonical.fold(users.name || ' ' || users.email) LIKE canonical.search_pattern(?)", strings.TrimSpace(*q.Search))
	}
	if q.Role != nil {
		add("membership.role = lower(?)", string(*q.Role))
	}
	if q.Ended != nil { // as constants, not as a parameter: indexes are partial
		where += map[bool]string{false: " AND membership.ended_at IS NULL", true: " AND membership.ended_at IS NOT NULL"}[*q.Ended]
	}
	return where, args
}

// Members reads a part of the list of the members, in the order of their users' keys. more says that the list goes on behind it, or before it
// with FromEnd.
func Members(ctx context.Context, db Reader, q MemberQuery, part MemberPage) (found []model.Member, more bool, err error) {
	where, args := q.conditions()
	if part.After != nil {
		args = append(args, int64(*part.After))
		where += " AND membership.user_id > $" + strconv.Itoa(len(args))
	}
	if part.Before != nil {
		args = append(args, int64(*part.Before))
		where += " AND membership.user_id < $" + strconv.Itoa(len(args))
	}
	direction := ""
	if part.FromEnd {
		direction = " DESC"
	}
	found, err = readMembers(ctx, db, where+" ORDER BY membership.user_id"+direction+" LIMIT "+strconv.Itoa(part.Size+1), args...)
	if more = len(found) > part.Size; more {
		found = found[:part.Size]
	}
	if part.FromEnd {
		slices.Reverse(found)
	}
	return found, more, err
}

// AllMembers reads the whole list of the members, ordered by name.
func AllMembers(ctx context.Context, db Reader, q MemberQuery) ([]model.Member, error) {
	where, args := q.conditions()
	return readMembers(ctx, db, where+" ORDER BY users.name, users.id", args...)
}

// readMembers reads the members that the end of a statement selects.
func readMembers(ctx context.Context, db Reader, end string, args ...any) ([]model.Member, error) {
	rows, _ := db.Query(ctx, `SELECT `+memberColumns+memberTables+end, args...)
	found, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return found, nil
}

// CountMembers counts the members of the whole list.
func CountMembers(ctx context.Context, db Reader, q MemberQuery) (count int, err error) {
	where, args := q.conditions()
	rows, _ := db.Query(ctx, `SELECT count(*)`+memberTables+where, args...)
	if count, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int]); err != nil {
		return 0, fmt.Errorf("count members: %w", err)
	}
	return count, nil
}

// scanMember scans memberColumns.
func scanMember(row pgx.CollectableRow) (m model.Member, err error) {
	err = row.Scan(&m.User.ID.Key, &m.User.Name, &m.User.Email, &m.Role, &m.Version, &m.JoinedAt, &m.EndedAt, &m.CreatedAt, &m.UpdatedAt, &m.StoreKeys)
	m.User.ID.Type = "User"
	m.ID = model.ID{Type: "Member", Key: m.User.ID.Key}
	return m, err
}
