package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/urfave/cli/v3"

	"daybook/graph/model"
	"daybook/internal/csvbooks"
	"daybook/internal/csvfile"
	"daybook/internal/pgpool"
)

func exportCommand() *cli.Command {
	day := func(name, usage string) cli.Flag { return &cli.StringFlag{Name: name, Usage: usage} }
	return &cli.Command{
		Name:  "export",
		Usage: "write a CSV file that import reads",
		Commands: []*cli.Command{
			{
				Name: "accounts", Usage: "the chart of accounts", Flags: outputFlags(),
				Action: outputAction("accounts", func(ctx context.Context, _ *cli.Command, out *outgoing) (csvfile.Counts, error) {
					return csvbooks.ExportAccounts(ctx, out.db, out.organization, out.file)
				}),
			},
			{
				Name: "documents", Usage: "invoices, bills and credit notes, a row for each item",
				Flags: append(outputFlags(),
					&cli.StringFlag{Name: "kind", Usage: "only `KIND`: invoice, bill or credit_note"},
					day("from", "only what was issued on this `DAY` or later, as 2006-01-02"),
					day("to", "only what was issued on this `DAY` or before")),
				Action: outputAction("documents", exportDocuments),
			},
		},
	}
}

func exportDocuments(ctx context.Context, cmd *cli.Command, out *outgoing) (csvfile.Counts, error) {
	f := csvbooks.Filter{Kind: cmd.String("kind")}
	if f.Kind != "" && f.Kind != "invoice" && f.Kind != "bill" && f.Kind != "credit_note" {
		return csvfile.Counts{}, errors.New("--kind: must be invoice, bill or credit_note")
	}
	for name, target := range map[string]**model.Date{"from": &f.From, "to": &f.To} {
		if cmd.IsSet(name) {
			*target = &model.Date{}
			if err := (*target).UnmarshalGQL(cmd.String(name)); err != nil {
				return csvfile.Counts{}, fmt.Errorf("--%s: %w", name, err)
			}
		}
	}
	if out.watched {
		total, err := csvbooks.CountDocuments(ctx, out.db, out.organization, f)
		if err != nil {
			return csvfile.Counts{}, err
		}
		out.progress = csvfile.NewProgress(cmd.Root().ErrWriter, "documents", total, false)
	}
	return csvbooks.ExportDocuments(ctx, out.db, out.organization, f, out.file, func(n int) { out.progress.Set(int64(n)) })
}

// outgoing is one export under way.
type outgoing struct {
	db           *pgxpool.Pool
	organization int64
	file         io.Writer
	// watched: a bar is in nobody's way. progress is it, once the total is known.
	watched  bool
	progress *csvfile.Progress
}

func outputFlags() []cli.Flag {
	return []cli.Flag{
		dataDirFlag(), organizationFlag(),
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "-", Usage: "`FILE`, which appears when it is complete; - is the standard output"},
	}
}

func outputAction(what string, write func(context.Context, *cli.Command, *outgoing) (csvfile.Counts, error)) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		if cmd.Args().Len() > 0 {
			return errors.New("--output names the file")
		}
		return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, _ *slog.Logger) error {
			pool, err := pgpool.Open(ctx, db.applicationURL, pgpool.Options{ApplicationName: "daybook export", MaxConns: 2})
			if err != nil {
				return err
			}
			defer pool.Close()
			who, err := actor(ctx, cmd, pool)
			if err != nil {
				return err
			}
			out := &outgoing{db: pool, organization: who.OrganizationID, file: cmd.Root().Writer}
			out.watched = cmd.String("output") != "-" || !csvfile.Terminal(out.file)
			keep := func() error { return nil }
			if path := cmd.String("output"); path != "-" {
				file, err := csvfile.Create(path)
				if err != nil {
					return err
				}
				defer file.Discard()
				out.file, keep = file, file.Keep
			}
			counts, err := write(ctx, cmd, out)
			out.progress.Clear()
			if err != nil {
				return err
			}
			if err := keep(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.Root().ErrWriter, "wrote %d %s in %d rows\n", counts.Records, what, counts.Rows)
			return nil
		})
	}
}
