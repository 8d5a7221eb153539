package resolvers

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"daybook/graph/model"
	"daybook/internal/audit"
	"daybook/projection"
)

// feedOfChanges returns the query of a part of the feed that the caller may read. A record or a cursor of another form is an error.
func feedOfChanges(ctx context.Context, first *int, after *string, given *model.ChangeFilter) (q audit.FeedQuery, err error) {
	if !readsAuditLog(ctx) {
		return q, coded(CodeForbidden, "Your role does not allow this.")
	}
	if err := checkSize("first", first); err != nil {
		return q, err
	}
	q = audit.FeedQuery{OrganizationID: actor(ctx).OrganizationID, Size: *cmp.Or(first, new(defaultPageSize))}
	if after != nil {
		position, organization, err := audit.ParseFeedCursor(*after)
		if err != nil {
			return q, &projection.InvalidPageError{Argument: "after", Message: "is not a cursor of changes"}
		}
		if organization != q.OrganizationID {
			return q, &projection.InvalidPageError{Argument: "after", Message: "is a cursor of another organization's changes"}
		}
		q.After = &position
	}
	if given == nil {
		return q, nil
	}
	for _, typ := range given.Types.Value() {
		q.CanonicalTypes = append(q.CanonicalTypes, typ.CanonicalType())
	}
	q.CanonicalTypes = slices.Compact(slices.Sorted(slices.Values(q.CanonicalTypes)))
	if id := given.Entity.Value(); id != nil {
		q.CanonicalType, q.CanonicalID = &id.Type, &id.Key
	}
	return q, nil
}

// readChanges reads a part of the feed, and notes in f, unless it is nil, where it has ended.
func readChanges(ctx context.Context, q audit.FeedQuery, f *follower) (*model.ChangeFeed, error) {
	part, err := audit.Feed(ctx, requestFrom(ctx).pages.DB, q)
	if errors.Is(err, audit.ErrForgotten) {
		return nil, coded(CodeCursorExpired, "Events behind this cursor were deleted since. Read anew what you need, and go on from a new cursor.")
	}
	if err != nil {
		return nil, err
	}
	if q.After != nil && q.After.Compare(part.End) > 0 {
		// Where the feed ends never goes back. To go on from there would leave out what comes before the cursor.
		return nil, coded(CodeCursorExpired, "This cursor is ahead of the feed: it is of another database, or of what a recovery has undone. Read anew what you need, and go on from a new cursor.")
	}
	feed := &model.ChangeFeed{Events: make([]model.AuditEvent, len(part.Events)), Cursor: part.End.Cursor(q.OrganizationID), HasMore: part.More}
	if f != nil {
		f.after, f.read, f.more, f.held, f.events = &feed.Cursor, true, part.More, part.Held, len(part.Events)
	}
	for i := range part.Events {
		if feed.Events[i], err = eventOf(&part.Events[i]); err != nil {
			return nil, err
		}
	}
	return feed, nil
}

// follower is where a subscription to changes is. The resolver of the query goes on from there.
type follower struct {
	after *string
	// read says that a part was read, and the others what it had.
	read, more, held bool
	events           int
}

type followerKey struct{}

func (r *queryResolver) Changes(ctx context.Context, first *int, after *string, filter *model.ChangeFilter) (*model.ChangeFeed, error) {
	f, follows := ctx.Value(followerKey{}).(*follower)
	if follows {
		after = f.after
	}
	q, err := feedOfChanges(ctx, first, after, filter)
	if err != nil {
		return nil, err
	}
	if follows && q.Size == 0 {
		return nil, &projection.InvalidPageError{Argument: "first", Message: "must be between 1 and 200 in a subscription"}
	}
	return readChanges(ctx, q, f)
}
