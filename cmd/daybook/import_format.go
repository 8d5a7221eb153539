package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"daybook/internal/csvfile"
)

// formatFlags are the flags for how a file to be imported is written.
func formatFlags(kind string) []cli.Flag {
	ready := ""
	if names := csvfile.ReadyMaps(kind); len(names) > 0 {
		ready = "; ready ones are " + strings.Join(names, ", ")
	}
	return []cli.Flag{
		&cli.StringFlag{Name: "map", Usage: "`FILE` that says which of the columns are which of ours, for another system's export" + ready},
		&cli.StringFlag{Name: "delimiter", Usage: "what separates columns: , or ; or tab; found out from the header without it"},
		&cli.StringFlag{Name: "decimal", Usage: "the decimal mark of numbers: . or ,; without it a comma where semicolons separate columns, else a point"},
		&cli.StringFlag{Name: "encoding", Usage: "utf-8 or latin-1; found out without it"},
		&cli.StringFlag{Name: "dates", Usage: "day-first or month-first for dates such as 31/12/2026; without it as 2026-12-31"},
	}
}

// importFormat returns how a file of a kind is written, from the flags, which override the map.
func importFormat(cmd *cli.Command, kind string) (f csvfile.Format, err error) {
	switch name := cmd.String("map"); {
	case name == "":
	case slices.Contains(csvfile.ReadyMaps(kind), name):
		f, err = csvfile.ReadyMap(kind, name)
	default:
		f, err = readMap(name, kind)
	}
	if err != nil {
		return f, err
	}
	for _, name := range []string{"delimiter", "decimal", "encoding", "dates"} {
		if value := cmd.String(name); value != "" {
			if err := f.Set(name, value); err != nil {
				return f, misused("--%w", err)
			}
		}
	}
	return f, nil
}

// readMap reads a map from a file.
func readMap(path, kind string) (csvfile.Format, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return csvfile.Format{}, fmt.Errorf("the map is neither a file nor one of those for %s (%s): %w", kind, strings.Join(csvfile.ReadyMaps(kind), ", "), err)
	}
	if err != nil {
		return csvfile.Format{}, fmt.Errorf("open the map: %w", err)
	}
	defer file.Close()
	f, err := csvfile.ReadMap(file)
	if err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
