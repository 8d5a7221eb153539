package notifications

import "daybook/internal/audit"

// Where Behind, Drift, Digests and DueMails look: rows position, of read models, digest, n, and of e-mails.
const (
	behind = `canonical.notification_positions AS position
		JOIN canonical.organizations AS organization ON organization.id = position.organization_id
		WHERE position.told_until < (now() AT TIME ZONE organization.time_zone)::date OR ` + audit.FeedGoesOn
	drifted = `engine.projections WHERE drift_found > 0
		AND drift_found IS DISTINCT FROM (SELECT n.drift_found FROM canonical.drift_notices AS n WHERE n.projection = name)`
	dueDigests = `canonical.notification_digests AS digest
		JOIN canonical.organizations AS organization ON organization.id = digest.organization_id
		CROSS JOIN LATERAL (SELECT canonical.digest_day(digest.at_minute, coalesce(digest.time_zone, organization.time_zone), now()) AS day) AS clock
		WHERE digest.at_minute IS NOT NULL AND digest.sent_on < clock.day`
	freed = `n.state = 'held' AND NOT EXISTS (
		SELECT FROM canonical.notification_digests AS digest
		WHERE (digest.organization_id, digest.user_id) = (n.organization_id, n.user_id) AND digest.at_minute IS NOT NULL)`
	dueMails = `canonical.notifications WHERE state = 'pending' AND next_attempt_at <= clock_timestamp()
		AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())`
)

// Waiting is the SQL condition that Advance or Drift has something to tell, and MailWaiting that Digests has something to make or that
// e-mails are due.
const (
	Waiting     = `EXISTS (SELECT FROM ` + behind + `) OR EXISTS (SELECT FROM ` + drifted + `)`
	MailWaiting = `EXISTS (SELECT FROM ` + dueMails + `) OR EXISTS (SELECT FROM ` + dueDigests + `) OR EXISTS (SELECT FROM canonical.notifications AS n WHERE ` + freed + `)`
)
