package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/pgpool"
)

// ErrBooksDiffer says that verify found books which differed from their records.
var ErrBooksDiffer = errors.New("the books differ from their records")

func booksCommand() *cli.Command {
	return &cli.Command{
		Name:  "books",
		Usage: "look after the books of all organizations",
		Commands: []*cli.Command{{
			Name: "verify", Usage: "compare what is booked with the records that it follows from, and day closes with their sales; exit 1 if anything differs",
			Flags:  []cli.Flag{dataDirFlag()},
			Action: verifyBooks,
		}},
	}
}

func verifyBooks(ctx context.Context, cmd *cli.Command) error {
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, _ *slog.Logger) error {
		pool, err := pgpool.Open(ctx, db.url, pgpool.Options{ApplicationName: "daybook books", MaxConns: 1, Limits: commandLimits})
		if err != nil {
			return err
		}
		defer pool.Close()
		out := cmd.Root().Writer
		var checked int64
		differences := 0
		err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
			checked, err = canonical.BooksVerify(ctx, tx, func(organizationID int64, difference string) {
				differences++
				fmt.Fprintf(out, "organization %d: %s\n", organizationID, difference)
			})
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "books: %d records checked, %d differences\n", checked, differences)
		if differences > 0 {
			return ErrBooksDiffer
		}
		return nil
	})
}
