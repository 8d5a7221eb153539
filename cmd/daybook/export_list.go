package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"daybook/internal/csvfile"
	"daybook/resolvers"
)

// exportListCommand writes the rows of any list of the API, as a GraphQL document selects them.
func exportListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "the rows of any list, as JSON lines, by a GraphQL query that is asked of all its pages in one snapshot",
		Flags: append(exportFlags(), asFlag(),
			&cli.StringFlag{Name: "query", Required: true, Usage: "`FILE` with a query of one list, which has the argument after: $after and selects nodes and pageInfo { hasNextPage endCursor }; - is the standard input"},
			&cli.StringFlag{Name: "variables", Usage: "`FILE` with the other variables, a JSON object"},
			&cli.BoolFlag{Name: "resume", Usage: "keep what was written when the export is interrupted, and go on behind it, in a snapshot of its own"}),
		Action: exportAction("records", exportList),
	}
}

func exportList(ctx context.Context, cmd *cli.Command, out *exportRun) (counts csvfile.Counts, err error) {
	e, err := listExport(cmd, out)
	if err != nil {
		return counts, err
	}
	if at := out.resumed; at != nil {
		if err := at.of(e); err != nil {
			return counts, err
		}
		if at.Rows > 0 {
			e.After = &at.Cursor
			counts = csvfile.Counts{Records: at.Rows, Rows: at.Rows}
			fmt.Fprintf(cmd.Root().ErrWriter, "going on behind row %d, in another snapshot\n", at.Rows)
		}
		e.PageRead = func(cursor string) error { return at.reached(cursor, counts.Rows) }
	}
	if out.showProgress {
		out.progress = csvfile.NewProgress(cmd.Root().ErrWriter, "records", -1, false)
	}
	c := resolvers.Config{DB: out.db, LoaderDB: out.db, Logger: out.logger}
	err = resolvers.ExportList(ctx, c, e, func(row json.RawMessage) error {
		line := bytes.Buffer{}
		if err := json.Compact(&line, row); err != nil {
			return fmt.Errorf("write a line: %w", err)
		}
		line.WriteByte('\n')
		if _, err := out.file.Write(line.Bytes()); err != nil {
			return fmt.Errorf("write a line: %w", err)
		}
		counts.Records++
		counts.Rows++
		out.progress.Set(int64(counts.Rows))
		return nil
	})
	return counts, err
}

// listExport reads what is asked for.
func listExport(cmd *cli.Command, out *exportRun) (e resolvers.ListExport, err error) {
	e.OrganizationID, e.UserID = out.organization, out.user
	document, err := readInput(cmd.String("query"), cmd.Root().Reader)
	if err != nil {
		return e, fmt.Errorf("--query: %w", err)
	}
	e.Document = string(document)
	path := cmd.String("variables")
	if path == "" {
		return e, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return e, fmt.Errorf("--variables: %w", err)
	}
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber() // as coercion wants them
	if err := numbers.Decode(&e.Variables); err != nil {
		return e, fmt.Errorf("--variables: %s: %w", path, err)
	}
	if _, err := numbers.Token(); !errors.Is(err, io.EOF) {
		return e, fmt.Errorf("--variables: %s: there is more behind the first JSON object", path)
	}
	return e, nil
}

// readInput reads a whole file, or the standard input for -.
func readInput(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin) //nolint:wrapcheck // the flag's name is put before it
	}
	return os.ReadFile(path) //nolint:wrapcheck // the flag's name is put before it
}
