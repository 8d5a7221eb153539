package resolvers

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
)

// method is a write of the store to one record that takes nothing but the record's version.
type method func(*canonical.Store, context.Context, canonical.Actor, int64, *int) (int64, error)

// rehearsable makes a write that books, as an actor who may ask to pass the soft lock. A dry
// run answers the record as it would be and the lines that it would book, and writes nothing.
func rehearsable[T any](ctx context.Context, store *canonical.Store, b *batch[*T], dryRun, passSoftLock *bool,
	write func(*canonical.Store, canonical.Actor) (int64, error),
) (*model.Payload[T], error) {
	who := actor(ctx)
	who.PassSoftLock = passSoftLock != nil && *passSoftLock
	if dryRun == nil || !*dryRun {
		key, err := write(store, who)
		return saved(ctx, b, key, err)
	}
	rehearsal, err := store.DryRun(func(dry *canonical.Store) (int64, error) { return write(dry, who) })
	if err != nil {
		return saved(ctx, b, 0, err)
	}
	requestFrom(ctx).rehearse(rehearsal)
	payload, err := saved(ctx, b, rehearsal.ID, nil)
	if err != nil {
		return nil, err
	}
	payload.Lines = rehearsal.Lines
	return payload, nil
}

// rehearsableChange is rehearsable for a write to the record that id names, as change is.
func rehearsableChange[T any](ctx context.Context, store *canonical.Store, b *batch[*T], id model.ID, typ string, dryRun, passSoftLock *bool,
	write func(*canonical.Store, canonical.Actor, int64) (int64, error),
) (*model.Payload[T], error) {
	if id.Type != typ {
		return &model.Payload[T]{UserErrors: missing("id")}, nil
	}
	return rehearsable(ctx, store, b, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor) (int64, error) {
		return write(store, who, id.Key)
	})
}

// rehearsableStep is rehearsableChange for a write that takes nothing but the version.
func rehearsableStep[T any](ctx context.Context, store *canonical.Store, b *batch[*T], id model.ID, typ string, expected *int, dryRun, passSoftLock *bool, write method) (*model.Payload[T], error) {
	return rehearsableChange(ctx, store, b, id, typ, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return write(store, ctx, who, key, expected)
	})
}

// rehearse has all that the root field still reads see what the rehearsal has written, until
// end closes it.
func (r *request) rehearse(rehearsal *canonical.Rehearsal) {
	r.rehearsal = rehearsal
	pages, keys := *r.pages, *r.keys
	shared := &turns{tx: rehearsal.Tx}
	pages.DB, keys.DB = shared, shared
	r.pages, r.keys = &pages, &keys
}

// end closes a rehearsal, if there was one.
func (r *request) end(ctx context.Context) error {
	if r.rehearsal == nil {
		return nil
	}
	return r.rehearsal.Close(ctx)
}

// turns lets the reads of one root field, of which many run at once, take turns in one
// transaction.
type turns struct {
	mu sync.Mutex
	tx pgx.Tx
}

// Query waits for its turn, which ends when the rows are closed.
func (t *turns) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	t.mu.Lock()
	rows, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		t.mu.Unlock()
		return rows, err // as pgx does: the rows tell the error too
	}
	return &turn{Rows: rows, end: sync.OnceFunc(t.mu.Unlock)}, nil
}

type turn struct {
	pgx.Rows
	end func()
}

// Close ends the turn.
func (t *turn) Close() {
	t.Rows.Close()
	t.end()
}
