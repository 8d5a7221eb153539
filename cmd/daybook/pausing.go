package main

import (
	"context"
	"errors"
	"slices"

	"daybook/internal/httpserver"
	"daybook/internal/playground"
	"daybook/projection"
)

// demonstrated is the read model that the playground's demonstration reads.
const demonstrated = "document_summaries"

// pausing lets the playground of dev pause refreshes until ctx ends; it is nil elsewhere.
func (n *node) pausing(ctx context.Context, s site) *playground.Pausing {
	if !s.dev {
		return nil
	}
	return &playground.Pausing{
		Allowed: func(ctx context.Context, token string) error {
			err := n.operator(ctx, token)
			if errors.Is(err, httpserver.ErrUnknownToken) || errors.Is(err, httpserver.ErrNotOperator) {
				return playground.ErrNotAllowed
			}
			return err
		},
		Pause: func(ctx context.Context) (func(context.Context) error, error) {
			models, err := n.engine.List(ctx)
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(models, func(p projection.Status) bool { return p.Name == demonstrated })
			if at < 0 || models[at].Paused { // somebody else lets it go on
				return func(context.Context) error { return nil }, nil
			}
			return func(ctx context.Context) error { return n.engine.Resume(ctx, demonstrated) }, n.engine.Pause(ctx, demonstrated)
		},
		Stopping: ctx.Done(),
	}
}
