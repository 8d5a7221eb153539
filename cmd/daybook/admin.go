package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/pgpool"
)

// withStore runs fn with the write side of a command's database, and the pool below it. Its writes enqueue no refreshes:
// it serves organizations, members and tokens, which no read model shows.
func withStore(ctx context.Context, cmd *cli.Command, fn func(context.Context, *canonical.Store, *pgxpool.Pool) error) error {
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, _ *slog.Logger) error {
		pool, err := pgpool.Open(ctx, db.applicationURL, pgpool.Options{ApplicationName: "daybook command line", MaxConns: 2, Limits: commandLimits})
		if err != nil {
			return err
		}
		defer pool.Close()
		return fn(ctx, canonical.New(pool, nil), pool)
	})
}
