package notifications

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// digest is the type of an e-mail that has others in it.
const digest = "digest"

// Digests makes the digests of the users whose time of the day has come, each with all e-mails that are held for it, as e-mails that are
// due, and lets those go by themselves that no digest will have. Every e-mail goes one of both ways. A day without anything has no
// digest, and after days without workers there is one.
func Digests(ctx context.Context, db *pgxpool.Pool) error {
	_, err := db.Exec(ctx, `WITH due AS MATERIALIZED (
			SELECT digest.organization_id, digest.user_id, clock.day FROM `+dueDigests+` FOR NO KEY UPDATE OF digest SKIP LOCKED),
		noted AS (
			UPDATE canonical.notification_digests AS digest SET sent_on = due.day
			FROM due WHERE (digest.organization_id, digest.user_id) = (due.organization_id, due.user_id)),
		held AS MATERIALIZED (
			SELECT n.organization_id, n.id, n.user_id, due.day FROM due
			JOIN canonical.notifications AS n ON (n.organization_id, n.user_id) = (due.organization_id, due.user_id)
			WHERE n.state = 'held' FOR NO KEY UPDATE OF n SKIP LOCKED),
		made AS (
			INSERT INTO canonical.notifications (organization_id, user_id, way, occasion, type, text, occurred_at, state)
			SELECT organization_id, user_id, 'email', format('%s %s', $1::text, to_char(day, 'YYYY-MM-DD')), $1, to_char(day, 'FMDD FMMonth YYYY'), now(), 'pending'
			FROM held GROUP BY organization_id, user_id, day
			RETURNING organization_id, id, user_id)
		UPDATE canonical.notifications AS n SET state = 'digested', digest_id = made.id
		FROM held JOIN made ON (made.organization_id, made.user_id) = (held.organization_id, held.user_id)
		WHERE (n.organization_id, n.id) = (held.organization_id, held.id)`, digest)
	_, alone := db.Exec(ctx, `UPDATE canonical.notifications AS n SET state = 'pending', next_attempt_at = now()
		WHERE `+freed)
	if err := errors.Join(err, alone); err != nil {
		return fmt.Errorf("make digests: %w", err)
	}
	return nil
}
