package audit

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrForgotten is the error of a feed that is to go on from a place behind which events were deleted since.
var ErrForgotten = errors.New("events behind this place of the feed were deleted")

// FeedQuery asks for a part of the feed: the events of an organization in an order in which none ever appears in front of
// an event that was read, so that who goes on from where the last part ended misses none and has none twice.
//
// The order is that of transactions, by their number. A part has those only that are below all transactions which had not
// ended when it was read: a transaction that is open for long holds back what others commit meanwhile.
type FeedQuery struct {
	OrganizationID int64
	// CanonicalTypes are the types of the records that the changes belong to; all without any.
	CanonicalTypes []string
	// Relations are the tables whose rows changed; all without any.
	Relations []string
	// CanonicalType and CanonicalID name the one record that the changes belong to; either of them alone is ignored.
	CanonicalType *string
	CanonicalID   *int64
	// After is where to go on; nil is the oldest event that there is.
	After *FeedPosition
	// Size is the largest number of events; 0 asks only whether there are more.
	Size int
	// Untold leaves texts empty that are not stored yet. Tell makes them.
	Untold bool
}

// FeedPosition is a place in the feed: before all events whose epoch, transaction and number are higher, and behind the others.
type FeedPosition struct {
	Epoch       int16
	Transaction uint64
	ID          int64
}

// Compare returns -1, 0 or 1: whether the place is before, at or behind another one.
func (p FeedPosition) Compare(q FeedPosition) int {
	return cmp.Or(cmp.Compare(p.Epoch, q.Epoch), cmp.Compare(p.Transaction, q.Transaction), cmp.Compare(p.ID, q.ID))
}

// Cursor is the opaque text of the position in the feed of an organization.
func (p FeedPosition) Cursor(organization int64) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "changes/%d/%d/%d/%d", organization, p.Epoch, p.Transaction, p.ID))
}

// ParseFeedCursor reads what Cursor wrote, and returns the organization too: all feeds are parts of one, so what another has read says
// nothing of what this one has. Anything else is an error.
func ParseFeedCursor(text string) (p FeedPosition, organization int64, err error) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil && len(text) <= 120 {
		_, err = fmt.Sscanf(string(decoded), "changes/%d/%d/%d/%d", &organization, &p.Epoch, &p.Transaction, &p.ID)
	}
	if err != nil || p.Cursor(organization) != text {
		return FeedPosition{}, 0, fmt.Errorf("%.50q is no cursor of the feed", text)
	}
	return p, organization, nil
}

// FeedPart is a part of the feed.
type FeedPart struct {
	Events []Event
	// End is where the next part begins. Without More it is behind everything that was read or passed over, so it goes on
	// though Events is empty.
	End FeedPosition
	// More says that there are events behind End already.
	More bool
	// Held says that events of the organization wait for transactions which have not ended. Nobody is told when they do.
	Held bool
}

// Feed reads a part of the feed; ErrForgotten if events behind q.After were deleted. Texts that are not stored yet are made
// for the answer, unless it is q.Untold.
func Feed(ctx context.Context, db DB, q FeedQuery) (part FeedPart, err error) {
	sql, args := q.statement()
	rows, _ := db.Query(ctx, sql, args...)
	var (
		last      FeedPosition // of the events
		forgotten bool
		key       *int64 // null where there are no events
		rest      [17]any
	)
	if q.After != nil {
		last = *q.After
	}
	for rows.Next() {
		ends := []any{&part.End.Epoch, &part.End.Transaction, &part.Held, &forgotten}
		if err = rows.Scan(append(append(ends, nil, &key), rest[:]...)...); err != nil {
			break
		}
		if key == nil {
			continue
		}
		if len(part.Events) == q.Size {
			part.More = true
			break
		}
		var e Event
		if e, err = scanEvent(rows, nil, nil, nil, nil, &last.Epoch); err != nil {
			break
		}
		last.Transaction, last.ID = e.Transaction, e.ID
		part.Events = append(part.Events, e)
	}
	rows.Close()
	if err = cmp.Or(err, rows.Err()); err != nil {
		return FeedPart{}, fmt.Errorf("read the feed: %w", err)
	}
	if forgotten {
		return FeedPart{}, ErrForgotten
	}
	if part.More {
		part.End = last
	}
	if q.Untold {
		return part, nil
	}
	return part, Tell(ctx, db, part.Events)
}

