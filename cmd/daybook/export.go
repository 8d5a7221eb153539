package main

import (
	"context"
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
		Usage: "write a CSV file that import reads, or the rows of a list as JSON lines",
		Commands: []*cli.Command{
			{
				Name: "accounts", Usage: "the chart of accounts", Flags: exportFlags(),
				Action: exportAction("accounts", func(ctx context.Context, _ *cli.Command, out *exportRun) (csvfile.Counts, error) {
					return csvbooks.ExportAccounts(ctx, out.db, out.organization, out.file)
				}),
			},
			{
				Name: "documents", Usage: "invoices, bills, and credit notes of both, a row for each item",
				Flags: append(exportFlags(),
					&cli.StringFlag{Name: "kind", Usage: "only `KIND`: invoice, bill, credit_note or vendor_credit_note"},
					day("from", "only what was issued on this `DAY` or later, as 2006-01-02"),
					day("to", "only what was issued on this `DAY` or before")),
				Action: exportAction("documents", exportDocuments),
			},
			exportListCommand(),
		},
	}
}

func exportDocuments(ctx context.Context, cmd *cli.Command, out *exportRun) (csvfile.Counts, error) {
	f := csvbooks.Filter{Kind: cmd.String("kind")}
	if f.Kind != "" && !model.DocumentKind(f.Kind).IsValid() {
		return csvfile.Counts{}, misused("--kind: must be invoice, bill, credit_note or vendor_credit_note")
	}
	var err error
	if f.From, err = dayOf(cmd, "from"); err == nil {
		f.To, err = dayOf(cmd, "to")
	}
	if err != nil {
		return csvfile.Counts{}, err
	}
	if out.showProgress {
		total, err := csvbooks.CountDocuments(ctx, out.db, out.organization, f)
		if err != nil {
			return csvfile.Counts{}, err
		}
		out.progress = csvfile.NewProgress(cmd.Root().ErrWriter, "documents", total, false)
	}
	return csvbooks.ExportDocuments(ctx, out.db, out.organization, f, out.file, func(n int) { out.progress.Set(int64(n)) })
}

// dayOf returns the day that a flag names; nil without it.
func dayOf(cmd *cli.Command, name string) (*model.Date, error) {
	if !cmd.IsSet(name) {
		return nil, nil
	}
	day := &model.Date{}
	if err := day.UnmarshalGQL(cmd.String(name)); err != nil {
		return nil, misused("--%s: %w", name, err)
	}
	return day, nil
}

// exportRun is one run of an export.
type exportRun struct {
	db                 *pgxpool.Pool
	organization, user int64 // who exports
	file               io.Writer
	logger             *slog.Logger
	// showProgress says that a progress bar would not mix with the exported rows. progress is the bar, once the total
	// is known.
	showProgress bool
	progress     *csvfile.Progress
	// resumed is where the export goes on when it is interrupted; nil if it does not.
	resumed *checkpoint
}

// open opens the file that the export writes, and returns how it is completed.
func (r *exportRun) open(cmd *cli.Command, path string) (file *csvfile.Output, keep func() error, err error) {
	if !cmd.Bool("resume") {
		file, err = csvfile.Create(path)
		if err != nil {
			return nil, nil, err
		}
		return file, file.Keep, nil
	}
	if r.resumed, err = readCheckpoint(path); err != nil {
		return nil, nil, err
	}
	if file, err = csvfile.Resume(path, r.resumed.Bytes); err != nil {
		return nil, nil, err
	}
	r.resumed.file = file
	return file, func() error {
		if err := file.Keep(); err != nil {
			return err // what is written stays, and where to go on
		}
		return r.resumed.remove()
	}, nil
}

func exportFlags() []cli.Flag {
	return []cli.Flag{
		dataDirFlag(), organizationFlag(),
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "-", Usage: "`FILE`, which appears when it is complete; - is the standard output"},
	}
}

// exportAction makes the action of an export: it opens the database and the file, and counts what was written.
func exportAction(what string, write func(context.Context, *cli.Command, *exportRun) (csvfile.Counts, error)) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
			pool, err := pgpool.Open(ctx, db.applicationURL, pgpool.Options{ApplicationName: "daybook export", MaxConns: 2, Limits: commandLimits})
			if err != nil {
				return err
			}
			defer pool.Close()
			who, err := actor(ctx, cmd, pool)
			if err != nil {
				return err
			}
			out := &exportRun{db: pool, organization: who.OrganizationID, user: who.UserID, file: cmd.Root().Writer, logger: logger}
			if cmd.Bool("resume") && cmd.String("output") == "-" {
				return misused("--resume goes on in a file: --output must name it")
			}
			out.showProgress = cmd.String("output") != "-" || !csvfile.Terminal(out.file)
			keep := func() error { return nil }
			if path := cmd.String("output"); path != "-" {
				file, kept, err := out.open(cmd, path)
				if err != nil {
					return err
				}
				defer file.Discard()
				out.file, keep = file, kept
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
