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

// dryRunnable makes a write that books, as an actor who may ask to pass the soft lock. A dry
// run answers the record as it would be and the lines that it would book, and writes nothing.
func dryRunnable[T any](ctx context.Context, store *canonical.Store, b *batch[*T], dryRun, passSoftLock *bool,
	write func(*canonical.Store, canonical.Actor) (int64, error),
) (*model.Payload[T], error) {
	who := actor(ctx)
	who.PassSoftLock = passSoftLock != nil && *passSoftLock
	if dryRun == nil || !*dryRun {
		key, err := write(store, who)
		return saved(ctx, b, key, err)
	}
	run, err := store.DryRun(ctx, who, func(dry *canonical.Store) (int64, error) { return write(dry, who) })
	if err != nil {
		return saved(ctx, b, 0, err)
	}
	requestFrom(ctx).readFrom(run)
	payload, err := saved(ctx, b, run.ID, nil)
	if err != nil {
		return nil, err
	}
	payload.Lines = run.Lines
	return payload, nil
}

// dryRunnableChange is dryRunnable for a write to the record that id names, as change is.
func dryRunnableChange[T any](ctx context.Context, store *canonical.Store, b *batch[*T], id model.ID, typ string, dryRun, passSoftLock *bool,
	write func(*canonical.Store, canonical.Actor, int64) (int64, error),
) (*model.Payload[T], error) {
	if id.Type != typ {
		return &model.Payload[T]{UserErrors: missing("id")}, nil
	}
	return dryRunnable(ctx, store, b, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor) (int64, error) {
		return write(store, who, id.Key)
	})
}

// dryRunnableStep is dryRunnableChange for a write that takes nothing but the version.
func dryRunnableStep[T any](ctx context.Context, store *canonical.Store, b *batch[*T], id model.ID, typ string, expected *int, dryRun, passSoftLock *bool, write method) (*model.Payload[T], error) {
	return dryRunnableChange(ctx, store, b, id, typ, dryRun, passSoftLock, func(store *canonical.Store, who canonical.Actor, key int64) (int64, error) {
		return write(store, ctx, who, key, expected)
	})
}

// readFrom makes all further reads of the root field see what the dry run has written, until
// end closes it.
func (r *request) readFrom(run *canonical.DryRun) {
	r.dryRun = run
	pages, keys := *r.pages, *r.keys
	shared := &turns{tx: run.Tx}
	pages.DB, keys.DB = shared, shared
	r.pages, r.keys = &pages, &keys
}

// end closes the root field's dry run, if there was one.
func (r *request) end(ctx context.Context) error {
	if r.dryRun == nil {
		return nil
	}
	return r.dryRun.Close(ctx)
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
