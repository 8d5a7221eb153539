package canonical

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// OrganizationCreate saves an organization and returns its key. timeZone is UTC or an IANA Area/City name in its exact
// case; baseCurrency is an ISO 4217 code.
func (s *Store) OrganizationCreate(ctx context.Context, name, timeZone, baseCurrency string) (int64, error) {
	return s.write(ctx, Actor{}, func(u *unit) (id int64, err error) {
		u.required("name", &name, maxLine)
		u.text("timeZone", &timeZone, maxLine)
		u.text("baseCurrency", &baseCurrency, maxLine)
		if err := u.check(); err != nil {
			return 0, err
		}
		err = u.QueryRow(ctx, `INSERT INTO canonical.organizations (name, time_zone, base_currency) VALUES ($1, $2, $3)
			RETURNING id`, name, timeZone, baseCurrency).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("save organization: %w", err)
		}
		return id, nil
	})
}

// UserCreate saves a user and returns the key. E-mail addresses are unique in any case.
func (s *Store) UserCreate(ctx context.Context, name, email string) (int64, error) {
	return s.write(ctx, Actor{}, func(u *unit) (id int64, err error) {
		u.required("name", &name, maxLine)
		address := &email
		if u.email("email", &address); address == nil {
			u.wrong("email", required, "must be given")
		}
		if err := u.check(); err != nil {
			return 0, err
		}
		err = u.QueryRow(ctx, `INSERT INTO canonical.users (name, email) VALUES ($1, $2) RETURNING id`,
			name, address).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("save user: %w", err)
		}
		return id, nil
	})
}

// MembershipSet gives a user a role in an organization: as a new member, in place of the role they have, or again
// after their membership ended.
func (s *Store) MembershipSet(ctx context.Context, organizationID, userID int64, role model.Role) error {
	_, err := s.write(ctx, Actor{OrganizationID: organizationID}, func(u *unit) (int64, error) {
		_, err := u.Exec(ctx, `
			INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES ($1, $2, $3)
			ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role, ended_at = NULL`,
			organizationID, userID, strings.ToLower(string(role)))
		if err != nil {
			return 0, fmt.Errorf("save membership: %w", err)
		}
		return userID, nil
	})
	return err
}

// MembershipEnd ends a user's membership: their tokens stop working at once. A membership that has ended, or never
// was, stays so.
func (s *Store) MembershipEnd(ctx context.Context, organizationID, userID int64) error {
	_, err := s.write(ctx, Actor{OrganizationID: organizationID}, func(u *unit) (int64, error) {
		_, err := u.Exec(ctx, `UPDATE canonical.memberships SET ended_at = now()
			WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL`, organizationID, userID)
		if err != nil {
			return 0, fmt.Errorf("end membership: %w", err)
		}
		return userID, nil
	})
	return err
}

// OperatorSet gives or takes the right to look after the installation, with the jobs of all organizations. The user is
// named by their e-mail address, in any case.
func (s *Store) OperatorSet(ctx context.Context, email string, operator bool) error {
	_, err := s.write(ctx, Actor{}, func(u *unit) (id int64, err error) {
		err = u.QueryRow(ctx, `UPDATE canonical.users SET is_operator = $2 WHERE lower(email) = lower($1) RETURNING id`,
			email, operator).Scan(&id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return 0, refuse("email", notFound, "is nobody's address")
		case err != nil:
			return 0, fmt.Errorf("save operator: %w", err)
		}
		return id, nil
	})
	return err
}
