package pgpool

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxStatements is how many statements are kept until somebody takes them.
const maxStatements = 1000

// Statement is one that was sent under a context of CollectStatements, or a batch, whose answers come together. It has the text
// as it was sent, with $1 for the first parameter, and never a parameter's value.
type Statement struct {
	// Pool is the pool whose connection took it.
	Pool string
	// Text is its SQL; the statements of a batch have semicolons between them.
	Text string
	// Took is the time from sending it to the end of its answer.
	Took time.Duration
}

type statementsKey struct{}

// statements are those of one context, in the order in which their answers have ended.
type statements struct {
	mu   sync.Mutex
	list []Statement
}

// CollectStatements returns a context whose statements are kept for TakeStatements, as far as they are sent by pools with the
// tracer of StatementTracer.
func CollectStatements(ctx context.Context) context.Context {
	return context.WithValue(ctx, statementsKey{}, &statements{})
}

// TakeStatements returns the statements that were sent under a context of CollectStatements since they were taken last. Of
// more than a thousand it has the first ones.
func TakeStatements(ctx context.Context) []Statement {
	s, ok := ctx.Value(statementsKey{}).(*statements)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

// StatementTracer returns an Options.Tracer of the pool of that name. Without CollectStatements it keeps nothing.
func StatementTracer(pool string) pgx.QueryTracer { return collector(pool) }

// collector is the name of a pool.
type collector string

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
} = collector("")

type collectedKey struct{}

// collected is a statement, or a batch, whose answer is awaited.
type collected struct {
	into *statements
	text string
	sent time.Time
}

func collect(ctx context.Context, text func() string) context.Context {
	into, ok := ctx.Value(statementsKey{}).(*statements)
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, collectedKey{}, collected{into, text(), time.Now()})
}

func (c collector) answered(ctx context.Context) {
	s, ok := ctx.Value(collectedKey{}).(collected)
	if !ok {
		return
	}
	took := time.Since(s.sent)
	s.into.mu.Lock()
	defer s.into.mu.Unlock()
	if len(s.into.list) < maxStatements {
		s.into.list = append(s.into.list, Statement{Pool: string(c), Text: s.text, Took: took})
	}
}

// TraceQueryStart is part of pgx.QueryTracer.
func (c collector) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return collect(ctx, func() string { return data.SQL })
}

// TraceQueryEnd is part of pgx.QueryTracer.
func (c collector) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	c.answered(ctx)
}

// TraceBatchStart is part of pgx.BatchTracer.
func (c collector) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return collect(ctx, func() string {
		var texts []string
		for _, q := range data.Batch.QueuedQueries {
			texts = append(texts, q.SQL)
		}
		return strings.Join(texts, ";\n")
	})
}

// TraceBatchQuery is part of pgx.BatchTracer.
func (c collector) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is part of pgx.BatchTracer.
func (c collector) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	c.answered(ctx)
}
