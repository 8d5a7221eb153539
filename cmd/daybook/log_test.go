package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// What River logs while nothing happens is for whoever debugs; the rest is logged.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]string{slog.LevelInfo: "River client started\n", slog.LevelDebug: "producer: Producer job counts\n" +
		"PeriodicJobEnqueuer: nil returned from periodic job constructor, skipping\nRiver client started\n"} {
		var log bytes.Buffer
		logger := slog.New(quiet{slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.MessageKey {
				return a
			}
			return slog.Attr{}
		}})})
		for _, message := range []string{"producer: Producer job counts", "PeriodicJobEnqueuer: nil returned from periodic job constructor, skipping", "River client started"} {
			logger.Info(message)
		}
		if got := strings.NewReplacer("msg=", "", `"`, "").Replace(log.String()); got != want {
			t.Errorf("at %s:\n%s", level, got)
		}
	}
}
