package resolvers

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"daybook/projection"
)

const (
	// batchWait is how long a batch waits for more keys. It is paid once per level of
	// nesting, so it stays far below what the batch's statement costs.
	batchWait = time.Millisecond
	// batchCapacity is the largest number of keys in one statement.
	batchCapacity = 500
)

// batch declares how the rows for many keys are read in one statement: V is *T where a key
// has one row or none (nil), []T where it has several (empty).
type batch[V any] struct {
	read func(context.Context, *projection.Reader, []int64) (map[int64]V, error)
}

// byKey reads rows of a read model by its own key, and lets node(id) find them if their type implements Node.
func byKey[T any](m *projection.Model[T]) *batch[*T] {
	b := &batch[*T]{read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*T, error) {
		rows, err := m.ByKey(ctx, r, keys)
		if err != nil {
			return nil, err
		}
		found := make(map[int64]*T, len(rows))
		for key, row := range rows {
			found[key] = &row
		}
		return found, nil
	}}
	addNode(m.Node, b)
	return b
}

// byParent reads the rows of a read model whose column is the key, in the given order.
func byParent[T any](m *projection.Model[T], column, orderBy string) *batch[[]T] {
	return &batch[[]T]{read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]T, error) {
		return m.Related(ctx, r, column, orderBy, keys)
	}}
}

// rows reads the rows for many keys.
func (b *batch[V]) rows(ctx context.Context, keys []int64) (map[int64]V, error) {
	found, err := b.read(ctx, requestFrom(ctx).keys, keys)
	return found, ofRead(err)
}

// load returns the rows for one key, together with all keys that are asked for at about
// the same time. Key 0 means that there is nothing to load.
func (b *batch[V]) load(ctx context.Context, key int64) (V, error) {
	if key == 0 {
		var none V
		return none, nil
	}
	loader := loaderOf(requestFrom(ctx).loaders, b)
	value, err := loader.Load(ctx, key)()
	if err != nil {
		// A failure is not remembered: the next caller tries again.
		loader.Clear(ctx, key)
	}
	return value, err
}

// loaders holds the loader of every batch that one request has used.
type loaders struct {
	// ctx is the request's. A batch serves many fields, so it runs on none of theirs.
	ctx context.Context
	// byBatch maps a *batch[V] to its *dataloader.Loader[int64, V].
	byBatch sync.Map
	// asked maps a question to the batch that answers it, listed a model.ID to the page that it came on, and answered a
	// question to such a page to the reading of all its answers.
	asked, listed, answered sync.Map
}

func loaderOf[V any](ls *loaders, b *batch[V]) *dataloader.Loader[int64, V] {
	if loader, ok := ls.byBatch.Load(b); ok {
		return loader.(*dataloader.Loader[int64, V])
	}
	run := func(_ context.Context, keys []int64) []*dataloader.Result[V] {
		rows, err := b.rows(ls.ctx, keys)
		results := make([]*dataloader.Result[V], len(keys))
		for i, key := range keys {
			results[i] = &dataloader.Result[V]{Data: rows[key], Error: err}
		}
		return results
	}
	loader, _ := ls.byBatch.LoadOrStore(b, dataloader.NewBatchedLoader(run,
		dataloader.WithWait[int64, V](batchWait),
		dataloader.WithBatchCapacity[int64, V](batchCapacity)))
	return loader.(*dataloader.Loader[int64, V])
}
