package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/pgpool"
)

// withStore runs fn on the write side of a command's database. Organizations, members and tokens are in no read model,
// so there is nothing to wake.
func withStore(ctx context.Context, cmd *cli.Command, fn func(context.Context, *canonical.Store, *pgxpool.Pool) error) error {
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, _ *slog.Logger) error {
		pool, err := pgpool.Open(ctx, db.applicationURL, pgpool.Options{ApplicationName: "daybook command line", MaxConns: 2})
		if err != nil {
			return err
		}
		defer pool.Close()
		return fn(ctx, canonical.New(pool, nil), pool)
	})
}
