package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"daybook/internal/csvfile"
	"daybook/internal/csvsales"
)

// importSalesCommand returns the sub-command import sales.
func importSalesCommand() *cli.Command {
	return &cli.Command{
		Name: "sales", Usage: "a store's sales and refunds, a row for each", ArgsUsage: "FILE|-",
		Flags: append(importFlags(), &cli.StringFlag{Name: "store", Required: true, Usage: "`NAME` of the store"}),
		Action: importAction("sales", func(ctx context.Context, cmd *cli.Command, in *importRun) (csvfile.Counts, error) {
			sales := csvsales.Import{
				Store: in.store, Actor: in.actor, StoreName: cmd.String("store"), AllOrNothing: in.allOrNothing, DryRun: in.dryRun,
				Report: in.report, Progress: in.progress.Set,
			}
			return sales.Sales(ctx, in.file)
		}),
	}
}
