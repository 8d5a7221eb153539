package resolvers

import (
	"context"
	"errors"

	"daybook/graph/generated"
	"daybook/graph/model"
)

var (
	entryOfRegisterLine = relate("entry", entryByKey, func(l *model.RegisterLine) int64 { return l.EntryID.Key })
	storeOfRegisterLine = relate("store", storeByKey, func(l *model.RegisterLine) int64 { return keyOf(l.StoreID) })
)

func (r *queryResolver) AccountRegister(ctx context.Context, accountID model.ID, storeIds []*model.ID, first *int, after *string, last *int, before *string) (*model.RegisterLineConnection, error) {
	account, err := lookup(ctx, accountByKey, accountID)
	if err != nil {
		return nil, err
	}
	if account == nil {
		return nil, badInput("accountId names no account")
	}
	if err := errors.Join(checkSize("first", first), checkSize("last", last)); err != nil {
		return nil, err
	}
	connection, err := requestFrom(ctx).booksOf(storeIds).AccountRegister(ctx, accountID.Key, page(first, after, last, before))
	if err != nil {
		return nil, ofRead(err)
	}
	return connection, prefetchSelected(ctx, connection.Nodes, []prefetcher[model.RegisterLine]{entryOfRegisterLine, storeOfRegisterLine})
}

func (r *registerLineResolver) Entry(ctx context.Context, obj *model.RegisterLine) (*model.JournalEntry, error) {
	return loadRequired(ctx, entryOfRegisterLine, obj)
}

func (r *registerLineResolver) Store(ctx context.Context, obj *model.RegisterLine) (*model.Store, error) {
	return storeOfRegisterLine.load(ctx, obj)
}

func (r *registerLineResolver) Canonical(ctx context.Context, obj *model.RegisterLine) (model.Node, error) {
	return findNode(ctx, obj.CanonicalID)
}

// RegisterLine returns the resolvers of an account's lines.
func (r *Resolver) RegisterLine() generated.RegisterLineResolver { return &registerLineResolver{r} }

type registerLineResolver struct{ *Resolver }
