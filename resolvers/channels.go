package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	channels = projection.Define[model.Channel](projection.Definition{
		Name:         "channel_summaries",
		Stores:       projection.Shared,
		Key:          []string{"channel_id"},
		Node:         "Channel",
		Columns:      map[string]string{"ID": "channel_id"},
		Orders:       map[string]projection.Order{"NAME": {Column: "name", Type: "text"}},
		DefaultOrder: "NAME",
	})

	channelByKey     = byKey(channels)
	membersOfChannel = relate("members", loaded(func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]model.User, error) {
		return canonical.ChannelMembers(ctx, r.DB, r.OrganizationID, keys)
	}), func(c *model.Channel) int64 { return c.ID.Key })

	// memberByKey reads users who are members of the organization now.
	memberByKey = direct("User", func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.User, error) {
		return canonical.MembersByKey(ctx, r.DB, r.OrganizationID, keys)
	})
)

func channelFilter(in *model.ChannelFilter) (f filter) {
	if in == nil {
		in = &model.ChannelFilter{}
	}
	f.named(in.Ids, "channel_id", "Channel")
	f.search(in.Search)
	f.archived(in.Archived)
	return f
}

func (r *queryResolver) Channel(ctx context.Context, id model.ID) (*model.Channel, error) {
	return lookup(ctx, channelByKey, id)
}

func (r *queryResolver) Channels(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.ChannelFilter, where map[string]any, orderBy *model.ChannelOrder) (*model.ChannelConnection, error) {
	q := page(first, after, last, before)
	q.Where = channelFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, channels, q, membersOfChannel)
}

func (r *mutationResolver) ChannelCreate(ctx context.Context, input model.ChannelCreateInput, idempotencyKey *string) (*model.ChannelPayload, error) {
	return mutate(ctx, r, channelByKey, target{}, func(w write) (int64, error) {
		return w.ChannelCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) ChannelUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.ChannelUpdateInput, idempotencyKey *string) (*model.ChannelPayload, error) {
	return mutate(ctx, r, channelByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ChannelUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) ChannelArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ChannelPayload, error) {
	return mutate(ctx, r, channelByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ChannelArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) ChannelRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.ChannelPayload, error) {
	return mutate(ctx, r, channelByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ChannelRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) ChannelMembersSet(ctx context.Context, id model.ID, expectedVersion *int, userIds []model.ID, idempotencyKey *string) (*model.ChannelPayload, error) {
	return mutate(ctx, r, channelByKey, target{id: &id}, func(w write) (int64, error) {
		return w.ChannelMembersSet(ctx, w.actor, w.key, expectedVersion, userIds)
	})
}

func (r *channelResolver) Members(ctx context.Context, obj *model.Channel) ([]model.User, error) {
	found, err := membersOfChannel.load(ctx, obj)
	if found == nil {
		found = []model.User{}
	}
	return found, err
}

// Channel returns the resolvers of channels.
func (r *Resolver) Channel() generated.ChannelResolver { return &channelResolver{} }

type channelResolver struct{ history[model.Channel] }
