package canonical

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// MemberStoresSet binds a member to stores, each named by its id or its name in any case, in place of those before; without any it
// binds them to none. A store that does not exist, or is archived, is a user error at its place in `stores`, and so is any for an owner, at `storeIds`.
//
// What the member was told of other stores is not theirs to read any more: e-mails that wait are not sent, and what is unread counts as read.
func (s *Store) MemberStoresSet(ctx context.Context, organizationID, userID int64, stores []string) error {
	_, err := s.transact(ctx, Actor{OrganizationID: organizationID}, anyRole, func(u *unitOfWork) (int64, error) {
		tag, err := u.Exec(ctx, `SELECT FROM canonical.memberships WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL FOR UPDATE`,
			organizationID, userID)
		switch {
		case err != nil:
			return 0, fmt.Errorf("lock the membership: %w", err)
		case tag.RowsAffected() == 0:
			return 0, reject("userId", notFound, "is no member of the organization")
		}
		keys, err := u.findStores(ctx, organizationID, stores)
		if err != nil {
			return 0, err
		}
		return userID, u.saveMemberStores(ctx, organizationID, userID, keys)
	})
	return err
}

// saveMemberStores binds a member to the stores with the keys, in place of those before. Another set is a new version of the member.
func (u *unitOfWork) saveMemberStores(ctx context.Context, organizationID, userID int64, keys []int64) error {
	removed, err := u.Exec(ctx, `DELETE FROM canonical.membership_stores WHERE organization_id = $1 AND user_id = $2 AND store_id <> ALL ($3)`,
		organizationID, userID, keys)
	if err != nil {
		return fmt.Errorf("save the stores of a member: %w", err)
	}
	added, err := u.Exec(ctx, `INSERT INTO canonical.membership_stores (organization_id, user_id, store_id)
		SELECT $1, $2, key FROM unnest($3::bigint[]) AS key ON CONFLICT ON CONSTRAINT membership_stores_key DO NOTHING`,
		organizationID, userID, keys)
	if err != nil {
		return fmt.Errorf("save the stores of a member: %w", err)
	}
	if removed.RowsAffected()+added.RowsAffected() > 0 {
		// A row that this transaction has written has this updated_at already, and stays at its version.
		u.queue(`UPDATE canonical.memberships SET updated_at = now() WHERE organization_id = $1 AND user_id = $2`, organizationID, userID)
	}
	if len(keys) == 0 {
		return nil
	}
	_, err = u.Exec(ctx, `UPDATE canonical.notifications SET read_at = CASE way WHEN 'in_app' THEN coalesce(read_at, now()) END,
			state = CASE state WHEN 'pending' THEN 'revoked' ELSE state END
		WHERE organization_id = $1 AND user_id = $2 AND (way = 'in_app' AND read_at IS NULL OR state = 'pending')
			AND canonical.store_of(organization_id, canonical_type, canonical_id) = ANY ($3) IS NOT TRUE`, organizationID, userID, keys)
	if err != nil {
		return fmt.Errorf("take back notifications of other stores: %w", err)
	}
	return nil
}

// findStores returns the keys of live stores that are named by their ids or names, each once.
func (u *unitOfWork) findStores(ctx context.Context, organizationID int64, stores []string) ([]int64, error) {
	keys := []int64{}
	for i, name := range stores {
		path := "stores." + strconv.Itoa(i)
		u.checkRequired(path, &name, maxLine)
		rows, _ := u.Query(ctx, `SELECT id FROM canonical.stores WHERE organization_id = $1 AND archived_at IS NULL
			AND (id::text = $2 OR lower(name) = lower($3)) ORDER BY id::text = $2 DESC LIMIT 1`, organizationID, strings.TrimPrefix(name, "Store:"), name)
		found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		switch {
		case err != nil:
			return nil, fmt.Errorf("look for a store: %w", err)
		case len(found) == 0:
			u.addError(path, notFound, "no store has the id or name %q", name)
		case !slices.Contains(keys, found[0]):
			keys = append(keys, found[0])
		}
	}
	return keys, u.err()
}

func init() {
	registerConstraints(map[string]model.UserError{
		"membership_stores_owner":           {Path: "storeIds", Code: invalid, Message: "an owner is not bound to stores"},
		"membership_stores_membership_fkey": {Path: "userId", Code: notFound, Message: "is no member of the organization"},
		"membership_stores_store_fkey":      {Path: "storeIds", Code: notFound, Message: "does not exist"},
	})
}
