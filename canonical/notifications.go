package canonical

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// NotificationsMarkRead marks notifications of the actor's inbox as read, all or nothing. Those that are read stay as they are.
func (s *Store) NotificationsMarkRead(ctx context.Context, actor Actor, ids []model.ID) (int64, error) {
	return s.transact(ctx, actor, anyRole, func(u *unitOfWork) (int64, error) {
		if len(ids) == 0 || len(ids) > maxRows {
			return 0, reject("ids", invalid, fmt.Sprintf("must be 1 to %d", maxRows))
		}
		keys := make([]int64, len(ids))
		for i, id := range ids {
			keys[i] = id.Key
		}
		rows, _ := u.Query(ctx, `SELECT id FROM canonical.notifications
			WHERE organization_id = $1 AND user_id = $2 AND way = 'in_app' AND id = ANY ($3) ORDER BY id FOR NO KEY UPDATE`, actor.OrganizationID, actor.UserID, keys)
		found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return 0, fmt.Errorf("look up notifications: %w", err)
		}
		for i, id := range ids {
			if id.Type != "Notification" || !slices.Contains(found, id.Key) {
				u.addError(fmt.Sprintf("ids.%d", i), notFound, "does not exist")
			}
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		u.queue(`UPDATE canonical.notifications SET read_at = now() WHERE organization_id = $1 AND id = ANY ($2) AND read_at IS NULL`, actor.OrganizationID, keys)
		return actor.UserID, nil
	})
}

// NotificationsMarkAllRead marks everything in the actor's inbox as read.
func (s *Store) NotificationsMarkAllRead(ctx context.Context, actor Actor) (int64, error) {
	return s.transact(ctx, actor, anyRole, func(u *unitOfWork) (int64, error) {
		u.queue(`UPDATE canonical.notifications SET read_at = now()
			WHERE organization_id = $1 AND user_id = $2 AND way = 'in_app' AND read_at IS NULL`, actor.OrganizationID, actor.UserID)
		return actor.UserID, nil
	})
}
