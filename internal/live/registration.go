package live

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// unheardFirst and unheardLast bound how long a transaction that is not announced may have ended before that is found out.
const unheardFirst, unheardLast = 50 * time.Millisecond, time.Second

// registration asks the database to announce changes, on the hub's connection, while there are watches. Transactions announce
// nothing while nobody asks: PostgreSQL lets those that notify commit one after the other, and cannot prepare them.
//
// No change is lost. A writer looks whether somebody asks once it has written, so its transaction then has its number. The
// registration asks first, takes a number by a transaction of its own, and then a snapshot. A transaction with a later number looks
// later than it was asked, and announces. One that has ended in the snapshot is seen by whoever reads from now on: every watch is
// woken. The others, those that the snapshot finds under way, may have looked before; every watch is woken again when one has
// ended. A snapshot finds no transaction under way whose number comes after all that have ended: hence the own one.
type registration struct {
	hub  *Hub
	conn *pgx.Conn

	unheard []string      // the transactions under way that may not announce
	pause   time.Duration // before it is looked again which of them have ended
	looked  time.Time
	idle    time.Time // since when there is no watch; zero while there is one
}

// keep asks for announcements, or takes that back, as there are watches. It returns when it must be called again, if none
// is heard before.
func (r *registration) keep(ctx context.Context) (time.Duration, error) {
	h := r.hub
	h.mu.Lock()
	wanted, asking := len(h.all) > 0, h.asking
	h.mu.Unlock()
	switch {
	case wanted && !asking:
		if err := r.begin(ctx); err != nil {
			return 0, err
		}
	case wanted:
		r.idle = time.Time{}
	case !asking:
		return probeEvery, nil
	case r.idle.IsZero():
		r.idle = time.Now()
	case time.Since(r.idle) >= h.config.Linger:
		return probeEvery, r.end(ctx)
	}
	if len(r.unheard) > 0 && time.Since(r.looked) >= r.pause {
		if err := r.look(ctx); err != nil {
			return 0, err
		}
	}
	pause := probeEvery
	if !r.idle.IsZero() {
		pause = h.config.Linger - time.Since(r.idle)
	}
	if len(r.unheard) > 0 {
		pause = min(pause, r.pause-time.Since(r.looked))
	}
	return max(pause, time.Millisecond), nil
}

// begin asks for announcements. The number is taken by a statement after the one that asks, the snapshot by one after that.
func (r *registration) begin(ctx context.Context) error {
	if _, err := r.conn.Exec(ctx, `SELECT engine.listen()`); err != nil {
		return fmt.Errorf("ask for announcements: %w", err)
	}
	if _, err := r.conn.Exec(ctx, `SELECT pg_current_xact_id()`); err != nil {
		return fmt.Errorf("take a number: %w", err)
	}
	if err := r.conn.QueryRow(ctx, `SELECT ARRAY(SELECT x::text FROM pg_snapshot_xip(pg_current_snapshot()) AS x)`).Scan(&r.unheard); err != nil {
		return fmt.Errorf("read what is under way: %w", err)
	}
	r.idle, r.looked, r.pause = time.Time{}, time.Now(), unheardFirst
	h := r.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asking = true
	h.wakeEverybody()
	return nil
}

// look finds out which of the transactions that may not announce have ended, and wakes everybody if one has.
func (r *registration) look(ctx context.Context) error {
	before := len(r.unheard)
	if err := r.conn.QueryRow(ctx, `SELECT ARRAY(SELECT x FROM unnest($1::text[]) AS x WHERE pg_xact_status(x::xid8) = 'in progress')`, r.unheard).Scan(&r.unheard); err != nil {
		return fmt.Errorf("read what is still under way: %w", err)
	}
	r.looked, r.pause = time.Now(), min(2*r.pause, unheardLast)
	if len(r.unheard) < before {
		r.hub.mu.Lock()
		defer r.hub.mu.Unlock()
		r.hub.wakeEverybody()
	}
	return nil
}

// end takes back that announcements are asked for. Whoever watches from now on is woken when they are again.
func (r *registration) end(ctx context.Context) error {
	r.hub.mu.Lock()
	if len(r.hub.all) > 0 {
		r.hub.mu.Unlock()
		return nil
	}
	r.hub.asking = false
	r.hub.mu.Unlock()
	r.unheard, r.idle = nil, time.Time{}
	if _, err := r.conn.Exec(ctx, `SELECT engine.unlisten()`); err != nil {
		return fmt.Errorf("ask for no announcements: %w", err)
	}
	return nil
}

// probe asks the connection whether it still is one.
func (r *registration) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeEvery)
	defer cancel()
	if err := r.conn.Ping(ctx); err != nil {
		return fmt.Errorf("the connection is silent: %w", err)
	}
	return nil
}
