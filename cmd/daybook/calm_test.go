package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// An outage of 50 seconds, in which 35 errors a second say the same, is told in tens of lines, and none is lost without
// being counted; what is no warning, and a warning about something else, is logged as it is.
func TestAnOutageIsToldInFewLines(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newCalm(slog.NewTextHandler(&log, nil)).WithAttrs([]slog.Attr{slog.String("process", "work")})
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(after time.Duration, level slog.Level, message string, args ...any) {
		t.Helper()
		r := slog.NewRecord(begin.Add(after), level, message, 0)
		r.Add(args...)
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	const errors = 35 * 50
	for i := range errors {
		write(time.Duration(i)*time.Second/35, slog.LevelError, fmt.Sprintf("producer: Error fetching jobs %d", i%7), "error", fmt.Sprintf("dial 127.0.0.1:%d: connection refused", 40000+i))
	}
	write(51*time.Second, slog.LevelWarn, "something else")
	for range 5 {
		write(52*time.Second, slog.LevelInfo, "answered")
	}
	write(100*time.Second, slog.LevelError, "producer: Error fetching jobs 1", "error", "dial 127.0.0.1:1: connection refused")
	text := log.String()
	lines := strings.Count(text, "Error fetching")
	if lines > 50 {
		t.Errorf("%d lines tell of %d errors", lines, errors)
	}
	counted := lines
	for line := range strings.Lines(text) {
		if _, n, ok := strings.Cut(line, "repeated="); ok {
			var left int
			if _, err := fmt.Sscan(n, &left); err != nil {
				t.Fatal(err)
			}
			counted += left
		}
	}
	if counted != errors+1 {
		t.Errorf("the log accounts for %d of %d errors", counted, errors+1)
	}
	if strings.Count(text, "something else") != 1 || strings.Count(text, "answered") != 5 {
		t.Errorf("the log:\n%s", text)
	}
}
