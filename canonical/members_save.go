package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// membership is a row of canonical.memberships, with the stores that the member is bound to.
type membership struct {
	record  // whose key is the user's
	Role    model.Role
	EndedAt *time.Time
	Stores  []int64
}

// MemberCreate makes a user a member, whom it creates if nobody has the address, or again after an end, and returns the user's key.
// A member is a user error, and so is a user of other organizations, unless the actor is an owner of one of them: whoever runs the
// installation may add them with MemberSet.
func (s *Store) MemberCreate(ctx context.Context, actor Actor, in model.MemberCreateInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		if err := u.lockMembershipsAsOwner(ctx); err != nil {
			return 0, err
		}
		email, name, role := text(in.Email), text(in.Name), in.Role.Value()
		u.checkRequired("name", &name, maxLine)
		u.checkRequiredEmail("email", &email)
		if role == nil {
			u.addError("role", required, "must be given")
			role = new(model.Role)
		}
		stores, err := u.checkMemberStores(ctx, *role, in.StoreIds, nil)
		if err != nil {
			return 0, err
		}
		id, err := u.checkNewMember(ctx, email)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		if id == 0 { // whoever makes the user meanwhile has the address, and the user is not looked for again
			if id, err = u.saveUser(ctx, name, email); err != nil {
				return 0, err
			}
		}
		// The stores of a former membership are not those of this one.
		if _, err := u.Exec(ctx, `DELETE FROM canonical.membership_stores WHERE organization_id = $1 AND user_id = $2`, actor.OrganizationID, id); err != nil {
			return 0, fmt.Errorf("forget the stores of a former membership: %w", err)
		}
		if err := u.saveMembership(ctx, actor.OrganizationID, id, *role); err != nil {
			return 0, err
		}
		return id, u.saveMemberStores(ctx, actor.OrganizationID, id, stores)
	})
}

// MemberUpdate changes the given fields of the member with the user's key, and returns it. An owner is bound to no stores.
func (s *Store) MemberUpdate(ctx context.Context, actor Actor, userID int64, expectedVersion *int, in model.MemberUpdateInput) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		m, err := u.loadMembership(ctx, userID, expectedVersion)
		switch {
		case err != nil:
			return 0, err
		case m.EndedAt != nil:
			return 0, reject("id", state, "the membership has ended")
		}
		role := m.Role
		setDefault(u, "role", m.record, &role, in.Role, role)
		stores, err := u.checkMemberStores(ctx, role, in.StoreIds, m.Stores)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		if role != model.RoleOwner { // an owner becomes another member first, and another member loses their stores first
			u.changeRole(userID, role)
		}
		if !slices.Equal(stores, m.Stores) {
			if err := u.saveMemberStores(ctx, actor.OrganizationID, userID, stores); err != nil {
				return 0, err
			}
		}
		if role == model.RoleOwner {
			u.changeRole(userID, role)
		}
		return userID, nil
	})
}

// MemberEnd ends the membership of the member with the user's key, and returns it; one that has ended stays as it is. The member's
// tokens stop working at once.
func (s *Store) MemberEnd(ctx context.Context, actor Actor, userID int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, owners, func(u *unitOfWork) (int64, error) {
		m, err := u.loadMembership(ctx, userID, expectedVersion)
		if err != nil || m.EndedAt != nil {
			return userID, err
		}
		u.queue(`UPDATE canonical.memberships SET ended_at = now() WHERE organization_id = $1 AND user_id = $2`, actor.OrganizationID, userID)
		return userID, nil
	})
}

// changeRole queues the change of a member's role.
func (u *unitOfWork) changeRole(userID int64, role model.Role) {
	u.queue(`UPDATE canonical.memberships SET role = $3 WHERE organization_id = $1 AND user_id = $2 AND role <> $3`,
		u.actor.OrganizationID, userID, strings.ToLower(string(role)))
}

