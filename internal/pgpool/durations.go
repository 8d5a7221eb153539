package pgpool

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/prometheus/client_golang/prometheus"
)

// Durations is a prometheus.Collector of how long statements take, by pool; a batch counts as one. It is safe for
// concurrent use.
type Durations struct{ *prometheus.HistogramVec }

// NewDurations returns a collector for the pools of the names, each of which begins at 0.
func NewDurations(pools ...string) Durations {
	d := Durations{prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "daybook_sql_duration_seconds",
		Help: "Time from sending a statement, or a batch of them, to the end of its answer.", Buckets: prometheus.ExponentialBuckets(0.00025, 4, 9)}, []string{"pool"})}
	for _, pool := range pools {
		d.WithLabelValues(pool)
	}
	return d
}

// Tracer returns the Options.Tracer of the pool of that name.
func (d Durations) Tracer(pool string) pgx.QueryTracer { return stopwatch{d.WithLabelValues(pool)} }

// stopwatch measures statements and batches.
type stopwatch struct{ duration prometheus.Observer }

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
} = stopwatch{}

type sentKey struct{}

func sent(ctx context.Context) context.Context { return context.WithValue(ctx, sentKey{}, time.Now()) }

func (s stopwatch) answered(ctx context.Context) {
	if begin, ok := ctx.Value(sentKey{}).(time.Time); ok {
		s.duration.Observe(time.Since(begin).Seconds())
	}
}

// TraceQueryStart is part of pgx.QueryTracer.
func (s stopwatch) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return sent(ctx)
}

// TraceQueryEnd is part of pgx.QueryTracer.
func (s stopwatch) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	s.answered(ctx)
}

// TraceBatchStart is part of pgx.BatchTracer.
func (s stopwatch) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return sent(ctx)
}

// TraceBatchQuery is part of pgx.BatchTracer.
func (s stopwatch) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is part of pgx.BatchTracer.
func (s stopwatch) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	s.answered(ctx)
}

// Tracers returns one tracer for several, of which those that are nil do nothing.
func Tracers(all ...pgx.QueryTracer) pgx.QueryTracer {
	all = slices.DeleteFunc(all, func(t pgx.QueryTracer) bool { return t == nil })
	if len(all) == 1 {
		return all[0]
	}
	return multitracer.New(all...)
}
