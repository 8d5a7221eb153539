package main

import (
	"bytes"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	var outputs []string
	for _, argument := range []string{"version", "--version"} {
		t.Run(argument, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), []string{"daybook", argument}, &out, io.Discard); err != nil {
				t.Fatal(err)
			}
			outputs = append(outputs, out.String())
		})
	}
	if outputs[0] != outputs[1] || !strings.HasPrefix(outputs[0], "daybook version ") || !strings.Contains(outputs[0], runtime.Version()) {
		t.Errorf("version prints %q, --version %q", outputs[0], outputs[1])
	}
}

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	checkout := []debug.BuildSetting{{Key: "vcs.revision", Value: "0a1b2c"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "false"}}
	changed := append(checkout[:2:2], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for name, test := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"release":             {debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: "v0.1.0"}, Settings: checkout}, "v0.1.0, commit 0a1b2c of 2026-01-02T03:04:05Z, go1.26"},
		"uncommitted changes": {debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: "v0.1.0+dirty"}, Settings: changed}, "v0.1.0+dirty, commit 0a1b2c of 2026-01-02T03:04:05Z with uncommitted changes, go1.26"},
		"no checkout":         {debug.BuildInfo{GoVersion: "go1.26"}, "(devel), no commit known, go1.26"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := describeBuild(&test.info).String(); got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
		})
	}
}
