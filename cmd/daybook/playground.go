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

// playgroundDir returns the directory of the playground's files: in the user's cache, which all data directories share,
// or below the data directory if there is no writable cache.
func playgroundDir(cmd *cli.Command) string {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "daybook", "playground")
		err = os.MkdirAll(cache, 0o700)
	}
	if err != nil {
		return filepath.Join(cmd.String("data-dir"), "playground")
	}
	return cache
}
