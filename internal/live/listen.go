package live

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// probeEvery is how long the connection may be silent before it is asked whether it still is one.
	probeEvery = 15 * time.Second
	// retryFirst and retryLast bound how long the hub waits before it connects again.
	retryFirst, retryLast = 50 * time.Millisecond, 5 * time.Second
)

// Run listens until ctx ends. A connection that is lost is opened again, for as long as it takes.
func (h *Hub) Run(ctx context.Context) {
	for pause := retryFirst; ; {
		began := time.Now()
		err := h.listen(ctx)
		h.mu.Lock()
		h.connected, h.asking = false, false
		h.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		h.config.Logger.WarnContext(ctx, "changes are not heard", "error", err)
		if time.Since(began) > retryLast {
			pause = retryFirst
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, retryLast)
	}
}

// Listening reports whether changes are announced, and heard. Where nobody watches they need not be.
func (h *Hub) Listening() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asking
}

// listen listens until the connection is lost or ctx ends.
func (h *Hub) listen(ctx context.Context) error {
	conn, err := h.config.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connect to listen: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{Channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	h.mu.Lock()
	h.connected = true
	h.mu.Unlock()
	r := registration{hub: h, conn: conn}
	for {
		pause, err := r.keep(ctx)
		if err != nil {
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, min(pause, probeEvery))
		h.interruptBy(cancel)
		heard, err := conn.WaitForNotification(waiting)
		silent := waiting.Err() != nil
		cancel()
		switch {
		case err == nil:
			h.announced(parse(heard.Payload))
		case ctx.Err() != nil:
			return ctx.Err()
		case silent && conn.IsClosed():
			return errors.New("the connection is closed")
		case silent && pause < probeEvery: // the next statement is a probe too
		case silent:
			if err := r.probe(ctx); err != nil {
				return err
			}
		default:
			return fmt.Errorf("wait for changes: %w", err)
		}
	}
}

// change is an announcement. Organization 0 stands for all, key 0 for any.
type change struct {
	relation          string
	organization, key int64
}

// parse reads a payload: a relation, an organization, and perhaps a key. One that cannot be read stands for everything.
func parse(payload string) change {
	relation, rest, _ := strings.Cut(payload, " ")
	organization, key, keyed := strings.Cut(rest, " ")
	c := change{relation: relation}
	var err error
	if c.organization, err = strconv.ParseInt(organization, 10, 64); err != nil {
		return change{}
	}
	if keyed {
		if c.key, err = strconv.ParseInt(key, 10, 64); err != nil {
			c.key = 0 // a key of another kind than those that are waited for
		}
	}
	return c
}
