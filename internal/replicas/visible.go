package replicas

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// visibleIn bounds how long AwaitVisible waits: a transaction that waits for a synchronous standby may take long.
const visibleIn = time.Second

// AwaitVisible returns when everything that a read of the replica could see until now is visible on the primary too. A commit record is
// replayed from the log as soon as it is written there, while the primary still counts its transaction among those in progress: for a
// moment, or as long as it waits for a synchronous standby. Who was answered from the replica would otherwise be shown an older state by
// the primary.
//
// It gives up after a second, and when either server does not answer: what was read stays right.
func (r *Replica) AwaitVisible(ctx context.Context, primary querier) error {
	ctx, cancel := context.WithTimeout(ctx, visibleIn)
	defer cancel()
	// What the read could see has a lower number than this.
	below, err := transactions(ctx, r.Pages, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text`)
	if err != nil {
		return err
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		// The primary's snapshot shows none of those in progress, and none from its end on, which it does not list.
		hidden, err := transactions(ctx, primary, `WITH s AS MATERIALIZED (SELECT pg_current_snapshot() AS s)
			SELECT x::text FROM s, pg_snapshot_xip(s) AS x WHERE x < $1::text::xid8
			UNION ALL SELECT x::text FROM s, generate_series(pg_snapshot_xmax(s)::text::bigint, $1::text::bigint - 1) AS x`, below[0])
		if err != nil || len(hidden) == 0 {
			return err
		}
		// Of these, the ones matter that are committed on the replica. One that is committed there after the read is waited for in vain,
		// which does no harm.
		ahead, err := transactions(ctx, r.Pages, `SELECT x::text FROM unnest($1::text[]::xid8[]) AS x
			WHERE CASE WHEN x < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status(x) = 'committed' END`, hidden)
		if err != nil || len(ahead) == 0 {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// transactions reads the numbers of transactions.
func transactions(ctx context.Context, db querier, sql string, args ...any) ([]string, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("transactions in progress: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("transactions in progress: %w", err)
	}
	return list, nil
}
