package resolvers

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/projection"
)

// question names a field with its arguments, as JSON.
type question struct{ field, arguments string }

// answerOf answers a field with arguments of the row with the key: all rows that are asked the same share one statement, a
// SELECT over canonical rows. Its $1 is the organization, $2 the keys, and the arguments follow; a nil pointer is null.
// of says whose each of its rows is. Canonical rows are the truth in every mode, so there is no freshness to report.
func answerOf[T any](ctx context.Context, field, query string, key int64, of func(*T) int64, arguments ...any) ([]T, error) {
	text, err := json.Marshal(arguments)
	if err != nil {
		return nil, fmt.Errorf("arguments of %s: %w", field, err)
	}
	all := requestFrom(ctx).loaders
	found, _ := all.asked.LoadOrStore(question{field, string(text)}, &batch[[]T]{
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
	return found.(*batch[[]T]).load(ctx, key)
}
