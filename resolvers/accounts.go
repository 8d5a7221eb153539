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
		Stores:       projection.Shared, // what is booked on an account is not in its row
		Key:          []string{"account_id"},
		Node:         "Account",
		Columns:      map[string]string{"ID": "account_id"},
		Orders:       map[string]projection.Order{"CODE": {Column: "code", Type: "text"}},
		DefaultOrder: "CODE",
	})

	accountByKey     = byKey(accounts)
	balanceOfAccount = relate("balance", one(loaded(readBalances)), func(a *model.Account) int64 { return a.ID.Key })
)

// readBalances returns the balance of each account with one of the keys, zero where nothing is booked.
func readBalances(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]model.Money, error) {
	booked, err := reports.Balances(ctx, r, keys)
	balances := make(map[int64][]model.Money, len(keys))
	for _, key := range keys {
		balances[key] = []model.Money{model.FromMinor(booked[key], requestFrom(ctx).principal.Viewer.Organization.BaseCurrency)}
	}
	return balances, err
}

func accountFilter(in *model.AccountFilter) (f filter) {
	if in == nil {
		in = &model.AccountFilter{}
	}
	f.named(in.Ids, "account_id", "Account")
	f.exactly(in.Code, "code")
	f.archived(in.Archived)
	given(&f, in.Type, "type = ?")
	f.search(in.Search)
	return f
}

func (r *queryResolver) Account(ctx context.Context, id model.ID) (*model.Account, error) {
	return lookup(ctx, accountByKey, id)
}

func (r *queryResolver) Accounts(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.AccountFilter, where map[string]any, orderBy *model.AccountOrder) (*model.AccountConnection, error) {
	q := page(first, after, last, before)
	q.Where = accountFilter(filter)
	ordered(&q, orderBy)
	return connect(ctx, accounts, q, balanceOfAccount)
}

func (r *mutationResolver) AccountCreate(ctx context.Context, input model.AccountCreateInput, idempotencyKey *string) (*model.AccountPayload, error) {
	return mutate(ctx, r, accountByKey, target{}, func(w write) (int64, error) {
		return w.AccountCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) AccountUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.AccountUpdateInput, idempotencyKey *string) (*model.AccountPayload, error) {
	return mutate(ctx, r, accountByKey, target{id: &id}, func(w write) (int64, error) {
		return w.AccountUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) AccountArchive(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.AccountPayload, error) {
	return mutate(ctx, r, accountByKey, target{id: &id}, func(w write) (int64, error) {
		return w.AccountArchive(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *mutationResolver) AccountRestore(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string) (*model.AccountPayload, error) {
	return mutate(ctx, r, accountByKey, target{id: &id}, func(w write) (int64, error) {
		return w.AccountRestore(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *accountResolver) Balance(ctx context.Context, obj *model.Account) (*model.Money, error) {
	balance, err := balanceOfAccount.load(ctx, obj)
	if err != nil {
		return nil, err
	}
	return &balance[0], nil
}

// Account returns the resolvers of accounts.
func (r *Resolver) Account() generated.AccountResolver { return &accountResolver{} }

type accountResolver struct{ history[model.Account] }
