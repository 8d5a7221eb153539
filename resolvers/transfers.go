package resolvers

import (
	"context"

	"daybook/graph/generated"
	"daybook/graph/model"
	"daybook/projection"
)

var (
	transfers = projection.Define[model.Transfer](projection.Definition{
		Name:    "transfer_summaries",
		Stores:  ofBothStores,
		Key:     []string{"transfer_id"},
		Node:    "Transfer",
		Columns: map[string]string{"ID": "transfer_id"},
		Orders: map[string]projection.Order{
			"OCCURRED_ON": {Column: "occurred_on", Type: "date"},
			"AMOUNT":      {Column: "amount", Type: "numeric"},
			"CREATED_AT":  {Column: "created_at", Type: "timestamptz"},
		},
		DefaultOrder:      "OCCURRED_ON",
		DefaultDescending: true,
	})

	transferByKey         = byKey(transfers)
	fromAccountOfTransfer = relate("fromAccount", accountByKey, func(t *model.Transfer) int64 { return t.FromAccountID })
	toAccountOfTransfer   = relate("toAccount", accountByKey, func(t *model.Transfer) int64 { return t.ToAccountID })
	fromStoreOfTransfer   = relate("fromStore", storeByKey, func(t *model.Transfer) int64 { return optional(t.FromStoreID) })
	toStoreOfTransfer     = relate("toStore", storeByKey, func(t *model.Transfer) int64 { return optional(t.ToStoreID) })
)

func transferFilter(in *model.TransferFilter) (f filter) {
	if in == nil {
		return nil
	}
	f.named(in.Ids, "transfer_id", "Transfer")
	f.externalRef(in.ExternalRef, "transfer_id", "transfers", "")
	f.among(in.AccountID, "Account", "from_account_id", "to_account_id")
	f.stores(in.StoreIds, "from_store_id", "to_store_id")
	given(&f, in.OccurredFrom, "occurred_on >= ?")
	given(&f, in.OccurredTo, "occurred_on <= ?")
	given(&f, in.AmountGte, "amount >= ?")
	given(&f, in.AmountLte, "amount <= ?")
	f.either(in.Voided, "voided", "NOT voided")
	f.search(in.Search)
	return f
}

// transferParts returns the parts of a page by account, from and to it. Other pages have none.
func transferParts(in *model.TransferFilter) []projection.Condition {
	if in == nil || in.AccountID.Value() == nil {
		return nil
	}
	key := in.AccountID.Value().Key
	return []projection.Condition{projection.Where("from_account_id = ?", key), projection.Where("to_account_id = ?", key)}
}

func (r *queryResolver) Transfer(ctx context.Context, id model.ID) (*model.Transfer, error) {
	return lookup(ctx, transferByKey, id)
}

func (r *queryResolver) Transfers(ctx context.Context, first *int, after *string, last *int, before *string, filter *model.TransferFilter, where map[string]any, orderBy *model.TransferOrder) (*model.TransferConnection, error) {
	q := page(first, after, last, before)
	q.Where = transferFilter(filter)
	q.Parts = transferParts(filter)
	ordered(&q, orderBy)
	return connect(ctx, transfers, q, fromAccountOfTransfer, toAccountOfTransfer, fromStoreOfTransfer, toStoreOfTransfer)
}

func (r *mutationResolver) TransferCreate(ctx context.Context, input model.TransferCreateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.TransferPayload, error) {
	return mutate(ctx, r, transferByKey, target{dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.TransferCreate(ctx, w.actor, input)
	})
}

func (r *mutationResolver) TransferUpdate(ctx context.Context, id model.ID, expectedVersion *int, input model.TransferUpdateInput, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.TransferPayload, error) {
	return mutate(ctx, r, transferByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.TransferUpdate(ctx, w.actor, w.key, expectedVersion, input)
	})
}

func (r *mutationResolver) TransferVoid(ctx context.Context, id model.ID, expectedVersion *int, idempotencyKey *string, dryRun *bool, passSoftLock *bool) (*model.TransferPayload, error) {
	return mutate(ctx, r, transferByKey, target{id: &id, dryRun: dryRun, passSoftLock: passSoftLock}, func(w write) (int64, error) {
		return w.TransferVoid(ctx, w.actor, w.key, expectedVersion)
	})
}

func (r *transferResolver) FromAccount(ctx context.Context, obj *model.Transfer) (*model.Account, error) {
	return loadRequired(ctx, fromAccountOfTransfer, obj)
}

func (r *transferResolver) ToAccount(ctx context.Context, obj *model.Transfer) (*model.Account, error) {
	return loadRequired(ctx, toAccountOfTransfer, obj)
}

func (r *transferResolver) FromStore(ctx context.Context, obj *model.Transfer) (*model.Store, error) {
	return fromStoreOfTransfer.load(ctx, obj)
}

func (r *transferResolver) ToStore(ctx context.Context, obj *model.Transfer) (*model.Store, error) {
	return toStoreOfTransfer.load(ctx, obj)
}

// Transfer returns the resolvers of transfers.
func (r *Resolver) Transfer() generated.TransferResolver { return &transferResolver{} }

type transferResolver struct{ history[model.Transfer] }
