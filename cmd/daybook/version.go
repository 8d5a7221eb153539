package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version, the commit and the Go version that this program was built from",
		Action: func(_ context.Context, cmd *cli.Command) error {
			cli.VersionPrinter(cmd.Root()) // as --version does
			return nil
		},
	}
}

// version describes this program by what the Go toolchain recorded in it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown (built without module support)"
	}
	return describeBuild(info)
}

// describeBuild returns the version of the main module, the commit with its time and whether there were uncommitted
// changes, and the Go version, on one line. A build outside a checkout has no commit.
func describeBuild(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	commit := "no commit known"
	if revision := settings["vcs.revision"]; revision != "" {
		commit = fmt.Sprintf("commit %s of %s", revision, settings["vcs.time"])
		if settings["vcs.modified"] == "true" {
			commit += " with uncommitted changes"
		}
	}
	return fmt.Sprintf("%s, %s, %s", version, commit, info.GoVersion)
}
