package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/internal/reports"
	"daybook/projection"
)

var (
	accounts = projection.Define[model.Account](projection.Definition{
		Name:         "account_summaries",
		Key:          []string{"account_id"},
		Node:         "Account",
		Columns:      map[string]string{"ID": "account_id"},
		Orders:       map[string]projection.Order{"CODE": {Column: "code", Type: "text"}},
		DefaultOrder: "CODE",
	})

	accountByKey     = byKey(accounts)
	balanceOfAccount = relate("balance", &batch[int64]{read: reports.Balances}, func(a *model.Account) int64 { return a.ID.Key })
)

func accountFilter(in *model.AccountFilter) (f filter) {
	if in == nil {
		in = &model.AccountFilter{}
	}
	f.archived(in.Archived)
	given(&f, in.Type, "type = ?")
	f.search(in.Search)
	return f
}

func (r *queryResolver) Account(ctx context.Context, id model.ID) (*model.Account, error) {
	return lookup(ctx, accountByKey, id, "Account")
}

func (r *queryResolver) Accounts(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.AccountFilter) (*model.AccountConnection, error) {
	q := page(first, after, last, before)
	q.Where = accountFilter(filter)
	return connect(ctx, accounts, q, balanceOfAccount)
}

func (r *mutationResolver) AccountCreate(ctx context.Context, input model.AccountCreateInput, idempotencyKey *string) (*model.AccountPayload, error) {
	key, err := r.store.AccountCreate(ctx, actor(ctx), input, idempotencyKey)
	return saved(ctx, accountByKey, key, err)
}

func (r *mutationResolver) AccountUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.AccountUpdateInput) (*model.AccountPayload, error) {
	return change(ctx, accountByKey, id, "Account", func(key int64) (int64, error) {
		return r.store.AccountUpdate(ctx, actor(ctx), key, expectedVersion, input)
	})
}

func (r *mutationResolver) AccountArchive(ctx context.Context, id model.ID, expectedVersion *int) (*model.AccountPayload, error) {
	return change(ctx, accountByKey, id, "Account", func(key int64) (int64, error) {
		return r.store.AccountArchive(ctx, actor(ctx), key, expectedVersion)
	})
}

func (r *accountResolver) Balance(ctx context.Context, obj *model.Account) (*model.Money, error) {
	balance, err := balanceOfAccount.load(ctx, obj)
	if err != nil {
		return nil, err
	}
	return new(model.FromMinor(balance, requestFrom(ctx).principal.Viewer.Organization.BaseCurrency)), nil
}

// Account returns the resolvers of accounts.
func (r *Resolver) Account() generated.AccountResolver { return &accountResolver{} }

type accountResolver struct{ history[model.Account] }
