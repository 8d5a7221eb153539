package resolvers

import (
	"context"

	"daybook/canonical"
	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	// tokenByKey reads tokens: owners those of all members, others their own ones.
	tokenByKey = direct("Token", func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*model.Token, error) {
		user := actor(ctx).UserID
		if readsTokens(ctx) {
			user = 0
		}
		return canonical.TokensByKey(ctx, r.DB, r.OrganizationID, user, keys)
	})

	tokensOfMember = loaded(func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]model.Token, error) {
		return canonical.TokensByMember(ctx, r.DB, r.OrganizationID, keys)
	})
	userOfToken = relate("user", userByKey, func(t *model.Token) int64 { return t.UserID })
)

// readsTokens reports whether the caller may read the tokens of other members.
func readsTokens(ctx context.Context) bool { return actor(ctx).Role == model.RoleOwner }

// tokensOf returns the tokens of a member that work.
func tokensOf(ctx context.Context, user int64) ([]model.Token, error) {
	found, err := tokensOfMember.load(ctx, user)
	if found == nil {
		found = []model.Token{}
	}
	return found, err
}

func (r *mutationResolver) TokenCreate(ctx context.Context, input model.TokenCreateInput, idempotencyKey *string) (*model.TokenPayload, error) {
	return mutate(ctx, r, tokenByKey, target{}, func(w write) (int64, error) {
		key, token, err := w.MemberTokenCreate(ctx, w.actor, requestFrom(ctx).token, input)
		requestFrom(ctx).secret = madeSecret{model.ID{Type: "Token", Key: key}, token}
		return key, err
	})
}

func (r *mutationResolver) TokenRevoke(ctx context.Context, id model.ID, expectedVersion *int, keepMadeWith *bool, idempotencyKey *string) (*model.TokenPayload, error) {
	return mutate(ctx, r, tokenByKey, target{id: &id}, func(w write) (int64, error) {
		return w.MemberTokenRevoke(ctx, w.actor, w.key, expectedVersion, keepMadeWith != nil && *keepMadeWith)
	})
}

func (r *tokenResolver) User(ctx context.Context, obj *model.Token) (*model.User, error) {
	return loadRequired(ctx, userOfToken, obj)
}

func (r *tokenResolver) Secret(ctx context.Context, obj *model.Token) (*string, error) {
	return requestFrom(ctx).secret.shown(obj.ID), nil
}

// Tokens returns the caller's own tokens.
func (r *viewerResolver) Tokens(ctx context.Context, obj *model.Viewer) ([]model.Token, error) {
	return tokensOf(ctx, obj.User.ID.Key)
}

// Token returns the resolvers of tokens.
func (r *Resolver) Token() generated.TokenResolver { return &tokenResolver{} }

type tokenResolver struct{ history[model.Token] }
