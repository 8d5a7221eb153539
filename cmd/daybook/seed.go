package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/urfave/cli/v3"

	"daybook/internal/csvfile"
	"daybook/internal/demo"
	"daybook/internal/pgpool"
)

func seedCommand() *cli.Command {
	return &cli.Command{
		Name:  "seed",
		Usage: "make the demo business, if it is not there",
		Flags: []cli.Flag{
			dataDirFlag(),
			&cli.IntFlag{Name: "scale", Usage: "number of `INVOICES` of the main organization; a small business without", Validator: validScale},
			&cli.Uint64Flag{Name: "seed", Usage: "`NUMBER` that all choices come from"},
			&cli.StringFlag{Name: "name", Value: demo.DefaultName, Usage: "`NAME` of the main organization; where it exists, nothing is added"},
			&cli.StringFlag{Name: "token", Usage: "`TOKEN` of its owner; for a new business one is made if you give none", Validator: validToken},
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return withDatabase(ctx, cmd, create, func(ctx context.Context, db *database, logger *slog.Logger) error {
				if err := bringUp(ctx, db, logger); err != nil {
					return err
				}
				pool, err := pgpool.Open(ctx, db.url, pgpool.Options{ApplicationName: "daybook seed", MaxConns: 4, Limits: commandLimits, IndexPlans: true})
				if err != nil {
					return err
				}
				defer pool.Close()
				o := demo.Options{Name: cmd.String("name"), Seed: cmd.Uint64("seed"), Token: cmd.String("token")}
				if cmd.Int("scale") > 0 {
					o.Size = demo.Scaled(cmd.Int("scale"))
				}
				logger.InfoContext(ctx, "making the demo business, if it is not there", "invoices", cmd.Int("scale"))
				bar := csvfile.NewProgress(cmd.Root().ErrWriter, "invoices", int64(o.Size.Invoices), false)
				o.Progress = seedProgress(ctx, bar, logger)
				business, err := demo.Seed(ctx, pool, o)
				bar.Clear()
				if err != nil {
					return err
				}
				made := "made"
				if business.Existing {
					made = "found"
				}
				_, err = fmt.Fprintf(cmd.Root().Writer, "%s %s: %d people, %d invoices, %d payments over all organizations\n",
					made, o.Name, business.Counts.People, business.Counts.Invoices, business.Counts.Payments)
				if err == nil && business.Token != "" {
					_, err = fmt.Fprintf(cmd.Root().Writer, "token of its owner: %s\n", business.Token)
				}
				return err
			})
		},
	}
}

// validScale validates the number of invoices that a business is asked for with.
func validScale(invoices int) error {
	if invoices < 1 {
		return errors.New("must be 1 or more")
	}
	return nil
}

// seedProgress returns what shows how many invoices are written: the bar, or without one a line in the log for each tenth.
func seedProgress(ctx context.Context, bar *csvfile.Progress, logger *slog.Logger) func(done, total int) {
	tenths := 0
	return func(done, total int) {
		if bar.Set(int64(done)); bar == nil && done*10/total > tenths {
			tenths = done * 10 / total
			logger.InfoContext(ctx, "writing the demo business", "invoices", done, "of", total)
		}
	}
}
