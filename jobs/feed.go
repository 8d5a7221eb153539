package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/notifications"
	"daybook/internal/webhooks"
	"daybook/projection"
)

// FeedArgs is the job that reads the feed of changes for all who are told of them: it saves what is to be sent and
// shown, and enqueues a job for each endpoint that has something to send, and one for e-mails. Where the feed has been read to is
// stored together with what was made of it, so a job that dies loses nothing and repeats nothing. A period in which there is
// nothing to do has none.
type FeedArgs struct{}

// Kind is the job's name in River.
func (FeedArgs) Kind() string { return "feed" }

// InsertOpts allows one such job of a period to wait or run, in a queue of its own.
func (FeedArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueFeed, UniqueOpts: onePerPeriod, MaxAttempts: 1}
}

// feedParts is how many parts of the feed an endpoint or organization takes in a job, before the next one has its turn.
const feedParts = 20

// feedWaiting returns the SQL condition that something waits for such a job.
func feedWaiting(config Config) string {
	var conditions []string
	if config.Webhooks != nil {
		conditions = append(conditions, webhooks.Waiting)
	}
	if config.Notifications != nil {
		conditions = append(conditions, notifications.Waiting)
		if config.Notifications.Mailer != nil {
			conditions = append(conditions, notifications.MailWaiting)
		}
	}
	return strings.Join(conditions, " OR ")
}

type feedWorker struct {
	river.WorkerDefaults[FeedArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
	// webhooks and notifications are nil where they are not worked.
	webhooks      *Webhooks
	notifications *Notifications
}

// Timeout leaves time for endpoints that are far behind.
func (*feedWorker) Timeout(*river.Job[FeedArgs]) time.Duration { return time.Minute }

// Work does all parts of it, whichever of them fail.
func (w *feedWorker) Work(ctx context.Context, _ *river.Job[FeedArgs]) error {
	var err error
	if w.notifications != nil {
		err = w.notify(ctx)
	}
	if w.webhooks != nil {
		err = errors.Join(err, w.forward(ctx))
	}
	return err
}

// forward saves deliveries to webhooks, and has those that are due sent.
func (w *feedWorker) forward(ctx context.Context) error {
	behind, err := webhooks.Behind(ctx, w.pool)
	if err != nil {
		return err
	}
	changed := 0
	for _, e := range behind {
		// One that cannot be served keeps none of the others waiting.
		taken, err := each(func() (int, bool, error) { return webhooks.Advance(ctx, w.pool, e) })
		if changed += taken; err != nil {
			loggerOf(ctx).ErrorContext(ctx, "a webhook does not go on in the feed", "webhook", e.WebhookID, "error", err)
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
	if changed > 0 {
		return Refresh(ctx, clientOf(ctx), w.engine, webhookModels...)
	}
	return nil
}

// notify saves notifications, and has e-mails that are due sent.
func (w *feedWorker) notify(ctx context.Context) error {
	mail := w.notifications.Mailer != nil
	behind, err := notifications.Behind(ctx, w.pool)
	if err != nil {
		return err
	}
	changed := 0
	for _, id := range behind {
		// One that cannot be served keeps none of the others waiting.
		read, err := each(func() (int, bool, error) { return notifications.Advance(ctx, w.pool, loggerOf(ctx), id, mail) })
		if changed += read; err != nil {
			loggerOf(ctx).ErrorContext(ctx, "users of an organization are not notified", "organization", id, "error", err)
		}
	}
	if err := notifications.Drift(ctx, w.pool, mail); err != nil {
		return err
	}
	if mail {
		if err := notifications.Digests(ctx, w.pool); err != nil {
			return err
		}
		due, err := notifications.DueMails(ctx, w.pool)
		if err != nil {
			return err
		}
		if due {
			if _, err := clientOf(ctx).Insert(ctx, MailsArgs{}, nil); err != nil {
				return fmt.Errorf("enqueue e-mails: %w", err)
			}
		}
	}
	if changed > 0 {
		return Refresh(ctx, clientOf(ctx), w.engine, notificationModels...)
	}
	return nil
}

// each takes parts of the feed, as many as one may take in a job, until there are no more. It returns how many events they had.
func each(take func() (events int, more bool, err error)) (events int, err error) {
	for range feedParts {
		n, more, err := take()
		events += n
		if err != nil || !more {
			return events, err
		}
	}
	return events, nil
}
