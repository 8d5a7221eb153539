package main

import (
	"bytes"
	"context"
	"encoding/json"
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
			&cli.StringFlag{Name: "variables", Usage: "`FILE` with the other variables, a JSON object"}),
		Action: exportAction("records", exportList),
	}
}

func exportList(ctx context.Context, cmd *cli.Command, out *exportRun) (counts csvfile.Counts, err error) {
	e := resolvers.ListExport{OrganizationID: out.organization, UserID: out.user}
	document, err := readInput(cmd.String("query"), cmd.Root().Reader)
	if err != nil {
		return counts, fmt.Errorf("--query: %w", err)
	}
	e.Document = string(document)
	if path := cmd.String("variables"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return counts, fmt.Errorf("--variables: %w", err)
		}
		numbers := json.NewDecoder(bytes.NewReader(text))
		numbers.UseNumber() // as coercion wants them
		if err := numbers.Decode(&e.Variables); err != nil {
			return counts, fmt.Errorf("--variables: %s: %w", path, err)
		}
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

// readInput reads a whole file, or the standard input for -.
func readInput(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin) //nolint:wrapcheck // the flag's name is put before it
	}
	return os.ReadFile(path) //nolint:wrapcheck // the flag's name is put before it
}
