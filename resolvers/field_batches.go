package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
	"daybook/projection"
)

// fieldCall is a field with the values of its arguments, as JSON.
type fieldCall struct{ field, arguments string }

// recordPage is a page of records, by their keys.
type recordPage struct{ keys []int64 }

// pageCall is a field, with its arguments, of all records of a page.
type pageCall struct {
	call fieldCall
	page *recordPage
}

// rememberPage notes that the records came on one page: a field that loadField reads for one of them is read for all.
func rememberPage(ctx context.Context, ids []model.ID) {
	page := &recordPage{}
	for _, id := range ids {
		page.keys = append(page.keys, id.Key)
		requestFrom(ctx).loaders.pageByID.Store(id, page)
	}
}

// loadField returns the rows of a field with arguments for the record that id names. query is a SELECT from canonical
// tables, which are exact in every mode: its $1 is the organization, its $2 the keys of records, and the arguments
// follow, a nil pointer as null. key returns the key of the record that a row belongs to. Records of one page share a
// statement where the field and its arguments are the same; others do if they are asked for within batchWait.
func loadField[T any](ctx context.Context, field, query string, id model.ID, key func(*T) int64, arguments ...any) ([]T, error) {
	text, err := json.Marshal(arguments)
	if err != nil {
		return nil, fmt.Errorf("arguments of %s: %w", field, err)
	}
	call, all := fieldCall{field, string(text)}, requestFrom(ctx).loaders
	declared, _ := all.batchByField.LoadOrStore(call, &batch[[]T]{
		read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]T, error) {
			rows, err := r.DB.Query(ctx, query, append([]any{r.OrganizationID, keys}, arguments...)...)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", field, err)
			}
			list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", field, err)
			}
			byRecord := map[int64][]T{}
			for i := range list {
				record := key(&list[i])
				byRecord[record] = append(byRecord[record], list[i])
			}
			return byRecord, nil
		},
	})
	b := declared.(*batch[[]T])
	if page, ok := all.pageByID.Load(id); ok {
		once, _ := all.primed.LoadOrStore(pageCall{call, page.(*recordPage)}, sync.OnceValue(func() error {
			return prime(all.ctx, b, page.(*recordPage).keys)
		}))
		if err := once.(func() error)(); err != nil {
			return nil, err
		}
	}
	return b.load(ctx, id.Key)
}

// prime reads the values for the keys in one statement, and keeps them for later loads.
func prime[V any](ctx context.Context, b *batch[V], keys []int64) error {
	found, err := b.rows(ctx, keys)
	if err != nil {
		return err
	}
	loader := loaderOf(requestFrom(ctx).loaders, b)
	for _, key := range keys {
		loader.Prime(ctx, key, found[key])
	}
	return nil
}
