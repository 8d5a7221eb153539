package resolvers

import (
	"context"
	"slices"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	notificationSettings = projection.Define[model.NotificationSetting](projection.Definition{
		Name:   "notification_settings",
		Stores: projection.Shared, // which say nothing of what happens in any
		Key:    []string{"channel_id", "user_id", "type text"},
	})
	// recipients are the same rows, by channel and type.
	recipients = projection.Define[model.Recipient](projection.Definition{
		Name:         "notification_settings",
		Key:          []string{"channel_id", "user_id", "type text"},
		Orders:       map[string]projection.Order{"USER": {Column: "user_id", Type: "bigint"}},
		DefaultOrder: "USER",
		Where:        "delivery <> '{}'",
	})

	settingsOfUser   = byParent(notificationSettings, "user_id", "channel_id, type")
	channelOfSetting = relate("channel", channelByKey, func(s *model.NotificationSetting) int64 { return s.ChannelID })
	userOfRecipient  = relate("user", memberByKey, func(r *model.Recipient) int64 { return r.UserID })
)

// settingsAt returns a user's settings in one channel, or in the organization if channel is 0. It reads all settings of
// the user in one batch, because the channels of a list are mostly asked for together.
func settingsAt(ctx context.Context, user, channel int64) ([]model.NotificationSetting, error) {
	all, err := settingsOfUser.load(ctx, user)
	if err != nil {
		return nil, err
	}
	here := []model.NotificationSetting{}
	for _, s := range all {
		if s.ChannelID == channel {
			here = append(here, s)
		}
	}
	return here, nil
}

func (r *organizationResolver) MySettings(ctx context.Context, _ *model.Organization) ([]model.NotificationSetting, error) {
	return settingsAt(ctx, actor(ctx).UserID, 0)
}

func (r *channelResolver) MySettings(ctx context.Context, obj *model.Channel) ([]model.NotificationSetting, error) {
	return settingsAt(ctx, actor(ctx).UserID, obj.ID.Key)
}

func (r *queryResolver) NotificationTypes(ctx context.Context) ([]model.NotificationType, error) {
	return r.store.NotificationTypes(ctx)
}

func (r *queryResolver) EffectiveNotificationSettings(ctx context.Context, userID model.ID) ([]model.NotificationSetting, error) {
	member, err := lookup(ctx, memberByKey, userID)
	if err != nil || member == nil {
		return []model.NotificationSetting{}, err
	}
	all, err := settingsOfUser.load(ctx, member.ID.Key)
	if all == nil {
		all = []model.NotificationSetting{}
	}
	return all, err
}

func (r *queryResolver) Recipients(ctx context.Context, channelID *model.ID, typ string, way *model.NotificationWay, first *int, after *string, last *int, before *string) (*model.RecipientConnection, error) {
	types, err := r.store.NotificationTypes(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(types, func(t model.NotificationType) bool { return t.Code == typ })
	var f filter
	switch {
	case i < 0:
		return nil, badInput("type names no notification type")
	case types[i].Scope == model.NotificationScopeOrganization:
		if channelID != nil {
			return nil, badInput("channelId must be left out: the type does not happen in channels")
		}
		f.where("channel_id = 0")
	case channelID == nil:
		return nil, badInput("channelId must be given: the type happens in channels")
	default:
		channel, err := lookup(ctx, channelByKey, *channelID)
		if err != nil {
			return nil, err
		}
		if channel == nil {
			return nil, badInput("channelId names no channel")
		}
		f.where("channel_id = ?", channel.ID.Key)
		f.where(`(SELECT true FROM (SELECT user_id AS member_id FROM canonical.channel_members WHERE organization_id = $1 AND channel_id = ?) AS member
			WHERE member_id = user_id)`, channel.ID.Key)
	}
	f.where("type = ?", typ)
	if typ == "projection_drift" { // which only operators are told of
		f.where("(SELECT is_operator FROM canonical.users WHERE id = user_id)")
	}
	if way != nil {
		f.where("?::text = ANY (delivery)", *way)
	}
	// Who may be notified is read from the memberships themselves, in every read mode.
	f.where(`(SELECT true FROM (SELECT user_id AS member_id FROM canonical.memberships WHERE organization_id = $1 AND ended_at IS NULL) AS membership
		WHERE member_id = user_id)`)
	q := page(first, after, last, before)
	// The rows are those of one channel or of the organization, which are few, while one change can make more settings
	// dirty than an exact page of the whole model may have.
	q.Where, q.Narrow = f, true
	return connect(ctx, recipients, q, userOfRecipient)
}

func (r *recipientResolver) User(ctx context.Context, obj *model.Recipient) (*model.User, error) {
	return loadRequired(ctx, userOfRecipient, obj)
}

func (r *notificationSettingResolver) Channel(ctx context.Context, obj *model.NotificationSetting) (*model.Channel, error) {
	return channelOfSetting.load(ctx, obj)
}

func (r *mutationResolver) NotificationPreferenceSet(ctx context.Context, input model.NotificationPreferenceSetInput, idempotencyKey *string) (*model.NotificationSettingsPayload, error) {
	return r.setPreference(ctx, func(w write) (canonical.NotificationLevel, error) {
		return w.NotificationPreferenceSet(ctx, w.actor, input)
	})
}

func (r *mutationResolver) NotificationPreferenceClear(ctx context.Context, input model.NotificationPreferenceClearInput, idempotencyKey *string) (*model.NotificationSettingsPayload, error) {
	return r.setPreference(ctx, func(w write) (canonical.NotificationLevel, error) {
		return w.NotificationPreferenceClear(ctx, w.actor, input)
	})
}

// setPreference makes the write to one preference and returns all settings of its level.
func (r *mutationResolver) setPreference(ctx context.Context, fn func(write) (canonical.NotificationLevel, error)) (*model.NotificationSettingsPayload, error) {
	var level canonical.NotificationLevel
	return mutateInto(ctx, r, target{}, func(w write) (_ int64, err error) {
		level, err = fn(w)
		return level.ChannelID, err
	}, func(ctx context.Context, _ int64) (*[]model.NotificationSetting, error) {
		settings, err := settingsAt(ctx, level.UserID, level.ChannelID)
		return &settings, err
	})
}

// NotificationSetting returns the resolvers of settings.
func (r *Resolver) NotificationSetting() generated.NotificationSettingResolver {
	return &notificationSettingResolver{r}
}

// Recipient returns the resolvers of recipients.
func (r *Resolver) Recipient() generated.RecipientResolver { return &recipientResolver{r} }

type (
	notificationSettingResolver struct{ *Resolver }
	recipientResolver           struct{ *Resolver }
)
