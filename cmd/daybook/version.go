package main

import (
	"cmp"
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

// version describes this program on one line: its version, its commit, and the Go version.
func version() string { return build().String() }

// buildOf is what the Go toolchain recorded in a program.
type buildOf struct {
	version, revision, time, goVersion string
	modified                           bool // there were uncommitted changes
}

// build returns what is recorded in this program.
func build() buildOf {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return buildOf{version: "unknown"}
	}
	return describeBuild(info)
}

// release is the version that `make release` builds; empty for other builds, whose version the toolchain knows.
var release string

// describeBuild returns the version of the main module, the commit and the Go version. A build outside a checkout has no
// commit.
func describeBuild(info *debug.BuildInfo) buildOf {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	return buildOf{
		version: cmp.Or(release, info.Main.Version, "(devel)"), revision: settings["vcs.revision"], time: settings["vcs.time"],
		modified: settings["vcs.modified"] == "true", goVersion: info.GoVersion,
	}
}

// String has all of it on one line.
func (b buildOf) String() string {
	commit := "no commit known"
	if b.revision != "" {
		commit = fmt.Sprintf("commit %s of %s", b.revision, b.time)
		if b.modified {
			commit += " with uncommitted changes"
		}
	}
	return fmt.Sprintf("%s, %s, %s", b.version, commit, b.goVersion)
}
