// Package lease chooses one process among those on a database, for what only one of them should do: showing metrics that are
// the same for all.
//
// The one is whoever holds an advisory lock of the session. It keeps a connection for that while it asks again and again;
// when it dies, or asks no more, another takes over.
package lease

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Lease is one process's part. It is safe for concurrent use.
type Lease struct {
	pool  *pgxpool.Pool
	key   int64
	keep  time.Duration
	mu    sync.Mutex
	conn  *pgxpool.Conn // holds the lock; nil while it does not
	timer *time.Timer   // gives it up
}

// New returns a lease of the key, which nobody holds yet. keep is how long it stays held after the last call of Held.
func New(pool *pgxpool.Pool, key int64, keep time.Duration) *Lease {
	return &Lease{pool: pool, key: key, keep: keep}
}

// Held reports whether this process holds the lease; it takes it if nobody does.
func (l *Lease) Held(ctx context.Context) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		if err := l.conn.Ping(ctx); err == nil {
			l.timer.Reset(l.keep)
			return true, nil
		}
		l.drop()
	}
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("lease: %w", err)
	}
	var held bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", l.key).Scan(&held); err != nil || !held {
		conn.Release()
		if err != nil {
			return false, fmt.Errorf("lease: %w", err)
		}
		return false, nil
	}
	l.conn, l.timer = conn, time.AfterFunc(l.keep, l.Close)
	return true, nil
}

// Close gives the lease up. It can be taken again.
func (l *Lease) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
}

// drop releases the lock, or where that cannot be done closes its connection, which does.
func (l *Lease) drop() {
	if l.conn == nil {
		return
	}
	l.timer.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := l.conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", l.key); err == nil {
		l.conn.Release()
	} else {
		_ = l.conn.Hijack().Close(ctx)
	}
	l.conn = nil
}
