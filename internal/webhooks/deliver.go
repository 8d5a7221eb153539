package webhooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgpool"
)

// inFlight is how many deliveries of an endpoint are sent at once, by all workers.
const inFlight = 8

// Due returns the endpoints that have deliveries to send now.
func Due(ctx context.Context, db *pgxpool.Pool) ([]Endpoint, error) {
	rows, _ := db.Query(ctx, `SELECT webhook.organization_id, webhook.webhook_id FROM `+due+` ORDER BY 1, 2`)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Endpoint])
	if err != nil {
		return nil, fmt.Errorf("look for deliveries that are due: %w", err)
	}
	return found, nil
}

// Delivery is a delivery that a worker has claimed, and what it needs to send it.
type Delivery struct {
	Endpoint
	ID, EventID int64
	// Attempt counts the attempts since it was replayed, this one too.
	Attempt    int
	OccurredAt time.Time
	// ClaimedUntil is the end of the lease, which tells this claim from others.
	ClaimedUntil time.Time
	// EntityType and EntityKey are the record's; nil where it is not known.
	EntityType             *string
	EntityKey              *int64
	Action, Relation, Text string
	Fields                 []string
	// URL, Secret, and FormerSecret while it signs too, are the endpoint's; so are Document, and MemberID, for whom it is run.
	URL, Document        string
	Secret, FormerSecret []byte
	MemberID             int64
}

// EntityID is the node id of the record, nil where it is not known.
func (d *Delivery) EntityID() *string {
	if d.EntityType == nil || d.EntityKey == nil {
		return nil
	}
	return new(fmt.Sprintf("%s:%d", *d.EntityType, *d.EntityKey))
}

// MessageID is the id of the delivery in every attempt.
func (d *Delivery) MessageID() string { return fmt.Sprintf("WebhookDelivery:%d", d.ID) }

// Payload is the body without data.
func (d *Delivery) Payload() Payload {
	typ := d.Relation
	if d.EntityType != nil {
		typ = strings.ToLower(*d.EntityType)
	}
	return Payload{
		Type: typ + "." + d.Action, Timestamp: d.OccurredAt.UTC().Format(time.RFC3339Nano),
		Event: Event{ID: fmt.Sprintf("AuditEvent:%d", d.EventID), Action: strings.ToUpper(d.Action), EntityID: d.EntityID(), Table: d.Relation, Fields: d.Fields, Text: d.Text},
	}
}

// Claim returns deliveries of the endpoint that are due, the oldest first: as many as may be sent beside those that are being
// sent. Nobody else is given them until they are settled, or the lease is over.
func Claim(ctx context.Context, db *pgxpool.Pool, e Endpoint, lease time.Duration) (claimed []Delivery, err error) {
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := lockPosition(ctx, tx, e); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `WITH taken AS (
				SELECT id FROM canonical.webhook_deliveries
				WHERE organization_id = $1 AND webhook_id = $2 AND state = 'pending' AND next_attempt_at <= clock_timestamp()
					AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
				ORDER BY next_attempt_at, id
				LIMIT greatest(0, $4 - (SELECT count(*) FROM canonical.webhook_deliveries
					WHERE organization_id = $1 AND webhook_id = $2 AND state = 'pending' AND claimed_until > clock_timestamp())))
			UPDATE canonical.webhook_deliveries AS delivery SET claimed_until = clock_timestamp() + $3::interval, attempts = delivery.attempts + 1
			FROM taken, canonical.live_webhooks AS webhook
			WHERE delivery.organization_id = $1 AND delivery.id = taken.id AND (webhook.organization_id, webhook.webhook_id) = ($1, $2)
			RETURNING delivery.id, delivery.event_id, delivery.attempts, delivery.claimed_until, delivery.occurred_at, delivery.canonical_type, delivery.canonical_id,
				delivery.action, delivery.relation, delivery.event_text, delivery.fields, webhook.url, webhook.document, webhook.secret,
				CASE WHEN webhook.former_until > clock_timestamp() THEN webhook.former_secret END, webhook.member_id`,
			e.OrganizationID, e.WebhookID, lease, inFlight)
		claimed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Delivery, error) {
			d := Delivery{Endpoint: e}
			err := row.Scan(&d.ID, &d.EventID, &d.Attempt, &d.ClaimedUntil, &d.OccurredAt, &d.EntityType, &d.EntityKey, &d.Action, &d.Relation, &d.Text, &d.Fields,
				&d.URL, &d.Document, &d.Secret, &d.FormerSecret, &d.MemberID)
			return d, err
		})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim deliveries of webhook %d: %w", e.WebhookID, err)
	}
	return claimed, nil
}

// Result is how an attempt has ended.
type Result struct {
	// Status is that of the answer; 0 without one. Answer is its first bytes.
	Status int
	Answer string
	// Err is why the delivery is not delivered; nil if it is.
	Err error
}

// maxFailure is the largest number of bytes of a failure that is kept.
const maxFailure = 500

// Settle notes the result of an attempt: the delivery is delivered and the next one of its record may be sent, or it is tried
// again after pause, behind earlier ones that were replayed meanwhile. Nothing is noted if another worker has claimed it since, or
// somebody has given it up or replayed it.
func Settle(ctx context.Context, db *pgxpool.Pool, d *Delivery, r Result, pause time.Duration) error {
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT FROM canonical.webhook_positions WHERE organization_id = $1 AND webhook_id = $2 FOR NO KEY UPDATE`, d.OrganizationID, d.WebhookID)
		if err != nil {
			return err
		}
		var status *int
		if r.Status != 0 {
			status = &r.Status
		}
		failure := ""
		if r.Err != nil {
			failure = pgpool.Storable(r.Err.Error(), maxFailure)
		}
		tag, err := tx.Exec(ctx, `UPDATE canonical.webhook_deliveries SET
				state = CASE WHEN $5 = '' THEN 'delivered' ELSE state END, delivered_at = CASE WHEN $5 = '' THEN clock_timestamp() ELSE delivered_at END,
				failure = $5, status_code = $6, answer = $7, attempted_at = clock_timestamp(), claimed_until = NULL,
				next_attempt_at = CASE WHEN $5 = '' THEN next_attempt_at ELSE clock_timestamp() + $4::interval END, version = version + 1
			WHERE organization_id = $1 AND id = $2 AND state = 'pending' AND claimed_until = $3`,
			d.OrganizationID, d.ID, d.ClaimedUntil, pause, failure, status, pgpool.Storable(r.Answer, maxAnswer))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT canonical.webhook_next($1, $2, $3, $4)`, d.OrganizationID, d.WebhookID, d.EntityType, d.EntityKey)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle delivery %d: %w", d.ID, err)
	}
	return nil
}

// Forget deletes at most limit deliveries that were settled, and were made and last attempted longer ago than keep, and returns how many.
func Forget(ctx context.Context, tx pgx.Tx, keep time.Duration, limit int) (int, error) {
	tag, err := tx.Exec(ctx, `DELETE FROM canonical.webhook_deliveries WHERE (organization_id, id) IN (
		SELECT organization_id, id FROM canonical.webhook_deliveries WHERE state IN ('delivered', 'given_up') AND greatest(created_at, attempted_at) < now() - $1::interval LIMIT $2)`, keep, limit)
	if err != nil {
		return 0, fmt.Errorf("forget deliveries: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
