package audit

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// eventColumns are what scanEvent reads, of audit.events AS event and of what eventJoins adds to it.
const eventColumns = `event.id, event.organization_id, event.relation, event.row_id, event.action, event.canonical_type, event.canonical_id,
	event.changes, event.snapshot, event.database_role, event.request_id, event.transaction, event.occurred_at, told.text, told.error,
	actor.id, actor.name, actor.email`

const eventJoins = `
		LEFT JOIN audit.texts AS told ON told.event_id = event.id
		LEFT JOIN canonical.users AS actor ON actor.id = event.actor_id`

// scanEvent scans a row of before and eventColumns. An event without a stored text has none, unless it cannot have one.
func scanEvent(row pgx.CollectableRow, before ...any) (e Event, err error) {
	var actorID *int64
	var name, email, text, failure *string
	err = row.Scan(append(before, &e.ID, &e.OrganizationID, &e.Relation, &e.RowID, &e.Action, &e.CanonicalType, &e.CanonicalID, &e.Changes,
		&e.Snapshot, &e.DatabaseRole, &e.RequestID, &e.Transaction, &e.OccurredAt, &text, &failure, &actorID, &name, &email)...)
	if err != nil {
		return e, err
	}
	if actorID != nil {
		e.Actor = &Actor{ID: *actorID, Name: *name, Email: *email}
	}
	if text != nil {
		e.Text = *text
	} else if failure != nil {
		e.Text = e.fallbackText()
	}
	return e, nil
}

// Tell makes the texts of those events that have none.
func Tell(ctx context.Context, db DB, events []Event) error {
	var untold []Event
	var places []int // in events
	for i := range events {
		if events[i].Text == "" {
			untold, places = append(untold, events[i]), append(places, i)
		}
	}
	texts, failed, err := makeTexts(ctx, db, untold)
	if err != nil {
		return err
	}
	for i, at := range places {
		if events[at].Text = texts[i]; failed[i] != nil {
			events[at].Text = events[at].fallbackText()
		}
	}
	return nil
}
