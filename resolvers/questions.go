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

// question names a field with its arguments, as JSON.
type question struct{ field, arguments string }

// listed are the keys of records that came on one page.
type listed struct{ keys []int64 }

// answers is a question to all records of a page.
type answers struct {
	question question
	page     *listed
}

// together notes that the records came on one page: what is asked of one of them is about to be asked of all.
func together(ctx context.Context, ids []model.ID) {
	page := &listed{}
	for _, id := range ids {
		page.keys = append(page.keys, id.Key)
		requestFrom(ctx).loaders.listed.Store(id, page)
	}
}

// answerOf answers a field with arguments of a record. query is a SELECT over canonical rows: its $1 is the
// organization, $2 the keys of records, and the arguments follow; a nil pointer is null. of says whose each of its rows
// is. All records of a page that are asked the same share one statement; others share it with those that are asked at
// about the same time. Canonical rows are the truth in every mode, so there is no freshness to report.
func answerOf[T any](ctx context.Context, field, query string, id model.ID, of func(*T) int64, arguments ...any) ([]T, error) {
	text, err := json.Marshal(arguments)
	if err != nil {
		return nil, fmt.Errorf("arguments of %s: %w", field, err)
	}
	asked, all := question{field, string(text)}, requestFrom(ctx).loaders
	found, _ := all.asked.LoadOrStore(asked, &batch[[]T]{
		read: func(ctx context.Context, r *projection.Reader, keys []int64) (map[int64][]T, error) {
			rows, err := r.DB.Query(ctx, query, append([]any{r.OrganizationID, keys}, arguments...)...)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", field, err)
			}
			list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", field, err)
			}
			answers := map[int64][]T{}
			for i := range list {
				answers[of(&list[i])] = append(answers[of(&list[i])], list[i])
			}
			return answers, nil
		},
	})
	b := found.(*batch[[]T])
	if page, ok := all.listed.Load(id); ok {
		once, _ := all.answered.LoadOrStore(answers{asked, page.(*listed)}, sync.OnceValue(func() error {
			return prime(all.ctx, b, page.(*listed).keys)
		}))
		if err := once.(func() error)(); err != nil {
			return nil, err
		}
	}
	return b.load(ctx, id.Key)
}

// prime reads the rows for the keys in one statement, for loads that come later.
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
