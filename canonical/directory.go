package canonical

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ListedOrganization is an organization as an installation lists it.
type ListedOrganization struct {
	ID                           int64
	Name, TimeZone, BaseCurrency string
	Members                      int // whose membership has not ended
}

// ListedMember is a membership that has not ended. Operators look after the installation, whatever their roles.
type ListedMember struct {
	OrganizationID                  int64
	Organization, Name, Email, Role string
	Operator                        bool
	Stores                          string // the names of the stores that the member is bound to, or all
}

// ListedToken is an API token that works, and whose it is. The token itself is not known.
type ListedToken struct {
	OrganizationID int64
	Email, Name    string
	CreatedAt      time.Time
	ExpiresAt      *time.Time // nil: never
}

// ListOrganizations reads all organizations of the installation in the order of their ids.
func ListOrganizations(ctx context.Context, db Reader) ([]ListedOrganization, error) {
	return list[ListedOrganization](ctx, db, "organizations", `
		SELECT o.id, o.name, o.time_zone, o.base_currency,
			(SELECT count(*) FROM canonical.memberships AS m WHERE m.organization_id = o.id AND m.ended_at IS NULL)
		FROM canonical.organizations AS o ORDER BY o.id`)
}

// ListMembers reads the memberships of an organization, or of all if organizationID is 0, by organization and address.
func ListMembers(ctx context.Context, db Reader, organizationID int64) ([]ListedMember, error) {
	return list[ListedMember](ctx, db, "members", `
		SELECT o.id, o.name, u.name, u.email, m.role, u.is_operator,
			coalesce((SELECT string_agg(store.name, ', ' ORDER BY store.name) FROM canonical.membership_stores AS bound
				JOIN canonical.stores AS store ON (store.organization_id, store.id) = (bound.organization_id, bound.store_id)
				WHERE (bound.organization_id, bound.user_id) = (m.organization_id, m.user_id)), 'all')
		FROM canonical.memberships AS m
		JOIN canonical.organizations AS o ON o.id = m.organization_id
		JOIN canonical.users AS u ON u.id = m.user_id
		WHERE m.ended_at IS NULL AND $1::bigint IN (0, o.id) ORDER BY o.id, lower(u.email)`, organizationID)
}

// ListOperators reads the users who look after the installation, by address.
func ListOperators(ctx context.Context, db Reader) ([]string, error) {
	rows, _ := db.Query(ctx, `SELECT email FROM canonical.users WHERE is_operator ORDER BY lower(email)`)
	emails, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read operators: %w", err)
	}
	return emails, nil
}

// ListTokens reads the API tokens that work, of an organization, or of all if organizationID is 0, by organization, address and
// age. Sessions of browsers are none.
func ListTokens(ctx context.Context, db Reader, organizationID int64) ([]ListedToken, error) {
	return list[ListedToken](ctx, db, "tokens", `
		SELECT t.organization_id, u.email, t.name, t.created_at, t.expires_at
		FROM canonical.api_tokens AS t JOIN canonical.users AS u ON u.id = t.user_id
		WHERE $1::bigint IN (0, t.organization_id) AND t.session_of IS NULL AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
		ORDER BY t.organization_id, lower(u.email), t.id`, organizationID)
}

// list reads all rows of a statement by the place of their columns.
func list[T any](ctx context.Context, db Reader, what, sql string, args ...any) ([]T, error) {
	rows, _ := db.Query(ctx, sql, args...)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return found, nil
}
