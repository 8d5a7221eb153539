package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"daybook/internal/playground"
)

func playgroundCommand() *cli.Command {
	return &cli.Command{
		Name:  "playground",
		Usage: "fetch the playground's files with npm, so that serve needs no CDN (dev does it by itself)",
		Flags: []cli.Flag{dataDirFlag()},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			dir := playgroundDir(cmd)
			if err := playground.Fetch(ctx, dir); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.Root().Writer, dir)
			return err
		},
	}
}

// playgroundDir is where the playground's files are kept: for the user, so that one fetch serves every data
// directory; below the data directory where the user has no home.
func playgroundDir(cmd *cli.Command) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return filepath.Join(cmd.String("data-dir"), "playground")
	}
	return filepath.Join(cache, "daybook", "playground")
}
