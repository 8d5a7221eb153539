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

// Filter selects events of one organization: those that meet every condition which is not nil.
type Filter struct {
	OrganizationID int64
	// CanonicalType and CanonicalID name the record that the change belongs to; either of them alone is ignored.
	CanonicalType *string
	CanonicalID   *int64
	// IDs are those of the events; nil selects any.
	IDs []int64
	// ActorID is the user who made the change.
	ActorID *int64
	// Relation is a table. Field is a column, and selects updates that changed it.
	Relation, Field *string
	Action          *Action
	RequestID       *string
	// From and To bound the time: at or after From, and before To.
	From, To *time.Time
	// Where has conditions on the columns of audit.events.
	Where []Condition
}

// Condition is SQL that is true of the events that it selects. The program writes it, with a ? for each of Args, which callers may
// have given.
type Condition struct {
	SQL  string
	Args []any
}

// Query asks for a page of events, the latest first.
type Query struct {
	Filter
	// Size is the largest number of events on the page.
	Size int
	// FromEnd reads the last events of the list, the oldest, in the same order.
	FromEnd bool
	// After and Before bound the page by positions, exclusively; nil is the start or the end of the list.
	After, Before *Position
}

// Position is the place of an event in a list.
type Position struct {
	At time.Time
	ID int64
}

// Position returns the place of the event in a list.
func (e *Event) Position() Position { return Position{e.OccurredAt, e.ID} }

// String is the opaque text of the position.
func (p Position) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d/%d", p.At.UnixMicro(), p.ID))
}

// ParsePosition reads what String wrote; anything else is an error.
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

// Page reads one page. more says that the list goes on behind it, or before it with FromEnd. The texts that are not
// stored yet are made for the answer.
func Page(ctx context.Context, db DB, q Query) (events []Event, more bool, err error) {
	sql, args := q.statement()
	rows, _ := db.Query(ctx, sql, args...)
	events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) { return scanEvent(row) })
	if err != nil {
		return nil, false, fmt.Errorf("read events: %w", err)
	}
	if more = len(events) > q.Size; more {
		events = events[:q.Size]
	}
	if q.FromEnd {
		slices.Reverse(events)
	}
	return events, more, Tell(ctx, db, events)
}

// ByKey reads the events of an organization that have the ids, in no order.
func ByKey(ctx context.Context, db DB, organization int64, ids []int64) ([]Event, error) {
	events, _, err := Page(ctx, db, Query{Filter: Filter{OrganizationID: organization, IDs: ids}, Size: len(ids)})
	return events, err
}

// statement returns the page's SQL and its arguments. Its conditions and its order are those of the table's indexes.
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
	if q.IDs != nil {
		add("id = ANY (?)", q.IDs)
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
		// As a constant, not a parameter: the index of deletions is partial, on action = 'delete'.
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
	for _, c := range q.Where {
		add("("+c.SQL+")", c.Args...)
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
	return fmt.Sprintf(`SELECT `+eventColumns+`
		FROM (SELECT * FROM audit.events WHERE %[1]s ORDER BY occurred_at%[2]s, id%[2]s LIMIT %[3]d) AS event`+eventJoins+`
		ORDER BY occurred_at%[2]s, event.id%[2]s`, where, direction, q.Size+1), args
}
