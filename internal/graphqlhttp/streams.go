package graphqlhttp

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Limits bound streams and websockets. Each is its default where it is 0.
type Limits struct {
	// Init is how long a websocket may take until it says who opened it: 10 seconds.
	Init time.Duration
	// Ping is how often a websocket is asked whether there is still somebody, who has as long to answer, and how often a
	// stream without events gets a comment: 20 seconds.
	Ping time.Duration
	// Write is how long one message may take to be written before its reader is given up: 30 seconds.
	Write time.Duration
	// PerToken is how many streams, websockets and operations over them a token may have at once in this process: 2 000.
	PerToken int
}

func (c Config) withDefaults() Config {
	c.Limits.Init = cmp.Or(c.Limits.Init, 10*time.Second)
	c.Limits.Ping = cmp.Or(c.Limits.Ping, 20*time.Second)
	c.Limits.Write = cmp.Or(c.Limits.Write, 30*time.Second)
	c.Limits.PerToken = cmp.Or(c.Limits.PerToken, 2_000)
	return c
}

// streams are the streams and websockets that a handler serves.
type streams struct {
	stopping chan struct{} // closed by Stop
	mu       sync.Mutex
	stopped  bool
	byToken  map[string]int
	running  sync.WaitGroup
}

func newStreams() *streams { return &streams{stopping: make(chan struct{}), byToken: map[string]int{}} }

// enter counts one more of what a token has, unless it has as many as it may. The caller calls leave at its end.
func (s *streams) enter(token string, limit int) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byToken[token] >= limit {
		return nil, false
	}
	s.byToken[token]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.byToken[token]--; s.byToken[token] == 0 {
			delete(s.byToken, token)
		}
	}, true
}

// tokenOf returns the token in a header, however the header is spelled: by this the streams of a token are counted.
func tokenOf(header http.Header) string {
	_, token, _ := strings.Cut(header.Get("Authorization"), " ")
	return strings.Trim(token, " ")
}

// serve counts a stream or websocket that is served; false if the handler was stopped. The caller calls s.running.Done.
func (s *streams) serve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.running.Add(1)
	}
	return !s.stopped
}

// Stop ends all streams and websockets, so that their clients know that they may subscribe again, and returns when they have ended or ctx
// has. Single answers go on. New streams and websockets are refused.
func (h *Handler) Stop(ctx context.Context) {
	s := h.streams
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.stopping)
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.running.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}
