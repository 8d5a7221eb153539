package webhooks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/audit"
)

// part is the largest number of events that an endpoint takes in one transaction.
const part = 500

// behind is where Behind looks, and due where Due does, in the rows webhook.
const (
	behind = `canonical.live_webhooks AS webhook JOIN canonical.webhook_positions AS position USING (organization_id, webhook_id)
		WHERE ` + audit.FeedGoesOn
	due = `canonical.live_webhooks AS webhook
		WHERE EXISTS (SELECT FROM canonical.webhook_deliveries AS delivery
			WHERE (delivery.organization_id, delivery.webhook_id) = (webhook.organization_id, webhook.webhook_id) AND delivery.state = 'pending'
				AND delivery.next_attempt_at <= clock_timestamp() AND (delivery.claimed_until IS NULL OR delivery.claimed_until <= clock_timestamp()))`
)

// Waiting is the SQL condition that Behind or Due returns an endpoint.
const Waiting = `EXISTS (SELECT FROM ` + behind + `) OR EXISTS (SELECT FROM ` + due + `)`

// Behind returns the endpoints of which the feed may have events that they have not taken.
func Behind(ctx context.Context, db *pgxpool.Pool) ([]Endpoint, error) {
	rows, _ := db.Query(ctx, `SELECT webhook.organization_id, webhook.webhook_id FROM `+behind+` ORDER BY 1, 2`)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Endpoint])
	if err != nil {
		return nil, fmt.Errorf("look for webhooks that are behind: %w", err)
	}
	return found, nil
}

// position is where an endpoint stands, and what it takes.
type position struct {
	audit.FeedPosition
	types, actions []string
}

// lockPosition keeps other transactions from adding, claiming and settling deliveries of a live endpoint; pgx.ErrNoRows if it
// is none.
func lockPosition(ctx context.Context, tx pgx.Tx, e Endpoint) (p position, err error) {
	err = tx.QueryRow(ctx, `SELECT epoch, transaction, event_id FROM canonical.webhook_positions
		WHERE organization_id = $1 AND webhook_id = $2 FOR NO KEY UPDATE`, e.OrganizationID, e.WebhookID).Scan(&p.Epoch, &p.Transaction, &p.ID)
	if err == nil { // in a statement of its own: what it sees is no older than the lock
		err = tx.QueryRow(ctx, `SELECT types, actions FROM canonical.live_webhooks WHERE organization_id = $1 AND webhook_id = $2`,
			e.OrganizationID, e.WebhookID).Scan(&p.types, &p.actions)
	}
	return p, err
}

// Advance has an endpoint take the next part of the feed, and says how many events it took and whether there is more now. Each event that it takes
// becomes a delivery in the transaction that moves its position. Where events were deleted before it could take them, it goes on
// with the oldest that is kept, and the position says so.
func Advance(ctx context.Context, db *pgxpool.Pool, e Endpoint) (taken int, more bool, err error) {
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		at, err := lockPosition(ctx, tx, e)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found, lost, err := audit.FeedKept(ctx, tx, audit.FeedQuery{OrganizationID: e.OrganizationID, CanonicalTypes: at.types, After: &at.FeedPosition, Size: part})
		if err != nil {
			return err
		}
		taken, more = len(found.Events), found.More
		// Of two transactions that change one record, the one that began to write first may have changed it last.
		slices.SortFunc(found.Events, func(a, b audit.Event) int { return cmp.Compare(a.ID, b.ID) })
		if err := save(ctx, tx, e, at.actions, found.Events); err != nil {
			return err
		}
		end := found.End
		if !lost && end == at.FeedPosition { // an open transaction holds the feed back
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE canonical.webhook_positions SET epoch = $3, transaction = $4, event_id = $5,
				events_lost_at = CASE WHEN $6 THEN clock_timestamp() ELSE events_lost_at END
			WHERE organization_id = $1 AND webhook_id = $2`, e.OrganizationID, e.WebhookID, end.Epoch, end.Transaction, end.ID, lost)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("advance webhook %d: %w", e.WebhookID, err)
	}
	return taken, more, nil
}

// save saves a delivery for each of the events with one of the actions; all without any. An event that follows an unsettled
// one of its record waits.
func save(ctx context.Context, tx pgx.Tx, e Endpoint, actions []string, events []audit.Event) error {
	batch := &pgx.Batch{}
	for i := range events {
		event := &events[i]
		if len(actions) > 0 && !slices.Contains(actions, string(event.Action)) {
			continue
		}
		batch.Queue(`INSERT INTO canonical.webhook_deliveries (organization_id, webhook_id, event_id, occurred_at, canonical_type, canonical_id,
				action, relation, event_text, fields, state, next_attempt_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, event.fields,
				CASE WHEN EXISTS (SELECT FROM canonical.webhook_deliveries AS d
					WHERE (d.organization_id, d.webhook_id, d.canonical_type, d.canonical_id) = ($1, $2, $5, $6) AND d.state IN ('waiting', 'pending'))
				THEN 'waiting' ELSE 'pending' END, clock_timestamp()
			FROM audit.events AS event WHERE event.id = $3`,
			e.OrganizationID, e.WebhookID, event.ID, event.OccurredAt, event.CanonicalType, event.CanonicalID, string(event.Action), event.Relation, event.Text)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	return nil
}
