package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/webhooks"
	"daybook/projection"
)

// Webhooks is what deliveries to webhooks need.
type Webhooks struct {
	// Sender makes the requests.
	Sender *webhooks.Sender
	// Answer runs an endpoint's stored document as the member, with the id of the record that has changed, and returns data and
	// errors of its answer. An error is noted as the failure of the attempt.
	Answer func(ctx context.Context, organizationID, memberID int64, document, id string) (data, errs json.RawMessage, err error)
	// FirstPause is how long after its first failure a delivery is tried again; 0 is 5 seconds. Lease is how long a worker that
	// has died keeps others from trying; 0 is a minute, and it must be longer than an attempt can take.
	FirstPause, Lease time.Duration
}

// WebhookArgs is the job that sends what is due to one endpoint.
type WebhookArgs struct {
	OrganizationID int64 `json:"organization_id"`
	WebhookID      int64 `json:"webhook_id"`
}

// Kind is the job's name in River.
func (WebhookArgs) Kind() string { return "webhook" }

// InsertOpts allows one such job of a period to wait or run. Several may: each is given other deliveries. None is repeated, since
// what it leaves is due again.
func (WebhookArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueWebhooks, UniqueOpts: onePerPeriod, MaxAttempts: 1}
}

// webhookModels are the read models of deliveries.
var webhookModels = []string{"webhook_deliveries", "webhook_summaries", "webhook_totals"}

type webhookWorker struct {
	river.WorkerDefaults[WebhookArgs]
	engine *projection.Engine
	pool   *pgxpool.Pool
	config Webhooks
}

// Timeout is that of attempts.
func (*webhookWorker) Timeout(*river.Job[WebhookArgs]) time.Duration { return attemptsTimeout }

// Work sends deliveries of the endpoint until none is due.
func (w *webhookWorker) Work(ctx context.Context, job *river.Job[WebhookArgs]) error {
	e := webhooks.Endpoint{OrganizationID: job.Args.OrganizationID, WebhookID: job.Args.WebhookID}
	claim := func(ctx context.Context) ([]webhooks.Delivery, bool, error) {
		claimed, err := webhooks.Claim(ctx, w.pool, e, cmp.Or(w.config.Lease, time.Minute))
		return claimed, false, err
	}
	if made, err := attemptAll(ctx, claim, w.deliver); err != nil || !made {
		return err
	}
	return Refresh(ctx, clientOf(ctx), w.engine, webhookModels...)
}

// deliver makes one attempt and notes how it has ended. A failure is not noted if the worker is cut off, which may be its cause.
func (w *webhookWorker) deliver(ctx context.Context, d *webhooks.Delivery) error {
	body, err := w.body(ctx, d)
	result := webhooks.Result{Err: err}
	if err == nil {
		result = w.config.Sender.Send(ctx, d, body)
	}
	if ctx.Err() != nil && result.Err != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := toSettle(ctx)
	defer cancel()
	return webhooks.Settle(ctx, w.pool, d, result, pause(w.config.FirstPause, d.Attempt))
}

// body makes the payload as it is now.
func (w *webhookWorker) body(ctx context.Context, d *webhooks.Delivery) ([]byte, error) {
	payload := d.Payload()
	if id := d.EntityID(); id != nil && d.Document != "" {
		var err error
		if payload.Data, payload.Errors, err = w.config.Answer(ctx, d.OrganizationID, d.MemberID, d.Document, *id); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("encode the payload: %w", err)
	}
	return body, nil
}