// lockMembershipsAsOwner is lockMemberships for an actor who has to be an owner still, when those before have changed them.
func (u *unitOfWork) lockMembershipsAsOwner(ctx context.Context) error {
	if err := u.lockMemberships(ctx, u.actor.OrganizationID); err != nil {
		return err
	}
	var still bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.memberships WHERE organization_id = $1 AND user_id = $2 AND role = 'owner' AND ended_at IS NULL)`,
		u.actor.OrganizationID, u.actor.UserID).Scan(&still)
	switch {
	case err != nil:
		return fmt.Errorf("look up the owner: %w", err)
	case !still:
		return reject("", forbidden, "your role does not allow this")
	}
	return nil
}

// loadMembership reads the membership that is to be changed by an owner, after those before have changed it.
func (u *unitOfWork) loadMembership(ctx context.Context, userID int64, expected *int) (m membership, err error) {
	if err := u.lockMembershipsAsOwner(ctx); err != nil {
		return m, err
	}
	m.ID = userID
	err = u.QueryRow(ctx, `SELECT membership.version, upper(membership.role), membership.ended_at, `+boundStores+`
		FROM canonical.memberships AS membership WHERE organization_id = $1 AND user_id = $2`, u.actor.OrganizationID, userID).
		Scan(&m.Version, &m.Role, &m.EndedAt, &m.Stores)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return m, reject("id", notFound, "does not exist")
	case err != nil:
		return m, fmt.Errorf("load the membership: %w", err)
	}
	return m, checkVersion(expected, m.Version)
}

// checkNewMember checks that the user with the e-mail address, if there is one, may be made a member by the actor, and returns the
// user's key; 0 if there is none.
func (u *unitOfWork) checkNewMember(ctx context.Context, email string) (user int64, err error) {
	var member, elsewhere, shared bool
	err = u.QueryRow(ctx, `
		SELECT users.id, bool_or(of.organization_id = $2 AND of.ended_at IS NULL) IS TRUE, bool_or(of.organization_id <> $2 AND of.ended_at IS NULL) IS TRUE,
			bool_or(of.organization_id <> $2 AND EXISTS (SELECT FROM canonical.memberships AS own
				WHERE (own.organization_id, own.user_id, own.role) = (of.organization_id, $3, 'owner') AND own.ended_at IS NULL)) IS TRUE
		FROM canonical.users AS users LEFT JOIN canonical.memberships AS of ON of.user_id = users.id
		WHERE lower(users.email) = lower($1) GROUP BY users.id`, email, u.actor.OrganizationID, u.actor.UserID).Scan(&user, &member, &elsewhere, &shared)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return 0, fmt.Errorf("look for the user: %w", err)
	case member:
		u.addTaken("email", "is a member's", model.ID{Type: "Member", Key: user})
	case elsewhere && !shared:
		u.addError("email", forbidden, "is a user of another organization: one of its owners who is an owner here too adds them, or whoever runs the installation")
	}
	return user, nil
}

// checkMemberStores returns the keys of the stores, sorted, that a member of the role is to be bound to: those of the input if it gives any,
// else those before. A store is live, or was among those before.
func (u *unitOfWork) checkMemberStores(ctx context.Context, role model.Role, in graphql.Omittable[[]model.ID], before []int64) ([]int64, error) {
	keys := append([]int64{}, before...)
	if ids, given := in.ValueOK(); given {
		if len(ids) > maxRows {
			u.addError("storeIds", invalid, "must not be more than %d", maxRows)
			return nil, nil
		}
		keys = keys[:0]
		for i, id := range ids {
			path := "storeIds." + strconv.Itoa(i)
			if slices.Contains(keys, id.Key) {
				u.addError(path, invalid, "is named twice")
			} else if id.Type != "Store" || !slices.Contains(before, id.Key) {
				if err := u.checkLive(ctx, path, id, "Store", "stores"); err != nil {
					return nil, err
				}
			}
			keys = append(keys, id.Key)
		}
		slices.Sort(keys)
	}
	if role == model.RoleOwner && len(keys) > 0 {
		u.addError("storeIds", invalid, "an owner is not bound to stores")
	}
	return keys, nil
}

// text returns the text of an input field; empty where it is left out or null.
func text(in graphql.Omittable[*string]) string {
	if value := in.Value(); value != nil {
		return *value
	}
	return ""
}
