package notifications

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/audit"
)

// part is the largest number of events that are read in one transaction.
const part = 500

// Behind returns the organizations of which the feed may have events that were not read, or whose day has begun.
func Behind(ctx context.Context, db *pgxpool.Pool) ([]int64, error) {
	rows, _ := db.Query(ctx, `SELECT position.organization_id FROM `+behind+` ORDER BY 1`)
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look for organizations to notify: %w", err)
	}
	return found, nil
}

// occasions are the events that users are to be told of, and the type of each one's notifications.
type occasions struct {
	events []audit.Event
	types  []string
}

// Advance reads the next part of an organization's feed, and what its calendar brings, and tells those who must be told. It says
// how many events it read and whether there is more of the feed now. Without mail, nobody is told by e-mail. Events that were deleted before they could be
// read tell nobody.
func Advance(ctx context.Context, db *pgxpool.Pool, logger *slog.Logger, organizationID int64, mail bool) (read int, more bool, err error) {
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		var at audit.FeedPosition
		var until, today time.Time
		err := tx.QueryRow(ctx, `SELECT epoch, transaction, event_id, told_until, (now() AT TIME ZONE organization.time_zone)::date
			FROM canonical.notification_positions AS position JOIN canonical.organizations AS organization ON organization.id = position.organization_id
			WHERE position.organization_id = $1 FOR NO KEY UPDATE OF position`, organizationID).Scan(&at.Epoch, &at.Transaction, &at.ID, &until, &today)
		if err != nil {
			return err
		}
		found, lost, err := audit.FeedKept(ctx, tx, audit.FeedQuery{OrganizationID: organizationID, CanonicalTypes: canonicalTypes, Relations: relations, After: &at, Size: part, Untold: true})
		if err != nil {
			return err
		}
		if lost {
			logger.WarnContext(ctx, "events were deleted before anybody was notified of them", "organization", organizationID)
		}
		read, more = len(found.Events), found.More
		told, changed, err := find(found.Events)
		if err != nil {
			return err
		}
		if err := tell(ctx, tx, organizationID, told, mail); err != nil {
			return err
		}
		begun := until.Before(today)
		if begun || changed.mayBeDue() {
			if err := tellDue(ctx, tx, organizationID, until, today, changed, mail); err != nil {
				return err
			}
		}
		if len(changed.closes) > 0 {
			if err := tellCloses(ctx, tx, organizationID, changed.closes, mail); err != nil {
				return err
			}
		}
		end := found.End
		if !lost && !begun && end == at { // an open transaction holds the feed back
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE canonical.notification_positions SET epoch = $2, transaction = $3, event_id = $4, told_until = greatest(told_until, $5)
			WHERE organization_id = $1`, organizationID, end.Epoch, end.Transaction, end.ID, today)
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("notify organization %d: %w", organizationID, err)
	}
	return read, more, nil
}

// changed are records of which users may have to be told by what they are now: documents that may have become due, payments and credit
// notes that settle none any more, and day closes.
type changed struct{ documents, voidPayments, voidCredits, closes []int64 }

// mayBeDue reports whether documents may have become due.
func (c *changed) mayBeDue() bool {
	return len(c.documents)+len(c.voidPayments)+len(c.voidCredits) > 0
}

// find returns what users are to be told of, and what else they may have to be told of.
func find(events []audit.Event) (told occasions, others changed, err error) {
	for i := range events {
		e := &events[i]
		typ, err := typeOf(e, &others)
		if err != nil {
			return told, others, err
		}
		if typ != "" {
			told.events, told.types = append(told.events, *e), append(told.types, typ)
		}
	}
	return told, others, nil
}

// stateOf is the state of a new notification of the row told, an organization, user and way: an e-mail waits for the user's digest, if there is one.
const stateOf = `CASE WHEN told.way = 'in_app' THEN 'shown' WHEN EXISTS (
			SELECT FROM canonical.notification_digests AS digest
			WHERE (digest.organization_id, digest.user_id) = (told.organization_id, told.user_id) AND digest.at_minute IS NOT NULL) THEN 'held' ELSE 'pending' END`

// mayRead is the condition that a row's organization_id and user_id are of a member who may read a record, the canonical_type and
// canonical_id of another row: of their stores, where they are bound to some, and not a shift, where they are an accountant.
func mayRead(member, record string) string {
	return strings.NewReplacer("member.", member+".", "record.", record+".").Replace(`(
		NOT EXISTS (SELECT FROM canonical.membership_stores AS bound WHERE (bound.organization_id, bound.user_id) = (member.organization_id, member.user_id))
			OR EXISTS (SELECT FROM canonical.membership_stores AS bound WHERE (bound.organization_id, bound.user_id, bound.store_id)
				= (member.organization_id, member.user_id, canonical.store_of(member.organization_id, record.canonical_type, record.canonical_id))))
		AND NOT (record.canonical_type IS NOT DISTINCT FROM 'Shift' AND EXISTS (SELECT FROM canonical.memberships AS accountant
			WHERE (accountant.organization_id, accountant.user_id, accountant.role) = (member.organization_id, member.user_id, 'accountant')))`)
}

// listeners is the FROM item of who must be told of which type of notification now, and in which way. What happens in channels is told to
// the members of any live one, once to who is in several; bound is what an amount must pass. $1 is the organization, $2 whether by e-mail too.
const listeners = `(
		SELECT DISTINCT setting.organization_id, setting.type, setting.user_id, lower(way) AS way, CASE setting.type
				WHEN 'till_difference' THEN coalesce(channel.till_difference_above, organization.till_difference_above)
				WHEN 'takings_low' THEN coalesce(channel.takings_below, organization.takings_below) END AS bound
		FROM source.notification_settings AS setting CROSS JOIN unnest(setting.delivery) AS way
		JOIN canonical.organizations AS organization ON organization.id = setting.organization_id
		LEFT JOIN canonical.channels AS channel ON (channel.organization_id, channel.id) = (setting.organization_id, setting.channel_id)
		WHERE setting.organization_id = $1 AND (setting.scope = 'CHANNEL') = (setting.channel_id <> 0)
			AND (way = 'IN_APP' OR way = 'EMAIL' AND $2))`

// thenTell closes the table expression occasion of a statement, and saves a notification for each of its rows, and each user and way
// that must be told of its type now, and may read the record; of what has an amount, in minor units of the base currency, if it
// passes their bound. Its arguments are those of listeners.
var thenTell = `) INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, canonical_type, canonical_id, occurred_at, state)
	SELECT $1, told.user_id, told.way, occasion.name, occasion.type, occasion.text, occasion.canonical_type, occasion.canonical_id, occasion.occurred_at,
		` + stateOf + `
	FROM occasion JOIN ` + listeners + ` AS told ON told.type = occasion.type
		AND CASE occasion.type WHEN 'till_difference' THEN occasion.amount > told.bound WHEN 'takings_low' THEN occasion.amount < told.bound ELSE true END
	WHERE ` + mayRead("told", "occasion") + `
	ORDER BY occasion.place, told.user_id, told.way
	ON CONFLICT ON CONSTRAINT notifications_key DO NOTHING`

// heard returns the occasions of types that anybody must be told of: to say what happened costs more than to ask.
func (o occasions) heard(ctx context.Context, tx pgx.Tx, organizationID int64, mail bool) (heard occasions, err error) {
	if len(o.events) == 0 {
		return heard, nil
	}
	rows, _ := tx.Query(ctx, `SELECT DISTINCT told.type FROM `+listeners+` AS told WHERE told.type = ANY ($3)`, organizationID, mail, o.types)
	types, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return heard, fmt.Errorf("look for who listens: %w", err)
	}
	for i, typ := range o.types {
		if slices.Contains(types, typ) {
			heard.events, heard.types = append(heard.events, o.events[i]), append(heard.types, typ)
		}
	}
	return heard, nil
}

// tell saves the notifications of what events are occasions for.
func tell(ctx context.Context, tx pgx.Tx, organizationID int64, o occasions, mail bool) error {
	o, err := o.heard(ctx, tx, organizationID, mail)
	if err != nil || len(o.events) == 0 {
		return err
	}
	if err := audit.Tell(ctx, tx, o.events); err != nil {
		return err
	}
	var (
		names, texts []string
		entityTypes  []*string
		entityKeys   []*int64
		times        []time.Time
	)
	for _, e := range o.events {
		names, texts, times = append(names, fmt.Sprintf("event %d", e.ID)), append(texts, e.Text), append(times, e.OccurredAt)
		entityTypes, entityKeys = append(entityTypes, e.CanonicalType), append(entityKeys, e.CanonicalID)
	}
	_, err = tx.Exec(ctx, `WITH occasion AS MATERIALIZED (
			SELECT *, NULL::bigint AS amount FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[])
			WITH ORDINALITY AS o (name, type, text, canonical_type, canonical_id, occurred_at, place)`+thenTell,
		organizationID, mail, names, o.types, texts, entityTypes, entityKeys, times)
	if err != nil {
		return fmt.Errorf("save notifications: %w", err)
	}
	return nil
}

// tellDue tells of bills that fall due and invoices that are overdue: those whose day lies between until and today, and those of
// the documents that have changed since, and of those that are settled less, whose day is past. What is paid by now is not told.
func tellDue(ctx context.Context, tx pgx.Tx, organizationID int64, until, today time.Time, since changed, mail bool) error {
	_, err := tx.Exec(ctx, `WITH since AS MATERIALIZED (
			SELECT id FROM unnest($5::bigint[]) AS id
			UNION SELECT document_id FROM canonical.payment_allocations WHERE organization_id = $1 AND payment_id = ANY ($6)
			UNION SELECT document_id FROM canonical.credit_allocations WHERE organization_id = $1 AND credit_note_id = ANY ($7)),
		occasion AS MATERIALIZED (
			SELECT format('%s %s:%s %s', kind.type, canonical.document_type(document.kind), document.id, to_char(document.due_on, 'YYYY-MM-DD')) AS name, kind.type,
				format(kind.text, document.number, document.party_name, to_char(document.due_on, 'YYYY-MM-DD')) AS text,
				canonical.document_type(document.kind) AS canonical_type, document.id AS canonical_id, now() AS occurred_at, document.id AS place, NULL::bigint AS amount
			FROM canonical.documents AS document
			JOIN canonical.document_amounts AS amount ON (amount.organization_id, amount.document_id) = (document.organization_id, document.id)
			-- A bill is told of on its day, an invoice on the day after.
			JOIN (VALUES ('bill', 'bill_due', 'Bill %s of %s falls due on %s', 0), ('invoice', 'invoice_overdue', 'Invoice %s for %s is overdue since %s', 1))
				AS kind (kind, type, text, days) ON kind.kind = document.kind
			WHERE document.organization_id = $1 AND document.state = 'approved' AND document.kind IN ('invoice', 'bill') AND amount.due > 0
				AND document.due_on <= $4::date - kind.days AND (document.due_on > $3::date - kind.days OR document.id IN (SELECT id FROM since))`+thenTell,
		organizationID, mail, until, today, since.documents, since.voidPayments, since.voidCredits)
	if err != nil {
		return fmt.Errorf("save notifications of what is due: %w", err)
	}
	return nil
}

// Drift tells operators of read models in which more differences from their definitions were found than they were told of. Each
// operator is told in one organization of theirs.
func Drift(ctx context.Context, db *pgxpool.Pool, mail bool) error {
	_, err := db.Exec(ctx, `WITH found AS MATERIALIZED (
			INSERT INTO canonical.drift_notices AS known (projection, drift_found)
			SELECT name, drift_found FROM `+drifted+`
			ON CONFLICT (projection) DO UPDATE SET drift_found = excluded.drift_found WHERE known.drift_found <> excluded.drift_found
			RETURNING projection, drift_found)
		INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, occurred_at, state)
		SELECT told.organization_id, told.user_id, told.way, format('%s %s %s', told.type, found.projection, found.drift_found), told.type,
			format('Read model %s differed from its definition: %s rows so far. They were mended.', found.projection, found.drift_found), now(),
			`+stateOf+`
		FROM found CROSS JOIN (
			SELECT setting.organization_id, setting.user_id, setting.type, lower(way) AS way FROM (
				SELECT membership.user_id, min(membership.organization_id) AS organization_id FROM canonical.memberships AS membership
				JOIN canonical.users AS u ON u.id = membership.user_id WHERE u.is_operator AND membership.ended_at IS NULL GROUP BY membership.user_id) AS operator
			JOIN source.notification_settings AS setting ON (setting.organization_id, setting.user_id) = (operator.organization_id, operator.user_id)
				AND setting.channel_id = 0 AND setting.type = $2
			CROSS JOIN unnest(setting.delivery) AS way
			WHERE way = 'IN_APP' OR way = 'EMAIL' AND $1) AS told
		ON CONFLICT ON CONSTRAINT notifications_key DO NOTHING`, mail, projectionDrift)
	if err != nil {
		return fmt.Errorf("notify operators of drift: %w", err)
	}
	return nil
}
