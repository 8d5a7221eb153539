package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/internal/pgpool"
)

// An e-mail that a server refuses for the moment, or cannot be given to, is tried for giveUpAfter and at least giveUpAttempts times, which
// are fewer than are made in that time: what has waited for workers longer is tried all the same.
const (
	giveUpAfter    = 3 * 24 * time.Hour
	giveUpAttempts = 15
)

// maxFailure is the largest number of bytes of a failure that is kept.
const maxFailure = 500

// Mail is an e-mail that a worker has claimed.
type Mail struct {
	OrganizationID, ID int64
	// Attempt counts the attempts, this one too.
	Attempt int
	// Name and Address are the user's, Organization is the name of theirs.
	Name, Address, Organization string
	// Title is that of the notification's type, Text what has happened; of a digest its day.
	Title, Text string
	// Items are what a digest has, in the order in which it happened; nil: it is none.
	Items      []string
	OccurredAt time.Time
}

// DueMails reports whether there are e-mails to send now.
func DueMails(ctx context.Context, db *pgxpool.Pool) (due bool, err error) {
	err = db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+dueMails+`)`).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("look for e-mails that are due: %w", err)
	}
	return due, nil
}

// mayReadItem is mayRead for an item of a digest; what is of no record everybody may read who was told of it.
var mayReadItem = `item.canonical_type IS NULL OR ` + mayRead("item", "item")

// ClaimMails returns at most limit e-mails that are due, the oldest first. Nobody else is given them until they are settled, or the
// lease is over. Those to users who are no members any more are settled as revoked, and so are those of records which they may not read
// any more; a digest leaves these out, and is settled so where nothing is left.
func ClaimMails(ctx context.Context, db *pgxpool.Pool, lease time.Duration, limit int) ([]Mail, error) {
	rows, _ := db.Query(ctx, `WITH due AS MATERIALIZED (
			SELECT organization_id, id FROM `+dueMails+`
			ORDER BY next_attempt_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
		), claimed AS (
			UPDATE canonical.notifications AS mail SET claimed_until = clock_timestamp() + $1::interval, attempts = mail.attempts + 1,
				state = CASE WHEN membership.ended_at IS NULL AND CASE
						WHEN n.type = $3 THEN EXISTS (SELECT FROM canonical.notifications AS item
							WHERE (item.organization_id, item.digest_id) = (n.organization_id, n.id) AND (`+mayReadItem+`))
						ELSE n.canonical_type IS NULL OR `+mayRead("n", "n")+` END
					THEN 'pending' ELSE 'revoked' END
			FROM due JOIN canonical.notifications AS n USING (organization_id, id)
			JOIN canonical.memberships AS membership ON (membership.organization_id, membership.user_id) = (n.organization_id, n.user_id)
			WHERE (mail.organization_id, mail.id) = (due.organization_id, due.id)
			RETURNING mail.organization_id, mail.id, mail.attempts, mail.user_id, mail.type, mail.text, mail.occurred_at, mail.state)
		SELECT claimed.organization_id, claimed.id, claimed.attempts, u.name, u.email, organization.name, CASE claimed.type WHEN $3 THEN 'What came up' ELSE coalesce(kind.title, claimed.type) END, claimed.text, claimed.occurred_at, (
			SELECT array_agg(item.text ORDER BY item.occurred_at, item.id) FROM canonical.notifications AS item
			WHERE (item.organization_id, item.digest_id) = (claimed.organization_id, claimed.id) AND (`+mayReadItem+`))
		FROM claimed JOIN canonical.users AS u ON u.id = claimed.user_id JOIN canonical.organizations AS organization ON organization.id = claimed.organization_id
		LEFT JOIN canonical.notification_types AS kind ON kind.code = claimed.type
		WHERE claimed.state = 'pending' ORDER BY claimed.id`, lease, limit, digest)
	claimed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Mail, err error) {
		return m, row.Scan(&m.OrganizationID, &m.ID, &m.Attempt, &m.Name, &m.Address, &m.Organization, &m.Title, &m.Text, &m.OccurredAt, &m.Items)
	})
	if err != nil {
		return nil, fmt.Errorf("claim e-mails: %w", err)
	}
	return claimed, nil
}

// SettleMail notes how an attempt has ended: failure is empty where the server has taken the mail. Otherwise it is tried again after pause,
// but where forGood says that this is of no use, or after three days.
func SettleMail(ctx context.Context, db *pgxpool.Pool, m *Mail, failure string, forGood bool, pause time.Duration) error {
	_, err := db.Exec(ctx, `UPDATE canonical.notifications SET failure = $4, claimed_until = NULL, next_attempt_at = clock_timestamp() + $6::interval,
			state = CASE WHEN $4 = '' THEN 'sent' WHEN $5 OR created_at < clock_timestamp() - $7::interval AND attempts >= $8 THEN 'failed' ELSE 'pending' END
		WHERE organization_id = $1 AND id = $2 AND attempts = $3 AND state = 'pending'`, m.OrganizationID, m.ID, m.Attempt, pgpool.Storable(failure, maxFailure), forGood, pause, giveUpAfter, giveUpAttempts)
	if err != nil {
		return fmt.Errorf("settle e-mail %d: %w", m.ID, err)
	}
	return nil
}
