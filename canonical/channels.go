package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// channel is a row of canonical.channels, without its members.
type channel struct {
	master
	Name, Description string
	notificationBounds
}

const selectChannel = `SELECT id, version, name, description, till_difference_above, takings_below, archived_at FROM canonical.channels`

// ChannelCreate saves a channel with its first members and returns its key. Names are unique among live channels, in
// any case.
func (s *Store) ChannelCreate(ctx context.Context, actor Actor, in model.ChannelCreateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		users, err := u.checkChannelUsers(ctx, in.UserIds.Value())
		if err != nil {
			return 0, err
		}
		id, err := u.saveChannel(ctx, channel{}, model.ChannelUpdateInput{
			Name: in.Name, Description: in.Description, TillDifferenceAbove: in.TillDifferenceAbove, TakingsBelow: in.TakingsBelow,
		})
		if err != nil {
			return 0, err
		}
		return id, u.saveChannelUsers(ctx, id, users)
	})
}

// ChannelUpdate changes the given fields.
func (s *Store) ChannelUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.ChannelUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		c, err := loadLive[channel](ctx, u, id, expectedVersion, selectChannel)
		if err != nil {
			return 0, err
		}
		return u.saveChannel(ctx, c, in)
	})
}

// ChannelArchive takes a channel out of use: nobody is notified of anything in it any more. A channel that is archived
// already stays as it is.
func (s *Store) ChannelArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return archive[channel](ctx, u, id, expectedVersion, selectChannel, "channels")
	})
}

// ChannelRestore brings an archived channel back, unless a live one has its name. One that is live already stays as it is.
func (s *Store) ChannelRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[channel](ctx, u, id, expectedVersion, selectChannel, "channels")
	})
}

// ChannelMembersSet replaces the members of a channel. A change of its members is a new version of the channel.
func (s *Store) ChannelMembersSet(ctx context.Context, actor Actor, id int64, expectedVersion *int, userIDs []model.ID) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := loadLive[channel](ctx, u, id, expectedVersion, selectChannel); err != nil {
			return 0, err
		}
		users, err := u.checkChannelUsers(ctx, userIDs)
		if err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		return id, u.saveChannelUsers(ctx, id, users)
	})
}

// checkUnused checks that no other live channel has the name.
func (c channel) checkUnused(ctx context.Context, u *unitOfWork) error {
	return u.checkUnusedLive(ctx, "name", "Channel", "channels", c.ID, c.Name, "true")
}

// saveChannel checks the channel with the given fields set, saves it and returns its key.
func (u *unitOfWork) saveChannel(ctx context.Context, c channel, in model.ChannelUpdateInput) (int64, error) {
	set(&c.Name, in.Name)
	set(&c.Description, in.Description)
	u.checkRequired("name", &c.Name, maxLine)
	u.checkText("description", &c.Description, maxText)
	u.setBounds(&c.notificationBounds, in.TillDifferenceAbove, in.TakingsBelow)
	if err := c.checkUnused(ctx, u); err != nil {
		return 0, err
	}
	if err := u.err(); err != nil {
		return 0, err
	}
	return u.save(ctx, c.ID, row{table: "channels", columns: columns{
		{"name", c.Name}, {"description", c.Description}, {"till_difference_above", c.TillDifferenceAbove}, {"takings_below", c.TakingsBelow},
	}})
}

// checkChannelUsers checks that the users that an input names are members of the organization, each named once, and
// returns their keys.
func (u *unitOfWork) checkChannelUsers(ctx context.Context, ids []model.ID) ([]int64, error) {
	if len(ids) > maxRows {
		u.addError("userIds", invalid, "must not be more than %d", maxRows)
		return nil, nil
	}
	keys := make([]int64, len(ids))
	for i, id := range ids {
		keys[i] = id.Key
	}
	rows, _ := u.Query(ctx, `SELECT user_id FROM canonical.memberships
		WHERE organization_id = $1 AND user_id = ANY ($2) AND ended_at IS NULL`, u.actor.OrganizationID, keys)
	members, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look up members: %w", err)
	}
	for i, id := range ids {
		path := fmt.Sprintf("userIds.%d", i)
		switch {
		case id.Type != "User" || !slices.Contains(members, id.Key):
			u.addError(path, notFound, "is no member of the organization")
		case slices.Contains(keys[:i], id.Key):
			u.addError(path, invalid, "is named twice")
		}
	}
	return keys, nil
}

// saveChannelUsers makes these users the members of a channel, and another set of members a new version of the channel.
func (u *unitOfWork) saveChannelUsers(ctx context.Context, channelID int64, users []int64) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM canonical.channel_members WHERE organization_id = $1 AND channel_id = $2 AND user_id <> ALL ($3)`,
		u.actor.OrganizationID, channelID, users)
	batch.Queue(`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id)
		SELECT $1, $2, user_id FROM unnest($3::bigint[]) AS user_id ON CONFLICT ON CONSTRAINT channel_members_key DO NOTHING`,
		u.actor.OrganizationID, channelID, users)
	results := u.SendBatch(ctx, batch)
	removed, err := results.Exec()
	if err != nil {
		return fmt.Errorf("save members of channel %d: %w", channelID, errors.Join(err, results.Close()))
	}
	added, err := results.Exec()
	if err := errors.Join(err, results.Close()); err != nil {
		return fmt.Errorf("save members of channel %d: %w", channelID, err)
	}
	if removed.RowsAffected()+added.RowsAffected() == 0 {
		return nil
	}
	// A row that this transaction has created has this updated_at already, and stays at its version.
	_, err = u.Exec(ctx, `UPDATE canonical.channels SET updated_at = now() WHERE organization_id = $1 AND id = $2`,
		u.actor.OrganizationID, channelID)
	if err != nil {
		return fmt.Errorf("save channel %d: %w", channelID, err)
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"channels_name_given":             {Path: "name", Code: required, Message: "must be given"},
		"channels_name_key":               {Path: "name", Code: taken, Message: "is in use"},
		"channel_members_channel_fkey":    {Path: "id", Code: notFound, Message: "does not exist"},
		"channel_members_membership_fkey": {Path: "userIds", Code: notFound, Message: "somebody is no member of the organization"},
		"channel_members_key":             {Path: "userIds", Code: conflict, Message: "somebody was added meanwhile"},
	})
}
