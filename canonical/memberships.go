package canonical

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// MemberSet gives the user with an e-mail address a role in an organization, and returns the user's key: as a new member,
// in place of the role that they have, or again after their membership ended. If no user has the address, it creates one
// with the name; without a name, that is a user error.
func (s *Store) MemberSet(ctx context.Context, organizationID int64, name, email string, role model.Role) (int64, error) {
	return s.transact(ctx, Actor{OrganizationID: organizationID}, anyRole, func(u *unitOfWork) (id int64, err error) {
		u.checkText("name", &name, maxLine)
		u.checkRequiredEmail("email", &email)
		if err := u.err(); err != nil {
			return 0, err
		}
		if err := u.lockMemberships(ctx, organizationID); err != nil {
			return 0, err
		}
		if id, err = u.findOrSaveUser(ctx, name, email); err != nil {
			return 0, err
		}
		return id, u.saveMembership(ctx, organizationID, id, role)
	})
}

// checkRequiredEmail is checkEmail for an address that must be given.
func (u *unitOfWork) checkRequiredEmail(path string, value *string) {
	given := value
	if u.checkEmail(path, &given); given == nil {
		u.addError(path, required, "must be given")
		return
	}
	*value = *given
}

// findOrSaveUser returns the key of the user with the e-mail address, in any case, or of a new user with the name.
func (u *unitOfWork) findOrSaveUser(ctx context.Context, name, email string) (id int64, err error) {
	err = u.QueryRow(ctx, `SELECT id FROM canonical.users WHERE lower(email) = lower($1)`, email).Scan(&id)
	switch {
	case err == nil:
		return id, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return 0, fmt.Errorf("look for the user: %w", err)
	case name == "":
		return 0, reject("email", notFound, "is nobody's address; a new user needs a name")
	}
	return u.saveUser(ctx, name, email)
}

// saveUser saves a new user and returns the key.
func (u *unitOfWork) saveUser(ctx context.Context, name, email string) (id int64, err error) {
	err = u.QueryRow(ctx, `INSERT INTO canonical.users (name, email) VALUES ($1, $2) RETURNING id`, name, email).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("save user: %w", err)
	}
	return id, nil
}

func (u *unitOfWork) saveMembership(ctx context.Context, organizationID, userID int64, role model.Role) error {
	_, err := u.Exec(ctx, `
		INSERT INTO canonical.memberships (organization_id, user_id, role) VALUES ($1, $2, $3)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role, ended_at = NULL,
			joined_at = CASE WHEN memberships.ended_at IS NULL THEN memberships.joined_at ELSE now() END`,
		organizationID, userID, strings.ToLower(string(role)))
	if err != nil {
		return fmt.Errorf("save membership: %w", err)
	}
	return nil
}

// MembershipEnd ends a user's membership, and with it their tokens: they stop working at once, and a later membership of the
// same user does not bring them back. A user who is no member is a user error, and so is the last owner.
func (s *Store) MembershipEnd(ctx context.Context, organizationID, userID int64) error {
	_, err := s.transact(ctx, Actor{OrganizationID: organizationID}, anyRole, func(u *unitOfWork) (int64, error) {
		if err := u.lockMemberships(ctx, organizationID); err != nil {
			return 0, err
		}
		tag, err := u.Exec(ctx, `UPDATE canonical.memberships SET ended_at = now()
			WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL`, organizationID, userID)
		switch {
		case err != nil:
			return 0, fmt.Errorf("end membership: %w", err)
		case tag.RowsAffected() == 0:
			return 0, reject("email", notFound, "is no member's")
		}
		return userID, nil
	})
	return err
}

// lockMemberships lets the memberships of an organization change one after the other, until the transaction ends.
func (u *unitOfWork) lockMemberships(ctx context.Context, organizationID int64) error {
	if _, err := u.Exec(ctx, `SELECT FROM canonical.organizations WHERE id = $1 FOR NO KEY UPDATE`, organizationID); err != nil {
		return fmt.Errorf("lock the memberships: %w", err)
	}
	return nil
}

// OperatorSet gives or takes the right to operate the installation, with the jobs of all organizations, to or from the
// user with the e-mail address, in any case.
func (s *Store) OperatorSet(ctx context.Context, email string, operator bool) error {
	_, err := s.transact(ctx, Actor{}, anyRole, func(u *unitOfWork) (id int64, err error) {
		err = u.QueryRow(ctx, `UPDATE canonical.users SET is_operator = $2 WHERE lower(email) = lower($1) RETURNING id`,
			email, operator).Scan(&id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return 0, reject("email", notFound, "is nobody's address")
		case err != nil:
			return 0, fmt.Errorf("save operator: %w", err)
		}
		return id, nil
	})
	return err
}

func init() {
	registerConstraints(map[string]model.UserError{
		"users_name_given":              {Path: "name", Code: required, Message: "must be given"},
		"users_email_form":              {Path: "email", Code: invalid, Message: "is not an e-mail address"},
		"users_email_key":               {Path: "email", Code: taken, Message: "is in use"},
		"memberships_organization_fkey": {Path: "organizationId", Code: notFound, Message: "does not exist"},
		"memberships_user_fkey":         {Path: "userId", Code: notFound, Message: "does not exist"},
		"memberships_role":              {Path: "role", Code: invalid, Message: "is not a role"},
		"memberships_owner_kept":        {Path: "id", Code: state, Message: "is the last owner: make another member an owner first"},
	})
}
