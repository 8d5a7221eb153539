-- A channel as lists show it.

-- +goose Up
CREATE VIEW source.channel_summaries AS
SELECT channel.organization_id, channel.id AS channel_id, 'Channel'::text AS canonical_type, channel.id AS canonical_id,
       channel.version, channel.name, channel.description, member.member_count,
       canonical.major(channel.till_difference_above, home.base_currency) AS till_difference_above,
       canonical.major(channel.takings_below, home.base_currency) AS takings_below,
       channel.archived_at, channel.archived_at IS NOT NULL AS archived, channel.created_at, channel.updated_at,
       canonical.fold(channel.name || ' ' || channel.description) AS search_text
FROM canonical.channels AS channel
JOIN canonical.organizations AS home ON home.id = channel.organization_id
CROSS JOIN LATERAL (
    SELECT count(*)::int AS member_count
    FROM canonical.channel_members AS m
    JOIN canonical.memberships AS membership ON membership.organization_id = m.organization_id AND membership.user_id = m.user_id
    WHERE m.organization_id = channel.organization_id AND m.channel_id = channel.id AND membership.ended_at IS NULL) AS member;

SELECT engine.create_projection('channel_summaries', 'table', '{organization_id,channel_id}');
CREATE INDEX channel_summaries_name_idx ON projection.channel_summaries (organization_id, archived, name, channel_id);
CREATE INDEX channel_summaries_search_idx ON projection.channel_summaries USING gin (search_text gin_trgm_ops);
SELECT engine.declare_grain('channel_summaries', 'user', '{organization_id,user_id}',
    'SELECT c.channel_id FROM canonical.channel_members c WHERE c.organization_id = m.organization_id AND c.user_id = m.user_id');
-- An organization's base currency is fixed once something is booked.
SELECT engine.declare_grain('channel_summaries', 'organization', '{organization_id}');
SELECT engine.track('channel_summaries', 'canonical.organizations', 'organization', '{id}', inserts => false);
SELECT engine.track('channel_summaries', 'canonical.channels', 'key', '{organization_id,id}');
SELECT engine.track('channel_summaries', 'canonical.channel_members', 'key', '{organization_id,channel_id}');
SELECT engine.track('channel_summaries', 'canonical.memberships', 'user', '{organization_id,user_id}', inserts => false);
