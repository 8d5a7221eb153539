package resolvers

import (
	"context"
	"errors"
	"fmt"

	"daybook/canonical"
	"daybook/graph/model"
)

// saved turns the answer of a write into the mutation's payload: the user errors, or the
// record as it is now.
func saved[T any](ctx context.Context, b *batch[*T], key int64, err error) (*model.Payload[T], error) {
	var invalid *canonical.Invalid
	if errors.As(err, &invalid) {
		return &model.Payload[T]{UserErrors: invalid.Errors}, nil
	}
	if err != nil {
		return nil, err
	}
	record, err := b.load(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("read the saved record %d: %w", key, err)
	}
	if record == nil {
		// Somebody deleted it since; a repeated creation can come that late.
		return &model.Payload[T]{UserErrors: missing("")}, nil
	}
	return &model.Payload[T]{Record: record, UserErrors: []model.UserError{}}, nil
}

// change makes a write to the record that id names. An id of another type names no record
// of this one.
func change[T any](ctx context.Context, b *batch[*T], id model.ID, typ string, write func(key int64) (int64, error)) (*model.Payload[T], error) {
	if id.Type != typ {
		return &model.Payload[T]{UserErrors: missing("id")}, nil
	}
	key, err := write(id.Key)
	return saved(ctx, b, key, err)
}

// missing is the user error for a record that does not exist.
func missing(path string) []model.UserError {
	return []model.UserError{{Path: path, Code: model.UserErrorCodeNotFound, Message: "does not exist"}}
}

// actor is who makes the request's writes.
func actor(ctx context.Context) canonical.Actor { return requestFrom(ctx).principal.Actor }
