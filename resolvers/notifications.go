package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	notifications = projection.Define[model.Notification](projection.Definition{
		Name:              "notifications",
		Stores:            "canonical.store_of($1, entity_type, entity_key) = ANY (?)",
		Key:               []string{"notification_id"},
		Node:              "Notification",
		Columns:           map[string]string{"ID": "notification_id"},
		Orders:            map[string]projection.Order{"ID": {Column: "notification_id", Type: "bigint"}},
		DefaultOrder:      "ID",
		DefaultDescending: true,
	})
	unreadNotifications = projection.Define[unreadCount](projection.Definition{Name: "unread_notifications", Key: []string{"user_id"}, Sum: true})
)

// unreadCount is a row of the sum.
type unreadCount struct {
	UserID int64
	Unread int64 `json:"unread"`
}

func notificationFilter(in *model.NotificationFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.either(in.Read, "read", "NOT read")
	given(&f, in.Type, "type = ?")
	return f
}

func (r *queryResolver) Notifications(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.NotificationFilter, where map[string]any) (*model.NotificationConnection, error) {
	q := page(first, after, last, before)
	q.Where = append(ofCaller(ctx), notificationFilter(filter)...)
	return connect(ctx, notifications, q)
}

// ofCaller are the conditions of what the caller was told of and may read still, but for their stores.
func ofCaller(ctx context.Context) filter {
	f := only("user_id = ?", actor(ctx).UserID)
	if !readsPrivateData(ctx) {
		f.where("entity_type IS DISTINCT FROM 'Shift'")
	}
	return f
}

func (r *queryResolver) Inbox(ctx context.Context) (*model.Inbox, error) { return inbox(ctx) }

// inbox reads how many notifications of the caller are unread.
func inbox(ctx context.Context) (*model.Inbox, error) {
	if actor(ctx).Bound != nil || !readsPrivateData(ctx) {
		return countedInbox(ctx)
	}
	var counts []unreadCount
	err := unreadNotifications.Summarize(ctx, requestFrom(ctx).keys, only("user_id = ?", actor(ctx).UserID), projection.Where("SELECT unread FROM rows"), &counts)
	if err != nil {
		return nil, ofRead(err)
	}
	found := &model.Inbox{}
	for _, c := range counts {
		found.UnreadCount = int(c.Unread)
	}
	return found, nil
}

// countedInbox is inbox for a caller who may not read all that they were told of: the sum does not say what it counts.
func countedInbox(ctx context.Context) (*model.Inbox, error) {
	var counts []unreadCount
	err := notifications.Summarize(ctx, requestFrom(ctx).keys, append(ofCaller(ctx), only("NOT read")...), projection.Where("SELECT count(*) AS unread FROM rows"), &counts)
	if err != nil {
		return nil, ofRead(err)
	}
	return &model.Inbox{UnreadCount: int(counts[0].Unread)}, nil
}

func (r *mutationResolver) NotificationsMarkRead(ctx context.Context, ids []model.ID, idempotencyKey *string) (*model.InboxPayload, error) {
	return r.markRead(ctx, func(w write) (int64, error) { return w.NotificationsMarkRead(ctx, w.actor, ids) })
}

func (r *mutationResolver) NotificationsMarkAllRead(ctx context.Context, idempotencyKey *string) (*model.InboxPayload, error) {
	return r.markRead(ctx, func(w write) (int64, error) { return w.NotificationsMarkAllRead(ctx, w.actor) })
}

// markRead makes a write to the caller's inbox and returns how it stands then.
func (r *mutationResolver) markRead(ctx context.Context, fn func(write) (int64, error)) (*model.InboxPayload, error) {
	return mutateInto(ctx, r, target{}, fn, func(ctx context.Context, _ int64) (*model.Inbox, error) { return inbox(ctx) })
}

func (r *mutationResolver) NotificationBoundsSet(ctx context.Context, expectedVersion *int, input model.NotificationBoundsSetInput, idempotencyKey *string) (*model.OrganizationPayload, error) {
	return mutate(ctx, r, organizationByKey, target{}, func(w write) (int64, error) {
		return w.NotificationBoundsSet(ctx, w.actor, expectedVersion, input)
	})
}

func (r *mutationResolver) NotificationDigestSet(ctx context.Context, input model.NotificationDigestSetInput, idempotencyKey *string) (*model.NotificationDigestPayload, error) {
	return mutateInto(ctx, r, target{}, func(w write) (int64, error) {
		return w.NotificationDigestSet(ctx, w.actor, input)
	}, func(ctx context.Context, _ int64) (*model.NotificationDigest, error) { return digestOfCaller(ctx) })
}

func (r *viewerResolver) NotificationDigest(ctx context.Context, _ *model.Viewer) (*model.NotificationDigest, error) {
	return digestOfCaller(ctx)
}

// digestOfCaller reads when the e-mails to the caller come.
func digestOfCaller(ctx context.Context) (*model.NotificationDigest, error) {
	who := actor(ctx)
	digest, err := canonical.NotificationDigest(ctx, requestFrom(ctx).keys.DB, who.OrganizationID, who.UserID)
	return digest, ofRead(err)
}

func (r *notificationResolver) EntityID(_ context.Context, obj *model.Notification) (*model.ID, error) {
	if obj.EntityType == nil || obj.EntityKey == nil {
		return nil, nil
	}
	return &model.ID{Type: *obj.EntityType, Key: *obj.EntityKey}, nil
}

func (r *notificationResolver) Entity(ctx context.Context, obj *model.Notification) (model.Node, error) {
	if obj.EntityType == nil || obj.EntityKey == nil {
		return nil, nil
	}
	return findNode(ctx, model.ID{Type: *obj.EntityType, Key: *obj.EntityKey})
}

// Notification returns the resolvers of notifications.
func (r *Resolver) Notification() generated.NotificationResolver { return &notificationResolver{r} }

type notificationResolver struct{ *Resolver }
