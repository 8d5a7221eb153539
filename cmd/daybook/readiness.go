package main

import (
	"context"
	"errors"
	"fmt"

	"daybook/internal/httpserver"
)

// checks are the conditions of readiness of every process.
func (n *node) checks() []httpserver.Check {
	return []httpserver.Check{
		{Name: "database", Func: n.requests.Ping},
		{Name: "writes", Func: n.beat},
		{Name: "migrations", Func: n.migrated},
		{Name: "projections", Func: n.built},
	}
}

// beat writes the database's heartbeat. Its connection is one for reads, which no writer that waits for a lock holds.
func (n *node) beat(ctx context.Context) error {
	if _, err := n.requests.Exec(ctx, `SELECT engine.beat()`); err != nil {
		return fmt.Errorf("write the heartbeat: %w", err)
	}
	return nil
}

// workersCheck checks that the River client runs.
func (n *node) workersCheck() httpserver.Check {
	return httpserver.Check{Name: "workers", Func: func(context.Context) error {
		if !n.working.Load() {
			return errors.New("the River client does not run")
		}
		return nil
	}}
}
