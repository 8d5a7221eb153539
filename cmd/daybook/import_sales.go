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
		Flags: append(importFlags("sales"), &cli.StringFlag{Name: "store", Required: true, Usage: "`NAME` of the store"}),
		Action: importAction("sales", func(ctx context.Context, cmd *cli.Command, in *importRun) (csvfile.Counts, error) {
			sales := csvsales.Import{Import: in.settings(), StoreName: cmd.String("store")}
			return sales.Sales(ctx, in.file)
		}),
	}
}
