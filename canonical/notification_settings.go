package canonical

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// allTypes is the type of a preference for all types of notifications.
const allTypes = "*"

// NotificationLevel is where a preference of a user applies: in a channel, or in the organization if ChannelID is 0.
type NotificationLevel struct{ UserID, ChannelID int64 }

// preference identifies one override; typ is allTypes for the mute of the whole level.
type preference struct {
	NotificationLevel
	typ string
}

func (p preference) channel() *int64 {
	if p.ChannelID == 0 {
		return nil
	}
	return &p.ChannelID
}

// NotificationPreferenceSet saves an override, in place of an earlier one, and returns its level. Everybody sets their
// own; owners and managers set others' too.
func (s *Store) NotificationPreferenceSet(ctx context.Context, actor Actor, in model.NotificationPreferenceSetInput) (NotificationLevel, error) {
	var p preference
	_, err := s.transactAnswer(ctx, actor, anyRole, &p.NotificationLevel, func(u *unitOfWork) (_ int64, err error) {
		if p, err = u.checkPreference(ctx, in.UserID.Value(), in.ChannelID.Value(), in.Type.Value()); err != nil {
			return 0, err
		}
		if id := in.ChannelID.Value(); id != nil {
			if err := u.checkLive(ctx, "channelId", *id, "Channel", "channels"); err != nil {
				return 0, err
			}
		}
		if p.typ == allTypes && len(in.Delivery) > 0 {
			u.addError("type", required, "must be given: all types together can only be muted")
		}
		if err := u.checkNotificationType(ctx, p); err != nil {
			return 0, err
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		if p.ChannelID == 0 {
			_, err = u.Exec(ctx, `
				INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery) VALUES ($1, $2, $3, $4)
				ON CONFLICT (organization_id, user_id, type) WHERE channel_id IS NULL DO UPDATE SET delivery = excluded.delivery`,
				u.actor.OrganizationID, p.UserID, p.typ, deliveryOf(in.Delivery))
		} else {
			_, err = u.Exec(ctx, `
				INSERT INTO canonical.notification_preferences (organization_id, user_id, type, delivery, channel_id) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (organization_id, channel_id, user_id, type) WHERE channel_id IS NOT NULL DO UPDATE SET delivery = excluded.delivery`,
				u.actor.OrganizationID, p.UserID, p.typ, deliveryOf(in.Delivery), p.ChannelID)
		}
		if err != nil {
			return 0, fmt.Errorf("save the preference: %w", err)
		}
		return 0, nil
	})
	return p.NotificationLevel, err
}

// deliveryOf returns a set of ways as it is saved: each once, in one order; mute for none.
func deliveryOf(ways []model.NotificationWay) string {
	var saved []string
	for _, way := range model.AllNotificationWay {
		if slices.Contains(ways, way) {
			saved = append(saved, strings.ToLower(string(way)))
		}
	}
	if len(saved) == 0 {
		return "mute"
	}
	return strings.Join(saved, ",")
}

// NotificationPreferenceClear deletes an override, also that of a type that no longer exists, and returns its level. If
// there is no override, nothing changes.
func (s *Store) NotificationPreferenceClear(ctx context.Context, actor Actor, in model.NotificationPreferenceClearInput) (NotificationLevel, error) {
	var p preference
	_, err := s.transactAnswer(ctx, actor, anyRole, &p.NotificationLevel, func(u *unitOfWork) (_ int64, err error) {
		if p, err = u.checkPreference(ctx, in.UserID.Value(), in.ChannelID.Value(), in.Type.Value()); err != nil {
			return 0, err
		}
		if id := in.ChannelID.Value(); id != nil {
			if _, err := u.checkExists(ctx, "channelId", *id, "Channel", "channels"); err != nil {
				return 0, err
			}
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		tag, err := u.Exec(ctx, `DELETE FROM canonical.notification_preferences
			WHERE organization_id = $1 AND user_id = $2 AND type = $3 AND channel_id IS NOT DISTINCT FROM $4`,
			u.actor.OrganizationID, p.UserID, p.typ, p.channel())
		if err != nil {
			return 0, fmt.Errorf("delete the preference: %w", err)
		}
		if tag.RowsAffected() > 0 {
			return 0, nil
		}
		return 0, u.checkNotificationType(ctx, p)
	})
	return p.NotificationLevel, err
}

// checkPreference returns the preference that an input names, and checks that its user is a member and that the actor may
// change it.
func (u *unitOfWork) checkPreference(ctx context.Context, user, channel *model.ID, typ *string) (preference, error) {
	p := preference{NotificationLevel{UserID: u.actor.UserID}, allTypes}
	if user != nil {
		p.UserID = user.Key
	}
	if (user != nil && user.Type != "User" || p.UserID != u.actor.UserID) && !u.actor.canApprove() {
		return p, reject("userId", forbidden, "your role allows this for yourself only")
	}
	var member bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.memberships
		WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL)`, u.actor.OrganizationID, p.UserID).Scan(&member)
	if err != nil {
		return p, fmt.Errorf("look up the member: %w", err)
	}
	if !member || user != nil && user.Type != "User" {
		u.addError("userId", notFound, "is no member of the organization")
	}
	if channel != nil {
		p.ChannelID = channel.Key
	}
	if typ != nil {
		p.typ = *typ
		u.checkRequired("type", &p.typ, maxLine)
		if p.typ == allTypes {
			u.addError("type", notFound, "does not exist")
		}
	}
	return p, nil
}

// checkNotificationType checks that the preference's type exists and occurs where the preference applies.
func (u *unitOfWork) checkNotificationType(ctx context.Context, p preference) error {
	if p.typ == allTypes || p.typ == "" {
		return nil
	}
	var scope string
	err := u.QueryRow(ctx, `SELECT scope FROM canonical.notification_types WHERE code = $1`, p.typ).Scan(&scope)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		u.addError("type", notFound, "does not exist")
	case err != nil:
		return fmt.Errorf("look up the type: %w", err)
	case scope == "organization" && p.ChannelID != 0:
		u.addError("channelId", invalid, "the type does not happen in channels")
	}
	return nil
}

// NotificationTypes reads the types of notifications: those of the organization first, then those of channels, ordered by
// code.
func (s *Store) NotificationTypes(ctx context.Context) ([]model.NotificationType, error) {
	rows, err := s.pool.Query(ctx, `SELECT code, title, upper(scope) AS scope, canonical.delivery_ways(default_delivery) AS default_delivery
		FROM canonical.notification_types AS kind ORDER BY kind.scope DESC, kind.code`)
	if err != nil {
		return nil, fmt.Errorf("read notification types: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[model.NotificationType])
	if err != nil {
		return nil, fmt.Errorf("read notification types: %w", err)
	}
	return list, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"notification_preferences_delivery":         {Path: "delivery", Code: invalid, Message: "is not a delivery"},
		"notification_preferences_whole_is_mute":    {Path: "type", Code: required, Message: "must be given: all types together can only be muted"},
		"notification_preferences_type_known":       {Path: "type", Code: notFound, Message: "does not exist"},
		"notification_preferences_type_scope":       {Path: "channelId", Code: invalid, Message: "the type does not happen in channels"},
		"notification_preferences_membership_fkey":  {Path: "userId", Code: notFound, Message: "is no member of the organization"},
		"notification_preferences_channel_fkey":     {Path: "channelId", Code: notFound, Message: "does not exist"},
		"notification_preferences_organization_key": {Path: "type", Code: conflict, Message: "was set meanwhile"},
		"notification_preferences_channel_key":      {Path: "type", Code: conflict, Message: "was set meanwhile"},
	})
}
