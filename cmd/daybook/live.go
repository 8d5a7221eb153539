package main

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"daybook/internal/live"
)

// listen makes a hub that hears of changes until stop, on one connection beside the pools.
func (n *node) listen(ctx context.Context) (hub *live.Hub, stop func()) {
	hub = live.New(live.Config{Logger: n.logger, Connect: func(ctx context.Context) (*pgx.Conn, error) {
		config := n.requests.Config().ConnConfig
		config.RuntimeParams = maps.Clone(config.RuntimeParams)
		config.RuntimeParams["application_name"] = "daybook live"
		return pgx.ConnectConfig(ctx, config)
	}})
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		hub.Run(ctx)
	}()
	return hub, func() {
		cancel()
		<-ended
	}
}
