package replicas

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Position is a place in the write-ahead log, in bytes from its begin; later ones are greater.
type Position int64

// String is the position as callers are given it.
func (p Position) String() string { return strconv.FormatInt(int64(p), 36) }

// ParsePosition reads what String returns.
func ParsePosition(s string) (Position, error) {
	p, err := strconv.ParseInt(s, 36, 64)
	if err != nil || p < 0 || s != Position(p).String() {
		return 0, errors.New("not a token that a mutation has answered with")
	}
	return Position(p), nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Reached returns a position that is not before the commit of any transaction that the primary has answered. Where the role's
// transactions commit before their records are flushed (synchronous_commit is off), it is the end of what was written at all.
func Reached(ctx context.Context, primary querier) (p Position, err error) {
	rows, err := primary.Query(ctx, `SELECT (CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint`)
	if err == nil {
		p, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[Position])
	}
	if err != nil {
		return 0, fmt.Errorf("position of the primary: %w", err)
	}
	return p, nil
}
