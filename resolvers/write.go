package resolvers

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
)

// target is what the arguments of a mutation say beside its input.
type target struct {
	// id names the record to change; nil if the mutation creates one.
	id *model.ID
	// dryRun asks for what the write would do; nil is false.
	dryRun *bool
	// passSoftLock asks to book into a period that is locked softly; nil is false.
	passSoftLock *bool
}

// write is a write that a mutation makes: a call to a method of the store.
type write struct {
	*canonical.Store
	// actor is who makes it.
	actor canonical.Actor
	// key is that of the target's record; 0 if there is none.
	key int64
}

// mutate makes the write of a mutation and returns its payload: the record with the key that fn
// returns, as records then reads it, or the reasons why the write was refused. Every mutation of a
// record is one call of mutate. An id of another type names no record. fn may run again, as any
// write; in a dry run it writes nothing, and the payload has the lines that it would book.
func mutate[T any](ctx context.Context, r *mutationResolver, records *batch[*T], t target, fn func(write) (int64, error)) (*model.Payload[T], error) {
	if t.id != nil && t.id.Type != records.node {
		return &model.Payload[T]{UserErrors: missing()}, nil
	}
	return mutateInto(ctx, r, t, fn, func(ctx context.Context, key int64) (*T, error) {
		record, err := records.written(ctx, requestFrom(ctx).keys, key)
		if record == nil && err == nil {
			record, err = records.load(ctx, key) // one that was deleted is what was read before
		}
		if err != nil {
			return nil, fmt.Errorf("read the saved record %d: %w", key, ofRead(err))
		}
		return record, nil
	})
}

// mutateInto is mutate for a payload whose record read returns: nil if it exists no more.
func mutateInto[T any](ctx context.Context, r *mutationResolver, t target, fn func(write) (int64, error),
	read func(ctx context.Context, key int64) (*T, error),
) (*model.Payload[T], error) {
	w := write{Store: r.store, actor: actor(ctx)}
	dryRun := t.dryRun != nil && *t.dryRun
	if !dryRun {
		var err error
		if w.actor.Once, err = once(ctx); err != nil {
			return nil, err
		}
	}
	w.actor.PassSoftLock = t.passSoftLock != nil && *t.passSoftLock
	if t.id != nil {
		w.key = t.id.Key
	}
	key, lines, err := w.run(ctx, dryRun, fn)
	if invalid, refused := errors.AsType[*canonical.Invalid](err); refused {
		return &model.Payload[T]{UserErrors: listed(invalid.Errors)}, nil
	}
	if err != nil {
		return nil, err
	}
	record, err := read(ctx, key)
	if err != nil {
		return nil, err
	}
	if record == nil && t.id == nil { // created under the same idempotency key before
		return &model.Payload[T]{UserErrors: []model.UserError{{Code: model.UserErrorCodeNotFound, Message: "was created under this idempotency key, and was deleted since"}}}, nil
	}
	return &model.Payload[T]{Record: record, Lines: lines, UserErrors: []model.UserError{}}, nil
}

// once returns what makes the write of a mutation idempotent: its argument idempotencyKey, and all that it asks for beside
// that; nil if it has no key.
func once(ctx context.Context) (*canonical.Once, error) {
	field := graphql.GetFieldContext(ctx)
	key, _ := field.Args["idempotencyKey"].(*string)
	if key == nil {
		return nil, nil
	}
	arguments := maps.Clone(field.Args)
	delete(arguments, "idempotencyKey")
	delete(arguments, "dryRun")             // which is false
	arguments["caller"] = actor(ctx).UserID // on whom some writes depend, and nobody is answered with another member's
	if unread := mistakesOf(ctx); len(unread) > 0 {
		arguments["unread"] = unread // in whose places the arguments have null
	}
	return canonical.NewOnce(*key, field.Field.Name, arguments)
}

// run makes the write and returns the record's key. A dry run returns the lines too that it would
// book, and all further reads of the root field see it.
func (w write) run(ctx context.Context, dryRun bool, fn func(write) (int64, error)) (int64, []model.PostingLine, error) {
	if !dryRun {
		key, err := fn(w)
		return key, nil, err
	}
	run, err := w.DryRun(ctx, w.actor, func(dry *canonical.Store) (int64, error) {
		return fn(write{Store: dry, actor: w.actor, key: w.key})
	})
	if err != nil {
		return 0, nil, err
	}
	requestFrom(ctx).readFrom(run)
	return run.ID, run.Lines, nil
}

// missing returns the user error for a record that is named and does not exist.
func missing() []model.UserError {
	return []model.UserError{{Path: "id", Code: model.UserErrorCodeNotFound, Message: "does not exist"}}
}

// actor returns who makes the request's writes.
func actor(ctx context.Context) canonical.Actor { return requestFrom(ctx).principal.Actor }

// listed returns the first hundred user errors, and behind them how many more there are.
func listed(mistakes []model.UserError) []model.UserError {
	if len(mistakes) <= maxErrors {
		return mistakes
	}
	rest := model.UserError{Code: model.UserErrorCodeInvalid, Message: fmt.Sprintf("and %d more mistakes", len(mistakes)-maxErrors)}
	return append(mistakes[:maxErrors:maxErrors], rest)
}