// FeedKept is Feed, but where events behind q.After were deleted, lost is true and the part begins with the oldest that is kept.
func FeedKept(ctx context.Context, db DB, q FeedQuery) (part FeedPart, lost bool, err error) {
	part, err = Feed(ctx, db, q)
	if lost = errors.Is(err, ErrForgotten); lost {
		q.After = nil
		part, err = Feed(ctx, db, q)
	}
	return part, lost, err
}

// FeedEnd returns where the feed of every organization ends now.
func FeedEnd(ctx context.Context, db DB) (end FeedPosition, err error) {
	part, err := Feed(ctx, db, FeedQuery{})
	return part.End, err
}

// FeedGoesOn is the SQL condition that an organization has events behind a FROM item named position, with the columns organization_id,
// epoch, transaction and event_id. Feed may hold them back as yet. It looks at the organization's last event: whether any is later would
// be planned as a look through all events, since many might be.
const FeedGoesOn = `(SELECT (event.epoch, event.transaction, event.id) > (position.epoch, position.transaction, position.event_id)
	FROM audit.events AS event WHERE event.organization_id = position.organization_id
	ORDER BY event.epoch DESC, event.transaction DESC, event.id DESC LIMIT 1)`

// statement returns the SQL of the part and its arguments. Each row has where the feed ends, whether events wait, and
// whether some were deleted; then the epoch of an event and the event; a single row without an event where there is none.
func (q *FeedQuery) statement() (string, []any) {
	args := []any{q.OrganizationID}
	number := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("$%d", len(args))
	}
	where, forgotten := "organization_id = $1", "false"
	if q.After != nil {
		place := fmt.Sprintf("(%s::smallint, %s::xid8, %s::bigint)", number(q.After.Epoch), number(q.After.Transaction), number(q.After.ID))
		where += " AND (epoch, transaction, id) > " + place
		forgotten = "EXISTS (SELECT FROM audit.forgotten AS f WHERE f.organization_id = $1 AND (f.epoch, f.transaction, f.id) > " + place + ")"
	}
	switch len(q.CanonicalTypes) {
	case 0:
	case 1:
		where += " AND canonical_type = " + number(q.CanonicalTypes[0])
	default:
		// Not a condition on the index: with one of several values the index does not give its order, and all that is left of the
		// feed would be read and sorted for each part.
		where += " AND (canonical_type = ANY (" + number(q.CanonicalTypes) + ")) IS TRUE"
	}
	if len(q.Relations) > 0 {
		where += " AND relation = ANY (" + number(q.Relations) + ")"
	}
	if q.CanonicalType != nil && q.CanonicalID != nil {
		where += " AND canonical_type = " + number(*q.CanonicalType) + " AND canonical_id = " + number(*q.CanonicalID)
	}
	return fmt.Sprintf(`WITH open AS MATERIALIZED (SELECT feed.epoch, pg_snapshot_xmin(pg_current_snapshot()) AS transaction FROM audit.feed)
		SELECT open.epoch, open.transaction, (SELECT true FROM audit.events AS held
			WHERE held.organization_id = $1 AND (held.epoch, held.transaction) >= (open.epoch, open.transaction)
			ORDER BY held.epoch, held.transaction, held.id LIMIT 1) IS NOT NULL, %s, event.epoch, %s
		FROM open
		LEFT JOIN (SELECT * FROM audit.events WHERE %s AND (epoch, transaction) < ((SELECT epoch FROM open), (SELECT transaction FROM open))
			ORDER BY epoch, transaction, id LIMIT %d) AS event ON true`+eventJoins+`
		ORDER BY event.epoch, event.transaction, event.id`, forgotten, eventColumns, where, q.Size+1), args
}
