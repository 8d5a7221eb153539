package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
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
	balanceOfAccount = relate("balance", &batch[*int64]{read: accountTotals}, func(a *model.Account) int64 { return a.ID.Key })
)

// accountBalance is what was booked on an account in a month by records in one currency.
type accountBalance struct {
	AccountID int64 `json:"account_id"`
	// Amount is in minor units of the base currency, debits less credits.
	Amount int64 `json:"amount"`
}

var accountBalances = projection.Define[accountBalance](projection.Definition{
	Name: "account_balances",
	Key:  []string{"account_id", "month date", "currency text"},
})

// accountTotals reads all that is booked on each of the accounts; one without lines is
// absent.
func accountTotals(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*int64, error) {
	var sums []accountBalance
	err := accountBalances.Summarize(ctx, r, only("account_id = ANY (?::bigint[])", keys),
		projection.Where("SELECT account_id, sum(amount) AS amount FROM rows GROUP BY account_id"), &sums)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]*int64, len(sums))
	for _, one := range sums {
		found[one.AccountID] = &one.Amount
	}
	return found, nil
}

// inBase is an amount of the base currency's minor units.
func (r *request) inBase(minor int64) model.Money {
	return model.FromMinor(minor, r.baseCurrency())
}

// baseCurrency is the one in which the caller's organization keeps its books.
func (r *request) baseCurrency() string { return r.principal.Viewer.Organization.BaseCurrency }

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
	total, err := balanceOfAccount.of(ctx, obj)
	if err != nil {
		return nil, err
	}
	balance := requestFrom(ctx).inBase(optional(total))
	return &balance, nil
}

// Account returns the resolvers of accounts.
func (r *Resolver) Account() generated.AccountResolver { return &accountResolver{} }

type accountResolver struct{ history[model.Account] }
