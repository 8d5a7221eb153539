package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"daybook/canonical"
	"daybook/internal/csvbooks"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
	"daybook/internal/csvpeople"
	"daybook/jobs"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:  "import",
		Usage: "read a CSV file into an organization; what is there already stays as it is, so it may be run again",
		Commands: []*cli.Command{
			{
				Name: "accounts", Usage: "the chart of accounts", ArgsUsage: "FILE|-",
				Flags: importFlags("accounts"),
				Action: importAction("accounts", func(ctx context.Context, cmd *cli.Command, in *importRun) (csvfile.Counts, error) {
					return in.books(cmd).Accounts(ctx, in.file)
				}),
			},
			{
				Name: "documents", Usage: "invoices, bills and credit notes, a row for each item", ArgsUsage: "FILE|-",
				Flags: append(importFlags("documents"),
					&cli.BoolFlag{Name: "approve", Usage: "bring documents to the state that their rows name, approved without one; drafts otherwise"}),
				Action: importAction("documents", func(ctx context.Context, cmd *cli.Command, in *importRun) (csvfile.Counts, error) {
					return in.books(cmd).Documents(ctx, in.file)
				}),
			},
			{
				Name: "payments", Usage: "payments of customers and to vendors, a row for each, with what they settle", ArgsUsage: "FILE|-",
				Flags: importFlags("payments"),
				Action: importAction("payments", func(ctx context.Context, cmd *cli.Command, in *importRun) (csvfile.Counts, error) {
					return in.books(cmd).Payments(ctx, in.file)
				}),
			},
			{
				Name: "people", Usage: "customers, vendors and staff, a row for each", ArgsUsage: "FILE|-",
				Flags: importFlags("people"),
				Action: importAction("people", func(ctx context.Context, _ *cli.Command, in *importRun) (csvfile.Counts, error) {
					people := csvpeople.Import{Import: in.settings()}
					return people.People(ctx, in.file)
				}),
			},
			importSalesCommand(),
		},
	}
}

// importRun is one run of an import: who imports, the file, and where progress and refused rows are reported.
type importRun struct {
	store    *canonical.Store
	actor    canonical.Actor
	file     io.Reader
	format   csvfile.Format
	progress *csvfile.Progress // of the file's bytes
	report   *csvfile.Report
	// allOrNothing saves nothing if a row is refused. dryRun saves nothing at all.
	allOrNothing, dryRun bool
}

// importFlags are the flags of an import of files of a kind.
func importFlags(kind string) []cli.Flag {
	return append(formatFlags(kind),
		dataDirFlag(), organizationFlag(), asFlag(),
		&cli.StringFlag{Name: "policy", Value: "skip", Usage: "what a mistake stops: skip, the record that has it, or all, the whole file",
			Validator: func(policy string) error {
				if policy != "skip" && policy != "all" {
					return errors.New("must be skip or all")
				}
				return nil
			}},
		&cli.BoolFlag{Name: "dry-run", Usage: "say what would happen, and save nothing"},
		&cli.StringFlag{Name: "report", Usage: "`FILE` for the refused rows, with a column that says why: mend and import it"},
	)
}

// importAction makes the action of an import: it runs it and prints a summary. Refused rows make the command fail, after
// everything else has been done.
func importAction(what string, read func(context.Context, *cli.Command, *importRun) (csvfile.Counts, error)) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		if cmd.Args().Len() != 1 {
			return misused("name one file, or - for the standard input")
		}
		return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) (err error) {
			n, err := openNode(ctx, db, logger, jobs.Config{}, commandLimits, commandPools)
			if err != nil {
				return err
			}
			defer n.close()
			if err := n.migrated(ctx); err != nil {
				return err
			}
			in := &importRun{store: n.store, allOrNothing: cmd.String("policy") == "all", dryRun: cmd.Bool("dry-run")}
			if in.actor, err = actor(ctx, cmd, n.requests); err != nil {
				return err
			}
			in.actor.RequestID = "import-" + rand.Text() // so that the audit log shows the whole import
			if in.format, err = importFormat(cmd, what); err != nil {
				return err
			}
			if in.format.Currency, err = canonical.BaseCurrencyOf(ctx, n.requests, in.actor.OrganizationID); err != nil {
				return err
			}
			finish, err := in.open(cmd, cmd.Args().First())
			if err != nil {
				return err
			}
			counts, err := read(ctx, cmd, in)
			if finished := finish(); finished != nil {
				return errors.Join(err, finished)
			}
			return in.summarize(ctx, cmd.Root().Writer, what, counts, err)
		})
	}
}

