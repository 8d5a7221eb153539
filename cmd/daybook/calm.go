package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Of warnings and errors that say the same, the first calmBurst of each calmPeriod are logged. While a database is down
// every request and every worker has the same to say, many times a second.
const (
	calmPeriod = 30 * time.Second
	calmBurst  = 3
	calmKinds  = 1000 // how many different ones are remembered
)

// calm is a handler that leaves out warnings and errors which repeat what was just logged. The next one that is logged says
// how many were left out.
type calm struct {
	slog.Handler
	seen *seen
}

// seen counts the records of each kind.
type seen struct {
	mu    sync.Mutex
	kinds map[string]*repeated
}

// repeated is one kind of record in its current period.
type repeated struct {
	begin           time.Time
	logged, leftOut int
}

func newCalm(h slog.Handler) calm { return calm{h, &seen{kinds: map[string]*repeated{}}} }

// Handle is part of slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return c.Handler.Handle(ctx, r)
	}
	leftOut, pass := c.seen.next(kindOf(r), r.Time)
	if !pass {
		return nil
	}
	if leftOut > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("repeated", leftOut))
	}
	return c.Handler.Handle(ctx, r)
}

// next counts a record at a time; pass says that it is to be logged, and leftOut how many were not since the last one.
func (s *seen) next(kind string, at time.Time) (leftOut int, pass bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kinds[kind]
	if k == nil {
		if len(s.kinds) >= calmKinds {
			clear(s.kinds)
		}
		k = &repeated{begin: at}
		s.kinds[kind] = k
	}
	if at.Sub(k.begin) >= calmPeriod {
		k.begin, k.logged = at, 0
	}
	if k.logged >= calmBurst {
		k.leftOut++
		return 0, false
	}
	k.logged++
	leftOut, k.leftOut = k.leftOut, 0
	return leftOut, true
}

// kindOf returns what a record says apart from numbers: its message and its error.
func kindOf(r slog.Record) string {
	var text strings.Builder
	text.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "error", "err", "check", "panic":
			text.WriteString(" " + a.Value.String())
		}
		return true
	})
	return strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' {
			return -1
		}
		return c
	}, text.String())
}

// WithAttrs is part of slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.seen}
}

// WithGroup is part of slog.Handler.
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name), c.seen} }
