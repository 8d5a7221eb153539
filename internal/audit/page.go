package audit

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Filter says which events of one organization are wanted: those of which everything holds that is not nil.
type Filter struct {
	OrganizationID int64
	// CanonicalType and CanonicalID name the record that the change belongs to; the type alone is ignored.
	CanonicalType *string
	CanonicalID   *int64
	// ActorID is the user who asked for it.
	ActorID *int64
	// Relation is a table, Field one of its columns that an update changed.
	Relation, Field *string
	Action          *Action
	RequestID       *string
	// From and To bound the time: not before From, and before To.
	From, To *time.Time
}

// Query asks for a page of events, the latest first.
type Query struct {
	Filter
	// Size is the most that the page has.
	Size int
	// FromEnd takes the page from the end of the list, the oldest events; its order is the same.
	FromEnd bool
	// After and Before are the positions of the events next to the page; nil is where the list begins and ends.
	After, Before *Position
}

// Position is where an event stands in a list.
type Position struct {
	At time.Time
	ID int64
}

// Position of the event.
func (e *Event) Position() Position { return Position{e.OccurredAt, e.ID} }

// String is the opaque text of the position.
func (p Position) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%d", p.At.UnixMicro(), p.ID))
}

// ParsePosition reads what String wrote.
func ParsePosition(text string) (Position, error) {
	bad := fmt.Errorf("%.50q is no position", text)
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) > 100 {
		return Position{}, bad
	}
	micros, key, _ := strings.Cut(string(decoded), "/")
	at, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return Position{}, bad
	}
	id, err := strconv.ParseInt(key, 10, 64)
	p := Position{At: time.UnixMicro(at).UTC(), ID: id}
	if err != nil || p.At.Year() < 1 || p.At.Year() > 9999 || p.String() != text {
		return Position{}, bad
	}
	return p, nil
}

// Page reads one page, and tells whether the list goes on behind it, in the direction in which it was read. Events that
// have no text yet get it now.
func Page(ctx context.Context, db DB, q Query) (events []Event, more bool, err error) {
	sql, args := q.statement()
	rows, _ := db.Query(ctx, sql, args...)
	var textless []int // indexes of events
	events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Event, err error) {
		var actorID *int64
		var name, email, text, failure *string
		err = row.Scan(&e.ID, &e.OrganizationID, &e.Relation, &e.RowID, &e.Action, &e.CanonicalType, &e.CanonicalID, &e.Changes, &e.Snapshot,
			&e.DatabaseRole, &e.RequestID, &e.Transaction, &e.OccurredAt, &text, &failure, &actorID, &name, &email)
		if actorID != nil {
			e.Actor = &Actor{ID: *actorID, Name: *name, Email: *email}
		}
		if text != nil {
			e.Text = *text
		} else if failure != nil {
			e.Text = e.plain()
		}
		return e, err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read events: %w", err)
	}
	if more = len(events) > q.Size; more {
		events = events[:q.Size]
	}
	if q.FromEnd {
		slices.Reverse(events)
	}
	var untold []Event
	for i := range events {
		if events[i].Text == "" {
			textless, untold = append(textless, i), append(untold, events[i])
		}
	}
	texts, failed, err := tell(ctx, db, untold)
	if err != nil {
		return nil, false, err
	}
	for i, at := range textless {
		if events[at].Text = texts[i]; failed[i] != nil {
			events[at].Text = events[at].plain()
		}
	}
	return events, more, nil
}

// statement is the page's SQL: conditions on columns that one of the table's indexes begins with, in its order.
func (q *Query) statement() (string, []any) {
	args := []any{q.OrganizationID}
	where := "organization_id = $1"
	add := func(condition string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where += " AND " + condition
	}
	if q.CanonicalType != nil && q.CanonicalID != nil {
		add("canonical_type = ? AND canonical_id = ?", *q.CanonicalType, *q.CanonicalID)
	}
	if q.ActorID != nil {
		add("actor_id = ?", *q.ActorID)
	}
	if q.Relation != nil {
		add("relation = ?", *q.Relation)
	}
	if q.Field != nil {
		add("action = 'update' AND fields @> ARRAY[?]", *q.Field)
	}
	if q.Action != nil {
		// Not as a parameter: the index of what was deleted holds nothing else.
		add(map[Action]string{Create: "action = 'create'", Update: "action = 'update'", Delete: "action = 'delete'"}[*q.Action])
	}
	if q.RequestID != nil {
		add("request_id = ? AND request_id <> ''", *q.RequestID)
	}
	if q.From != nil {
		add("occurred_at >= ?", *q.From)
	}
	if q.To != nil {
		add("occurred_at < ?", *q.To)
	}
	if q.After != nil {
		add("(occurred_at, id) < (?, ?)", q.After.At, q.After.ID)
	}
	if q.Before != nil {
		add("(occurred_at, id) > (?, ?)", q.Before.At, q.Before.ID)
	}
	direction := " DESC"
	if q.FromEnd {
		direction = ""
	}
	return fmt.Sprintf(`SELECT event.id, organization_id, relation, row_id, action, canonical_type, canonical_id, changes, snapshot,
			database_role, request_id, transaction, occurred_at, text, text_error, actor.id, actor.name, actor.email
		FROM (SELECT * FROM audit.events WHERE %[1]s ORDER BY occurred_at%[2]s, id%[2]s LIMIT %[3]d) AS event
		LEFT JOIN canonical.users AS actor ON actor.id = event.actor_id
		ORDER BY occurred_at%[2]s, event.id%[2]s`, where, direction, q.Size+1), args
}