// open opens the file to be read and the report of refused rows. finish completes the report and closes both.
func (in *importRun) open(cmd *cli.Command, path string) (finish func() error, err error) {
	stderr := cmd.Root().ErrWriter
	var file *os.File
	name, size := "standard input", int64(-1)
	in.file = cmd.Root().Reader
	if path != "-" {
		if file, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("open the file: %w", err)
		}
		in.file, name = file, filepath.Base(path)
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	}
	if sameFile(in.file, cmd.String("report")) {
		return nil, errors.Join(errors.New("the report would replace the file that is read: give it another name"), closeFile(file))
	}
	var refused *csvfile.Output
	in.progress = csvfile.NewProgress(stderr, name, size, true)
	if report := cmd.String("report"); report == "" {
		in.report = csvfile.NewReport(stderr, in.progress, nil)
	} else if refused, err = csvfile.Create(report); err != nil {
		return nil, errors.Join(err, closeFile(file))
	} else {
		in.report = csvfile.NewReport(stderr, in.progress, refused)
	}
	return func() error {
		err := errors.Join(in.report.Close(), closeFile(file))
		if refused != nil {
			err = errors.Join(err, refused.Keep())
			refused.Discard()
		}
		return err
	}, nil
}

// sameFile reports whether read is the regular file at path, under this or another name.
func sameFile(read io.Reader, path string) bool {
	file, ok := read.(*os.File)
	if !ok {
		return false
	}
	from, err := file.Stat()
	if err != nil || !from.Mode().IsRegular() {
		return false
	}
	to, err := os.Stat(path)
	return err == nil && os.SameFile(from, to)
}

func closeFile(file *os.File) error {
	if file == nil {
		return nil
	}
	return file.Close()
}

// summarize prints what an import did and returns how it ended; err is why it did not read its file to the end.
func (in *importRun) summarize(ctx context.Context, stdout io.Writer, what string, c csvfile.Counts, err error) error {
	nothing := in.dryRun || in.allOrNothing && (c.Refused > 0 || err != nil)
	if c.Records > 0 || err == nil {
		saved := ""
		if nothing {
			saved = "; nothing was saved"
		}
		fmt.Fprintf(stdout, "read %d %s in %d rows: %d created, %d changed, %d unchanged, %d refused%s\n",
			c.Records, what, c.Rows, c.Created, c.Changed, c.Unchanged, c.Refused, saved)
	}
	switch died := stopError(ctx); {
	case died != nil:
		return died
	case ctx.Err() != nil && nothing:
		return errors.New("it was stopped, and nothing was saved")
	case ctx.Err() != nil:
		return errors.New("it was stopped; what is counted was saved: run it again to go on")
	case err != nil:
		return err
	case c.Refused > 0:
		return fmt.Errorf("%d %s were refused", c.Refused, what)
	}
	return nil
}

// settings returns what all imports have.
func (in *importRun) settings() csvimport.Import {
	return csvimport.Import{
		Store: in.store, Actor: in.actor, Format: in.format, AllOrNothing: in.allOrNothing, DryRun: in.dryRun, Report: in.report, Progress: in.progress.Set,
	}
}

// books returns the import of accounts, documents and payments.
func (in *importRun) books(cmd *cli.Command) *csvbooks.Import {
	return &csvbooks.Import{Import: in.settings(), Approve: cmd.Bool("approve")}
}
