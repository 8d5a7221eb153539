package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/urfave/cli/v3"
)

// newLogger returns the logger of a command, which writes to its standard error.
func newLogger(cmd *cli.Command) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cmd.String("log-level"))); err != nil {
		return nil, err
	}
	w, o := cmd.Root().ErrWriter, &slog.HandlerOptions{Level: level}
	if cmd.String("log-format") == "json" {
		return slog.New(newCalm(slog.NewJSONHandler(w, o))), nil
	}
	return slog.New(newCalm(slog.NewTextHandler(w, o))), nil
}

// validLevel validates the flag log-level.
func validLevel(level string) error { return new(slog.Level).UnmarshalText([]byte(level)) }

// validFormat validates the flag log-format.
func validFormat(format string) error {
	if format != "text" && format != "json" {
		return errors.New("must be text or json")
	}
	return nil
}

// quiet is a handler that takes as debug what River logs while nothing happens: the job counts, every five seconds for each queue,
// and that a period has no job.
type quiet struct{ slog.Handler }

// Handle is part of slog.Handler.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasSuffix(r.Message, "Producer job counts") || strings.HasSuffix(r.Message, "nil returned from periodic job constructor, skipping") {
		if !q.Enabled(ctx, slog.LevelDebug) {
			return nil
		}
		r.Level = slog.LevelDebug
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs is part of slog.Handler.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup is part of slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
