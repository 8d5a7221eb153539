// Command daybook is all of Daybook in one binary: one file per sub-command, and the only place that reads flags and
// environment.
//
//	dev          everything on this machine: PostgreSQL, demo business, API, workers (dev.go)
//	serve, work  the API, and the workers, of a database that is elsewhere (serve.go, work.go)
//	migrate      bring the database to this version's schema (migrate.go)
//	seed         make the demo business (seed.go)
//	organization make an organization and its owner, list them (organization.go)
//	member       set and end the roles of users in an organization (member.go)
//	token        make and revoke API tokens (token.go)
//	operator     choose who may look after the jobs of all organizations (operator.go)
//	import       read a CSV file into an organization (import.go)
//	export       write a CSV file that import reads, or any list as JSON lines (export.go, export_list.go)
//	projections  look after the read models (projections.go)
//	books        compare the books with the records that they follow from (books.go)
//	schema       print the GraphQL schema (schema.go)
//	version      print which Daybook this is (version.go)
//
// What several of them share: database.go (where the database is), uptodate.go (whether it is ready for this version),
// admin.go (the write side, for commands), list.go, usage.go (misuse of the command line), log.go, actor.go (the member that a command writes as), node.go (the parts of a
// running process and the order in which they stop), limits.go (what each waits for), listen.go, http.go, readiness.go,
// telemetry.go and memory.go.
//
// Environment: DATABASE_URL (database.go), DAYBOOK_PG_BIN (the directory of PostgreSQL's programs),
// OTEL_EXPORTER_OTLP_ENDPOINT (telemetry.go), GOGC and GOMEMLIMIT (memory.go), DAYBOOK_APPLICATION_ROLE (migrate.go),
// DAYBOOK_AUDIT_RETENTION (work.go),
// DAYBOOK_ADMIN_ADDR (listen.go), DAYBOOK_STATEMENT_TIMEOUT and DAYBOOK_LOCK_TIMEOUT (limits.go).
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once; the kernel then ends PostgreSQL
	if err := run(ctx, os.Args, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "daybook:", err)
		os.Exit(exitCode(err))
	}
}

// run is the whole program. args[0] is its name, as in os.Args; results go to stdout, the log to stderr. It returns
// when the command is done, or when ctx has ended and everything that it started has stopped. A command that runs until
// it is told to stop returns nil then.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return strict(command(stdout, stderr)).Run(ctx, args)
}

func command(stdout, stderr io.Writer) *cli.Command {
	return &cli.Command{
		Name:    "daybook",
		Usage:   "a business's records, with read models that are exact",
		Version: version(), // for --version
		// daybook completion SHELL prints a script for the shell.
		EnableShellCompletion: true,
		Writer:                stdout,
		ErrWriter:             stderr,
		// main prints errors and chooses the exit code (usage.go). Without this the library would exit by itself.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "log-level", Value: "info", Usage: "`LEVEL` of the log: debug, info, warn or error", Validator: validLevel},
			&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`FORMAT` of the log: text or json", Validator: validFormat},
		},
		Commands: []*cli.Command{
			devCommand(), serveCommand(), workCommand(), migrateCommand(), seedCommand(), organizationCommand(),
			memberCommand(), tokenCommand(), operatorCommand(), importCommand(), exportCommand(), projectionsCommand(), booksCommand(),
			schemaCommand(), versionCommand(),
		},
	}
}
