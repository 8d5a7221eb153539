-- How each member is notified of each type, in the organization and in each of their channels: the delivery that the
-- preferences and defaults come to. It is read far more often than a preference changes, and most rows follow from constants.
-- Hence a materialized view, refreshed as a whole some seconds after a change; an exact read computes what changed meanwhile.

-- +goose Up
CREATE VIEW source.notification_settings AS
SELECT place.organization_id, place.channel_or_none AS channel_id, place.user_id, kind.code AS type,
       place.canonical_type, place.canonical_id, kind.title, upper(kind.scope) AS scope,
       canonical.delivery_ways(COALESCE(in_channel.delivery, channel_mute.delivery, in_organization.delivery, organization_mute.delivery, kind.default_delivery)) AS delivery,
       CASE WHEN in_channel.id IS NOT NULL THEN 'CHANNEL' WHEN channel_mute.id IS NOT NULL THEN 'CHANNEL_MUTE'
            WHEN in_organization.id IS NOT NULL THEN 'ORGANIZATION' WHEN organization_mute.id IS NOT NULL THEN 'ORGANIZATION_MUTE'
            ELSE 'APPLICATION' END AS decided_by,
       canonical.delivery_ways(kind.default_delivery) AS default_delivery,
       CASE WHEN place.channel_id IS NULL THEN organization_mute.id IS NOT NULL ELSE channel_mute.id IS NOT NULL END AS muted
FROM (
    SELECT membership.organization_id, membership.user_id, NULL::bigint AS channel_id, 0::bigint AS channel_or_none,
           'Organization'::text AS canonical_type, membership.organization_id AS canonical_id
    FROM canonical.memberships AS membership
    WHERE membership.ended_at IS NULL
    UNION ALL
    SELECT member.organization_id, member.user_id, member.channel_id, member.channel_id AS channel_or_none, 'Channel' AS canonical_type, member.channel_id AS canonical_id
    FROM canonical.channel_members AS member
    JOIN canonical.memberships AS membership ON membership.organization_id = member.organization_id AND membership.user_id = member.user_id
    JOIN canonical.channels AS channel ON channel.organization_id = member.organization_id AND channel.id = member.channel_id
    WHERE membership.ended_at IS NULL AND channel.archived_at IS NULL) AS place
-- In the organization, a type that happens in channels shows what a channel without an override follows.
JOIN canonical.notification_types AS kind ON place.channel_id IS NULL OR kind.scope = 'channel'
LEFT JOIN canonical.notification_preferences AS in_channel
    ON in_channel.organization_id = place.organization_id AND in_channel.channel_id = place.channel_id
        AND in_channel.user_id = place.user_id AND in_channel.type = kind.code
LEFT JOIN canonical.notification_preferences AS channel_mute
    ON channel_mute.organization_id = place.organization_id AND channel_mute.channel_id = place.channel_id
        AND channel_mute.user_id = place.user_id AND channel_mute.type = '*'
LEFT JOIN canonical.notification_preferences AS in_organization
    ON in_organization.organization_id = place.organization_id AND in_organization.channel_id IS NULL
        AND in_organization.user_id = place.user_id AND in_organization.type = kind.code
LEFT JOIN canonical.notification_preferences AS organization_mute
    ON organization_mute.organization_id = place.organization_id AND organization_mute.channel_id IS NULL
        AND organization_mute.user_id = place.user_id AND organization_mute.type = '*';

SELECT engine.create_projection('notification_settings', 'materialized_view', '{organization_id,channel_id,user_id,type}');
UPDATE engine.projections SET minimum_interval = '10 seconds' WHERE name = 'notification_settings';
-- The settings of a user; and who is notified of a type in a channel.
CREATE INDEX notification_settings_user_idx ON projection.notification_settings (organization_id, user_id, channel_id, type);
CREATE INDEX notification_settings_recipients_idx ON projection.notification_settings (organization_id, channel_id, type, user_id) WHERE delivery <> '{}';

-- A change can make settings that no stored row has yet: hence the expansions.
SELECT engine.declare_grain('notification_settings', 'user', '{organization_id,user_id}',
    'SELECT 0::bigint AS channel_id, m.user_id, k.code AS type FROM canonical.notification_types k
     UNION ALL
     SELECT c.channel_id, c.user_id, k.code FROM canonical.channel_members c CROSS JOIN canonical.notification_types k
     WHERE c.organization_id = m.organization_id AND c.user_id = m.user_id AND k.scope = ''channel''');
SELECT engine.declare_grain('notification_settings', 'channel', '{organization_id,channel_id}',
    'SELECT c.channel_id, c.user_id, k.code AS type FROM canonical.channel_members c CROSS JOIN canonical.notification_types k
     WHERE c.organization_id = m.organization_id AND c.channel_id = m.channel_id AND k.scope = ''channel''');
SELECT engine.declare_grain('notification_settings', 'member', '{organization_id,channel_id,user_id}',
    'SELECT m.channel_id, m.user_id, k.code AS type FROM canonical.notification_types k WHERE k.scope = ''channel''');
SELECT engine.track('notification_settings', 'canonical.memberships', 'user', '{organization_id,user_id}');
SELECT engine.track('notification_settings', 'canonical.channels', 'channel', '{organization_id,id}', inserts => false);
SELECT engine.track('notification_settings', 'canonical.channel_members', 'member', '{organization_id,channel_id,user_id}');
SELECT engine.track('notification_settings', 'canonical.notification_preferences', 'user', '{organization_id,everywhere_user_id}');
SELECT engine.track('notification_settings', 'canonical.notification_preferences', 'member', '{organization_id,channel_id,user_id}');
