-- The inbox of each user: its notifications, and how many are unread.

-- +goose Up
SELECT engine.create_sum('unread_notifications', 'User', 'user_id', '{organization_id,user_id}', ARRAY[
    ['canonical.notifications', $$
        SELECT organization_id, user_id, CASE WHEN read_at IS NULL THEN 1 ELSE 0 END::bigint AS unread
        FROM changed WHERE way = 'in_app'$$]]);

CREATE VIEW source.notifications AS
SELECT notification.organization_id, notification.id AS notification_id, 'User'::text AS canonical_type, notification.user_id AS canonical_id,
       notification.user_id, notification.type, notification.text, notification.canonical_type AS entity_type, notification.canonical_id AS entity_key,
       notification.occurred_at, notification.read_at, notification.read_at IS NOT NULL AS read, notification.created_at
FROM canonical.notifications AS notification
WHERE notification.way = 'in_app';

SELECT engine.create_projection('notifications', 'table', '{organization_id,notification_id}');
CREATE INDEX notifications_user_idx ON projection.notifications (organization_id, user_id, notification_id);
CREATE INDEX notifications_read_idx ON projection.notifications (organization_id, user_id, read, notification_id);
CREATE INDEX notifications_type_idx ON projection.notifications (organization_id, user_id, type, notification_id);
SELECT engine.track('notifications', 'canonical.notifications', 'key', '{organization_id,id}', relevant => 'way = ''in_app''');
