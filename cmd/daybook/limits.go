package main

import (
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"daybook/internal/pgpool"
)

// requestIdle is how long an open transaction of a request may wait for its next statement.
const requestIdle = 30 * time.Second

// jobLimits bound the statements of jobs. The longest is the refresh of a materialized view, which River gives an hour.
var jobLimits = pgpool.Limits{Lock: 30 * time.Second, Statement: time.Hour, Idle: 5 * time.Minute}

// commandLimits bound commands: imports and rebuilds may have statements as long as their data asks for.
var commandLimits = pgpool.Limits{Lock: time.Minute, Idle: 10 * time.Minute}

// requestLimitFlags are the flags for what a request waits for. Migrations, jobs and commands are not bounded by them.
func requestLimitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.DurationFlag{
			Name: "statement-timeout", Value: 10 * time.Second, Sources: cli.EnvVars("DAYBOOK_STATEMENT_TIMEOUT"),
			Usage:     "cancel what a request asks of the database after `DURATION`; 0 never does",
			Validator: validLimit,
		},
		&cli.DurationFlag{
			Name: "lock-timeout", Value: 5 * time.Second, Sources: cli.EnvVars("DAYBOOK_LOCK_TIMEOUT"),
			Usage:     "let a request wait for a lock of the database for `DURATION`; 0 for ever",
			Validator: validLimit,
		},
		&cli.DurationFlag{
			Name: "operation-timeout", Value: 30 * time.Second, Sources: cli.EnvVars("DAYBOOK_OPERATION_TIMEOUT"),
			Usage:     "give a query or mutation up after `DURATION`; 0 never does",
			Validator: validLimit,
		},
		&cli.IntFlag{
			Name: "rate-limit", Sources: cli.EnvVars("DAYBOOK_RATE_LIMIT"),
			Usage: "let each member's operations cost `N` a second, and sixty times that at once; 0 is no limit",
			Validator: func(n int) error {
				if n < 0 || n > 1_000_000 {
					return errors.New("must be from 0 to 1000000")
				}
				return nil
			},
		},
	}
}

// validLimit validates a flag of requestLimitFlags.
func validLimit(d time.Duration) error {
	if d != 0 && d < 100*time.Millisecond || d > time.Hour {
		return errors.New("must be 0, or from 100ms to 1h")
	}
	return nil
}

// requestLimits returns the limits of the connections that answer requests, from the flags.
func requestLimits(cmd *cli.Command) pgpool.Limits {
	return pgpool.Limits{Lock: cmd.Duration("lock-timeout"), Statement: cmd.Duration("statement-timeout"), Idle: requestIdle}
}
