package resolvers

import (
	"cmp"
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

// membershipByKey reads members by their users' keys: those whose membership has ended for owners and managers alone.
var membershipByKey = direct("Member", func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.Member, error) {
	query := canonical.MemberQuery{OrganizationID: r.OrganizationID, Users: keys}
	if !readsAuditLog(ctx) {
		query.Ended = new(false)
	}
	members, err := canonical.AllMembers(ctx, r.DB, query)
	found := make(map[int64]*model.Member, len(members))
	for i := range members {
		found[members[i].ID.Key] = &members[i]
	}
	return found, err
})

// memberQuery returns what the filter of a list asks for.
func memberQuery(ctx context.Context, in *model.MemberFilter) canonical.MemberQuery {
	if in == nil {
		in = &model.MemberFilter{}
	}
	q := canonical.MemberQuery{
		OrganizationID: requestFrom(ctx).principal.Actor.OrganizationID, Search: in.Search.Value(), Role: in.Role.Value(),
		Ended: cmp.Or(in.Ended.Value(), new(false)),
	}
	if ids := in.Ids.Value(); ids != nil {
		q.Users = []int64{} // an id of another type names nobody
		for _, id := range ids {
			if id.Type == "Member" {
				q.Users = append(q.Users, id.Key)
			}
		}
	}
	return q
}

func (r *queryResolver) Member(ctx context.Context, id model.ID) (*model.Member, error) {
	return lookup(ctx, membershipByKey, id)
}

func (r *queryResolver) Members(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.MemberFilter) (*model.MemberConnection, error) {
	query := memberQuery(ctx, filter)
	if *query.Ended && !readsAuditLog(ctx) {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	part, err := partOf(page(first, after, last, before), "members", canonical.ParseMemberPosition)
	if err != nil {
		return nil, err
	}
	return listMembers(ctx, query, part)
}

// listMembers reads one page. The total is counted only where it was selected.
func listMembers(ctx context.Context, query canonical.MemberQuery, part listPart[canonical.MemberPosition]) (*model.MemberConnection, error) {
	db := requestFrom(ctx).pages.DB
	members, more, err := canonical.Members(ctx, db, query, canonical.MemberPage{Size: part.size, FromEnd: part.fromEnd, After: part.after, Before: part.before})
	if err != nil {
		return nil, err
	}
	connection := &model.MemberConnection{Nodes: members}
	for _, member := range members {
		connection.Cursors = append(connection.Cursors, canonical.MemberPosition(member.ID.Key).String())
	}
	connection.PageInfo = part.info(connection.Cursors, more)
	if slices.ContainsFunc(graphql.CollectFieldsCtx(ctx, nil), func(f graphql.CollectedField) bool { return f.Name == "totalCount" }) {
		if connection.TotalCount, err = canonical.CountMembers(ctx, db, query); err != nil {
			return nil, err
		}
	}
	return connection, nil
}

func (r *organizationResolver) Members(ctx context.Context, obj *model.Organization) ([]model.Member, error) {
	return canonical.AllMembers(ctx, requestFrom(ctx).pages.DB, canonical.MemberQuery{OrganizationID: obj.ID.Key, Ended: new(false)})
}

func (r *mutationResolver) MemberCreate(ctx context.Context, input model.MemberCreateInput, idempotencyKey *string) (*model.MemberPayload, error) {
	return mutate(ctx, r, membershipByKey, target{}, func(w write) (int64, error) {
		return w.MemberCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) MemberUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.MemberUpdateInput, idempotencyKey *string) (*model.MemberPayload, error) {
	return mutate(ctx, r, membershipByKey, target{id: &id}, func(w write) (int64, error) {
		return w.MemberUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) MemberEnd(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.MemberPayload, error) {
	return mutate(ctx, r, membershipByKey, target{id: &id}, func(w write) (int64, error) {
		return w.MemberEnd(ctx, w.actor, w.key, expectedVersion)
	})
}

// Stores returns the stores that a member is bound to; nil for none.
func (r *memberResolver) Stores(ctx context.Context, obj *model.Member) ([]model.Store, error) {
	return boundStores(ctx, obj.StoreKeys)
}

// Tokens returns the tokens of a member that work.
func (r *memberResolver) Tokens(ctx context.Context, obj *model.Member) ([]model.Token, error) {
	if !readsTokens(ctx) && obj.User.ID.Key != actor(ctx).UserID {
		return nil, coded(CodeForbidden, "Your role does not allow this.")
	}
	return tokensOf(ctx, obj.User.ID.Key)
}

// Member returns the resolvers of members.
func (r *Resolver) Member() generated.MemberResolver { return &memberResolver{} }

type memberResolver struct{ history[model.Member] }
