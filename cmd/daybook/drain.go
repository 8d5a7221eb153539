package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"
)

// drainFlag is the flag for how long a process that was told to stop goes on answering.
func drainFlag(value time.Duration) cli.Flag {
	return &cli.DurationFlag{
		Name: "drain", Value: value, Sources: cli.EnvVars("DAYBOOK_DRAIN"),
		Usage: "when told to stop, say so on /readyz for `DURATION` before refusing connections, and then give running requests as long again; a second signal goes on at once",
		Validator: func(d time.Duration) error {
			if d < 0 || d > time.Hour {
				return errors.New("must be from 0 to 1h")
			}
			return nil
		},
	}
}

// secondSignal returns a channel that is closed by the first signal to stop after ctx has ended. The next one after it ends
// the process at once. It ends with stop.
func secondSignal(ctx context.Context) (second <-chan struct{}, stop func()) {
	closed, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-stopped:
			return
		}
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		select {
		case <-signals:
			close(closed)
		case <-stopped:
		}
	}()
	return closed, func() { close(stopped) }
}
