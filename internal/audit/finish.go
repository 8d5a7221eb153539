package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Batch is the largest number of events that one call of Finish or Forget processes.
const Batch = 1000

// Textless is the SQL condition that there are events without a text for Finish, read from the end where it takes them.
const Textless = `(SELECT true FROM audit.textless ORDER BY event_id LIMIT 1) IS NOT NULL`

// Finished is the result of Finish.
type Finished struct {
	// Taken is the number of events processed; if it is Batch, there may be more.
	Taken int
	// Failed is the number of those whose text could not be made; their error was stored.
	Failed int
}

// Finish makes and stores the texts of the oldest events without one, at most Batch of them, in the caller's
// transaction. Calls may run at once: each takes other events. If a transaction rolls back, a later call takes them.
func Finish(ctx context.Context, tx pgx.Tx) (Finished, error) {
	rows, _ := tx.Query(ctx, `WITH taken AS (
			DELETE FROM audit.textless WHERE ctid = ANY (ARRAY(SELECT ctid FROM audit.textless ORDER BY event_id LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING event_id)
		SELECT event.id, event.organization_id, event.relation, event.row_id, event.action, event.canonical_type, event.canonical_id, event.changes, event.snapshot
		FROM taken CROSS JOIN LATERAL (SELECT * FROM audit.events WHERE id = taken.event_id OFFSET 0) AS event ORDER BY event.id`, Batch)
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Event, err error) {
		err = row.Scan(&e.ID, &e.OrganizationID, &e.Relation, &e.RowID, &e.Action, &e.CanonicalType, &e.CanonicalID, &e.Changes, &e.Snapshot)
		return e, err
	})
	if err != nil {
		return Finished{}, fmt.Errorf("take events without text: %w", err)
	}
	done := Finished{Taken: len(events)}
	if done.Taken == 0 {
		return done, nil
	}
	texts, failed, err := makeTexts(ctx, tx, events)
	if err != nil {
		return Finished{}, err
	}
	ids, stored, mistakes := make([]int64, len(events)), make([]*string, len(events)), make([]*string, len(events))
	for i := range events {
		ids[i] = events[i].ID
		if failed[i] == nil {
			stored[i] = &texts[i]
			continue
		}
		mistakes[i] = new(oneLine(failed[i].Error()))
		done.Failed++
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit.texts (event_id, text, error) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
		ON CONFLICT (event_id) DO NOTHING`, ids, stored, mistakes)
	if err != nil {
		return Finished{}, fmt.Errorf("store the texts of events: %w", err)
	}
	return done, nil
}

// Forget deletes the oldest events of more than the given age, at most Batch of them, and returns their number. If it is
// less than Batch, no more are due.
func Forget(ctx context.Context, tx pgx.Tx, age time.Duration) (forgotten int, err error) {
	if err := tx.QueryRow(ctx, `SELECT audit.forget(now() - $1::interval, $2)`, age, Batch).Scan(&forgotten); err != nil {
		return 0, fmt.Errorf("forget events older than %v: %w", age, err)
	}
	return forgotten, nil
}
