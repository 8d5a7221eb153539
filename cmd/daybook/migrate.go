package main

import (
	"context"
	"fmt"
	"log/slog"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"daybook/migrations"
)

func migrateCommand() *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "bring the database to this version's schema, and new read models into use",
		Flags: []cli.Flag{
			dataDirFlag(), &cli.BoolFlag{Name: "status", Usage: "only list the migrations"},
			&cli.StringFlag{
				Name: "application-role", Sources: cli.EnvVars("DAYBOOK_APPLICATION_ROLE"),
				Usage: "let `ROLE`, which exists, read everything and write the rows that serve writes, and no more",
			},
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return withDatabase(ctx, cmd, create, func(ctx context.Context, db *database, logger *slog.Logger) error {
				if role := cmd.String("application-role"); role != "" {
					db.applicationRole = role
				}
				if !cmd.Bool("status") {
					if err := bringUp(ctx, db, logger); err != nil {
						return err
					}
				}
				return printMigrations(ctx, cmd, db.url)
			})
		},
	}
}

func printMigrations(ctx context.Context, cmd *cli.Command, url string) error {
	list, err := migrations.Status(ctx, url)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.Root().Writer, 0, 0, 2, ' ', 0)
	for _, file := range list {
		applied := "to be applied"
		if !file.AppliedAt.IsZero() {
			applied = file.AppliedAt.UTC().Format("2006-01-02 15:04:05")
		}
		fmt.Fprintf(out, "%s\t%s\n", file.Name, applied)
	}
	return out.Flush()
}
