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
		return nil, fmt.Errorf("the saved record %d is not in its read model", key)
	}
	return &model.Payload[T]{Record: record, UserErrors: []model.UserError{}}, nil
}

// change makes a write to the record that id names. An id of another type names no record
// of this one.
func change[T any](ctx context.Context, b *batch[*T], id model.ID, typ string, write func(key int64) (int64, error)) (*model.Payload[T], error) {
	if id.Type != typ {
		return &model.Payload[T]{UserErrors: notFound()}, nil
	}
	key, err := write(id.Key)
	return saved(ctx, b, key, err)
}

// notFound is the user error for the argument id.
func notFound() []model.UserError {
	return []model.UserError{{Path: "id", Code: model.UserErrorCodeNotFound, Message: "does not exist"}}
}

// actor is who makes the request's writes.
func actor(ctx context.Context) canonical.Actor { return requestFrom(ctx).principal.Actor }
