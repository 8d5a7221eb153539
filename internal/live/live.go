// Package live tells who waits for a change that it has happened, and gives many subscribers of one query its answers.
//
// Triggers announce on the channel daybook_changes, when a transaction commits, what it has changed: a read model whose rows
// may differ now, or a canonical table, with the organization and, where one key of the read model is concerned, that key. A
// Hub listens on one connection, however many wait:
//
//	hub := live.New(live.Config{Connect: connect, Logger: logger})
//	go hub.Run(ctx)
//
// A [Watch] is woken by changes of what its owner has read last. While its owner reads, announcements are kept until it is
// known what was read, so that none is lost between two reads. Whenever the hub begins to listen, anew after its connection
// was lost too, everybody is woken: what was announced meanwhile nobody has heard.
//
// Changes are announced while somebody watches, in whatever process: the hub asks for it, for itself alone.
//
// [Subscribe] runs one query for all who subscribe to it: at once, and again after each change, at most every Config.Apart. A
// subscriber that is slow finds the newest answer when it comes for the next one, and nobody waits for it. An answer is kept until
// its subscribers have taken it, and of the last one its digest, by which the next one is known to be another.
//
// Config.Parallel queries are run at once. The organizations have their turns one after the other, and none has all of them: the
// queries of an organization with thousands wait for each other, and not another's for them.
//
// The package knows neither GraphQL nor how a query is run, and stands beside the layers.
package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Channel is PostgreSQL's channel of the announcements.
const Channel = "daybook_changes"

// Config configures a hub. Connect and Logger are required.
type Config struct {
	// Connect opens the connection that the hub listens on, and closes.
	Connect func(context.Context) (*pgx.Conn, error)
	Logger  *slog.Logger
	// Apart is the least time between two runs of one query; 0 is 100 milliseconds.
	Apart time.Duration
	// Renew is how often every query is run though nothing was announced, for what the clock changes; 0 is a minute.
	Renew time.Duration
	// Linger is how long the hub asks for announcements after the last watch was closed; 0 is ten seconds.
	Linger time.Duration
	// Parallel is how many queries are run at once; 0 is four. One organization has all of them but one, and one at least.
	Parallel int
}

// Hub wakes watches, and has the groups. It is safe for concurrent use.
type Hub struct {
	config Config
	turns  *turns

	mu sync.Mutex
	// connected says that the hub has its connection, asking that changes are announced to it.
	connected, asking bool
	interrupt         context.CancelFunc // ends a wait for announcements
	// waiting are the watches by organization, by what they wait for, and by key; key 0 is for all keys.
	waiting map[int64]map[string]map[int64]map[*Watch]struct{}
	// all are the watches by organization, reading those whose owners read.
	all, reading map[int64]map[*Watch]struct{}
	groups       map[any]any // a *group[M, A] by its key
	subscribers  int
	runs         int64
}

// New returns a hub, which does not listen yet.
func New(c Config) *Hub {
	if c.Apart == 0 {
		c.Apart = 100 * time.Millisecond
	}
	if c.Renew == 0 {
		c.Renew = time.Minute
	}
	if c.Linger == 0 {
		c.Linger = 10 * time.Second
	}
	if c.Parallel == 0 {
		c.Parallel = 4
	}
	return &Hub{
		config: c, turns: newTurns(c.Parallel), groups: map[any]any{},
		waiting: map[int64]map[string]map[int64]map[*Watch]struct{}{}, all: map[int64]map[*Watch]struct{}{}, reading: map[int64]map[*Watch]struct{}{},
	}
}
