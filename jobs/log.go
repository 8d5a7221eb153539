package jobs

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// logged is a middleware that lends workers the client's logger.
type logged struct {
	river.MiddlewareDefaults
	logger *slog.Logger
}

// Work is part of rivertype.WorkerMiddleware.
func (l *logged) Work(ctx context.Context, _ *rivertype.JobRow, work func(context.Context) error) error {
	return work(context.WithValue(ctx, loggerKey{}, l.logger))
}

type loggerKey struct{}

// loggerOf returns the logger of the client that works the job of ctx.
func loggerOf(ctx context.Context) *slog.Logger {
	lent, _ := ctx.Value(loggerKey{}).(*slog.Logger)
	return cmp.Or(lent, slog.Default())
}
