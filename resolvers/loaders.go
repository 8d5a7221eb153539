package resolvers

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"daybook/graph/selection"
	"daybook/projection"
)

const (
	// batchWait is how long a batch waits for more keys. It is paid once per level of
	// nesting, so it stays far below what the batch's statement costs.
	batchWait = time.Millisecond
	// batchCapacity is the largest number of keys in one statement.
	batchCapacity = 500
)

// batch declares how the values for many keys are read in one statement. V is *T where a key has one row at most, and nil
// where it has none; it is []T where a key has several rows.
type batch[V any] struct {
	// node is the type name of the rows' ids; empty if they have none.
	node string
	read func(context.Context, *projection.Reader, []int64) (map[int64]V, error)
	// written reads the value of a key that the request has just written; nil if the keys are of other rows.
	written func(context.Context, *projection.Reader, int64) (V, error)
	// source reads the same rows for compiled selections; nil if they are no rows of a read model. target is their type,
	// and many says that V is a list.
	source selection.Source
	target *selection.Object
	many   bool
}

// byKey reads rows of a read model by its own key, and lets node(id) find them if their type implements Node.
func byKey[T any](m *projection.Model[T]) *batch[*T] {
	b := &batch[*T]{node: m.Node, written: m.Written, read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*T, error) {
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
	b.source, b.target = &rowSource[T]{m, m.KeyColumn(), m.KeyColumn()}, selection.Of[T]()
	addNode(b)
	return b
}

// direct reads records that have no read model, by their keys, as the canonical rows are now. It lets node(id) find them if
// their type implements Node.
func direct[T any](node string, read func(context.Context, *projection.Reader, []int64) (map[int64]*T, error)) *batch[*T] {
	b := &batch[*T]{node: node}
	b.read = func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64]*T, error) {
		if r.Stores != nil && !slices.Contains(directOfBound, node) {
			return nil, projection.ErrBound
		}
		return read(ctx, r, keys)
	}
	b.written = func(ctx context.Context, r *projection.Reader, key int64) (*T, error) {
		found, err := b.read(ctx, r, []int64{key})
		return found[key], err
	}
	addNode(b)
	return b
}

// byParent reads the rows of a read model whose column is the key, in the given order.
func byParent[T any](m *projection.Model[T], column, orderBy string) *batch[[]T] {
	b := &batch[[]T]{many: true, read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]T, error) {
		return m.Related(ctx, r, column, orderBy, keys)
	}}
	b.source, b.target = &rowSource[T]{m, column, orderBy}, selection.Of[T]()
	return b
}

// rows reads the values for many keys, past the loader.
func (b *batch[V]) rows(ctx context.Context, keys []int64) (map[int64]V, error) {
	found, err := b.read(ctx, requestFrom(ctx).keys, keys)
	return found, ofRead(err)
}

// load returns the value for one key. Keys that are asked for within batchWait share a statement. Key 0 loads nothing.
func (b *batch[V]) load(ctx context.Context, key int64) (V, error) {
	if key == 0 {
		var none V
		return none, nil
	}
	loader := loaderOf(requestFrom(ctx).loaders, b)
	value, err := loader.Load(ctx, key)()
	if err != nil {
		// A failure is not cached: the next caller tries again.
		loader.Clear(ctx, key)
	}
	return value, err
}

// loadAll returns the values for the keys, in their order, by one statement for those that are not loaded yet.
func (b *batch[V]) loadAll(ctx context.Context, keys []int64) ([]V, error) {
	values, errs := loaderOf(requestFrom(ctx).loaders, b).LoadMany(ctx, keys)()
	if err := errors.Join(errs...); err != nil {
		loader := loaderOf(requestFrom(ctx).loaders, b)
		for _, key := range keys {
			loader.Clear(ctx, key) // as load does
		}
		return nil, err
	}
	return values, nil
}

// loaders holds the loaders of one request, made when a batch is first used.
type loaders struct {
	// ctx is the request's context. A batch serves many fields, so it does not run on the context of one of them.
	ctx context.Context
	// byBatch maps a *batch[V] to its *dataloader.Loader[int64, V].
	byBatch sync.Map
	// batchByField maps a fieldCall to its *batch, pageByID a model.ID to the *recordPage that it came on, and
	// primed a pageCall to the func() error that reads the field for the whole page, once.
	batchByField, pageByID, primed sync.Map
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
