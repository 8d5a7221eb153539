package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/webhooks"
	"daybook/projection"
)

// FeedArgs is the periodic job that reads the feed of changes for all who are told of them: it saves what is to be sent, and
// enqueues a job for each endpoint that has something to send. Where the feed has been read to is stored together with what was
// made of it, so a job that dies loses nothing and repeats nothing.
type FeedArgs struct{}

// Kind is the job's name in River.
func (FeedArgs) Kind() string { return "feed" }

// InsertOpts allows one such job of a period to wait or run, in a queue of its own.
func (FeedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueFeed, UniqueOpts: onePerPeriod, MaxAttempts: 1}
}

// feedParts is how many parts of the feed an endpoint takes in a job, before the next one has its turn.
const feedParts = 20

type feedWorker struct {
	river.WorkerDefaults[FeedArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
}

// Timeout leaves time for endpoints that are far behind.
func (*feedWorker) Timeout(*river.Job[FeedArgs]) time.Duration { return time.Minute }

func (w *feedWorker) Work(ctx context.Context, _ *river.Job[FeedArgs]) error {
	behind, err := webhooks.Behind(ctx, w.pool)
	if err != nil {
		return err
	}
	for _, e := range behind {
		// One that cannot be served keeps none of the others waiting.
		if err := w.advance(ctx, e); err != nil {
			slog.ErrorContext(ctx, "a webhook does not go on in the feed", "webhook", e.WebhookID, "error", err)
		}
	}
	due, err := webhooks.Due(ctx, w.pool)
	if err != nil {
		return err
	}
	inserts := make([]river.InsertManyParams, len(due))
	for i, e := range due {
		inserts[i] = river.InsertManyParams{Args: WebhookArgs{OrganizationID: e.OrganizationID, WebhookID: e.WebhookID}}
	}
	if len(inserts) > 0 {
		if _, err := clientOf(ctx).InsertMany(ctx, inserts); err != nil {
			return fmt.Errorf("enqueue deliveries: %w", err)
		}
	}
	if len(behind) > 0 {
		return Refresh(ctx, clientOf(ctx), w.engine, webhookModels...)
	}
	return nil
}

func (w *feedWorker) advance(ctx context.Context, e webhooks.Endpoint) error {
	for range feedParts {
		more, err := webhooks.Advance(ctx, w.pool, e)
		if err != nil || !more {
			return err
		}
	}
	return nil
}
