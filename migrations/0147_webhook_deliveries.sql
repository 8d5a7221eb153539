-- Webhooks as lists show them, how much each has sent, and the log of what was sent.

-- +goose Up
SELECT engine.create_sum('webhook_totals', 'Webhook', 'webhook_id', '{organization_id,webhook_id}', ARRAY[
    ['canonical.webhook_deliveries', $$
        SELECT organization_id, webhook_id, CASE WHEN state IN ('waiting', 'pending') THEN 1 ELSE 0 END::bigint AS pending,
            CASE WHEN state IN ('waiting', 'pending') AND failure <> '' THEN 1 ELSE 0 END::bigint AS failing,
            CASE WHEN state = 'delivered' THEN 1 ELSE 0 END::bigint AS delivered
        FROM changed$$]]);

CREATE VIEW source.webhook_summaries AS
SELECT webhook.organization_id, webhook.id AS webhook_id, 'Webhook'::text AS canonical_type, webhook.id AS canonical_id, webhook.version,
       webhook.url, webhook.description, webhook.member_id, webhook.document,
       ARRAY(SELECT upper(regexp_replace(t, '([a-z])([A-Z])', '\1_\2', 'g')) FROM unnest(webhook.types) AS t) AS types,
       ARRAY(SELECT upper(a) FROM unnest(webhook.actions) AS a) AS actions,
       CASE WHEN webhook.archived_at IS NOT NULL OR webhook.disabled_at IS NOT NULL THEN 'DISABLED'
            WHEN membership.ended_at IS NOT NULL OR membership.role NOT IN ('owner', 'manager')
                OR EXISTS (SELECT FROM canonical.membership_stores AS bound WHERE bound.organization_id = webhook.organization_id AND bound.user_id = webhook.member_id) THEN 'MEMBER_REVOKED'
            WHEN coalesce(total.failing, 0) > 0 THEN 'FAILING' ELSE 'ACTIVE' END AS state,
       coalesce(total.pending, 0)::int AS pending_count, coalesce(total.failing, 0)::int AS failing_count, coalesce(total.delivered, 0)::int AS delivered_count,
       position.events_lost_at, webhook.disabled_at, webhook.archived_at, webhook.archived_at IS NOT NULL AS archived, webhook.created_at, webhook.updated_at
FROM canonical.webhooks AS webhook
JOIN canonical.memberships AS membership ON membership.organization_id = webhook.organization_id AND membership.user_id = webhook.member_id
JOIN canonical.webhook_positions AS position ON position.organization_id = webhook.organization_id AND position.webhook_id = webhook.id
LEFT JOIN exact.webhook_totals AS total ON total.organization_id = webhook.organization_id AND total.webhook_id = webhook.id;

SELECT engine.create_projection('webhook_summaries', 'table', '{organization_id,webhook_id}');
CREATE INDEX webhook_summaries_created_idx ON projection.webhook_summaries (organization_id, archived, created_at, webhook_id);
SELECT engine.declare_grain('webhook_summaries', 'member', '{organization_id,member_id}');
SELECT engine.track('webhook_summaries', 'canonical.webhooks', 'key', '{organization_id,id}');
SELECT engine.track('webhook_summaries', 'canonical.webhook_positions', 'key', '{organization_id,webhook_id}');
SELECT engine.track('webhook_summaries', 'canonical.memberships', 'member', '{organization_id,user_id}', inserts => false);
SELECT engine.track('webhook_summaries', 'canonical.membership_stores', 'member', '{organization_id,user_id}');
SELECT engine.track('webhook_summaries', 'canonical.webhook_deliveries', 'key', '{organization_id,webhook_id}');

CREATE VIEW source.webhook_deliveries AS
SELECT delivery.organization_id, delivery.id AS delivery_id, 'Webhook'::text AS canonical_type, delivery.webhook_id AS canonical_id, delivery.version,
       delivery.webhook_id, delivery.event_id, delivery.occurred_at, delivery.canonical_type AS entity_type, delivery.canonical_id AS entity_key,
       upper(delivery.action) AS action, delivery.event_text, upper(delivery.state) AS state, delivery.attempts,
       CASE WHEN delivery.state = 'pending' THEN delivery.next_attempt_at END AS next_attempt_at,
       delivery.attempted_at, delivery.status_code, delivery.answer, delivery.failure, delivery.delivered_at, delivery.created_at
FROM canonical.webhook_deliveries AS delivery;

SELECT engine.create_projection('webhook_deliveries', 'table', '{organization_id,delivery_id}');
CREATE INDEX webhook_deliveries_webhook_idx ON projection.webhook_deliveries (organization_id, webhook_id, delivery_id);
CREATE INDEX webhook_deliveries_state_idx ON projection.webhook_deliveries (organization_id, state, delivery_id);
CREATE INDEX webhook_deliveries_entity_idx ON projection.webhook_deliveries (organization_id, entity_type, entity_key, delivery_id);
SELECT engine.track('webhook_deliveries', 'canonical.webhook_deliveries', 'key', '{organization_id,id}');
