package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// NotificationDigestSet sets at which time of each day the actor's e-mails come together, or that each goes by itself, and returns the
// user's key. There is one digest a day at most, whatever is set meanwhile.
func (s *Store) NotificationDigestSet(ctx context.Context, actor Actor, in model.NotificationDigestSetInput) (int64, error) {
	return s.transact(ctx, actor, anyRole, func(u *unitOfWork) (int64, error) {
		at, zone := in.At.Value(), in.TimeZone.Value()
		if zone != nil {
			u.checkText("timeZone", zone, maxLine)
			if err := u.err(); err != nil {
				return 0, err
			}
			if err := u.checkTimeZone(ctx, "timeZone", *zone); err != nil {
				return 0, err
			}
		}
		if err := u.err(); err != nil {
			return 0, err
		}
		// The first digest is that of the next time that the clock shows it. Without a time only days of which no minute is to come are
		// over, or the time that is set next would wait for another day.
		_, err := u.Exec(ctx, `
			INSERT INTO canonical.notification_digests AS digest (organization_id, user_id, at_minute, time_zone, sent_on)
			SELECT id, $2, $3::smallint, $4::text, canonical.digest_day(coalesce($3::smallint, 1439), coalesce($4::text, time_zone), now()) FROM canonical.organizations WHERE id = $1
			ON CONFLICT (organization_id, user_id) DO UPDATE SET at_minute = excluded.at_minute, time_zone = excluded.time_zone,
				sent_on = greatest(digest.sent_on, excluded.sent_on)`,
			u.actor.OrganizationID, u.actor.UserID, at, zone)
		if err != nil {
			return 0, fmt.Errorf("save when e-mails come: %w", err)
		}
		return u.actor.UserID, nil
	})
}

// NotificationDigest reads when the e-mails to a member of an organization come.
func NotificationDigest(ctx context.Context, db Reader, organizationID, userID int64) (*model.NotificationDigest, error) {
	rows, _ := db.Query(ctx, `SELECT digest.at_minute, coalesce(digest.time_zone, organization.time_zone)
		FROM canonical.organizations AS organization
		LEFT JOIN canonical.notification_digests AS digest ON (digest.organization_id, digest.user_id) = (organization.id, $2)
		WHERE organization.id = $1`, organizationID, userID)
	digest, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (d model.NotificationDigest, err error) {
		var minute *int
		if err = row.Scan(&minute, &d.TimeZone); minute != nil {
			d.At = &model.LocalTime{Minute: *minute}
		}
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("read when e-mails come: %w", err)
	}
	return &digest, nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"notification_digests_at_minute_range": {Path: "at", Code: invalid, Message: "is not a time of day"},
		"notification_digests_time_zone":       {Path: "timeZone", Code: invalid, Message: "must be UTC or an IANA name such as Australia/Adelaide"},
		"notification_digests_membership_fkey": {Path: "", Code: forbidden, Message: "you are no member of the organization"},
	})
}
