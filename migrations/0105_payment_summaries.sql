-- A payment with what of it is allocated, what was given back, and its party's name.

-- +goose Up
CREATE VIEW source.payment_summaries AS
SELECT payment.organization_id, payment.id AS payment_id, 'Payment'::text AS canonical_type, payment.id AS canonical_id,
       payment.version, upper(payment.direction) AS direction, upper(payment.party_role) AS party_role, payment.party_id, party.full_name AS party_name, payment.paid_on, upper(payment.method) AS method,
       COALESCE(payment.account_id, usual.id) AS account_id, payment.reference, payment.currency, trim_scale(payment.fx_rate) AS fx_rate, payment.external_ref, payment.voided_at, payment.voided_at IS NOT NULL AS voided,
       payment.created_at, payment.updated_at,
       canonical.major(payment.amount, payment.currency) AS amount,
       canonical.major(allocation.allocated, payment.currency) AS allocated,
       canonical.major(allocation.refunded, payment.currency) AS refunded,
       canonical.major(CASE WHEN payment.voided_at IS NULL THEN payment.amount - allocation.allocated - allocation.refunded ELSE 0 END, payment.currency) AS unallocated
FROM canonical.payments AS payment
JOIN canonical.people AS party ON party.organization_id = payment.organization_id AND party.id = payment.party_id
-- Where a payment names no account, it is posted to the one of this role.
LEFT JOIN canonical.accounts AS usual ON usual.organization_id = payment.organization_id AND usual.system_role = canonical.payment_account_role(payment.method)
CROSS JOIN LATERAL (
    SELECT CASE WHEN payment.voided_at IS NULL THEN COALESCE(sum(u.amount) FILTER (WHERE u.source = 'payment'), 0) ELSE 0 END AS allocated,
           CASE WHEN payment.voided_at IS NULL THEN COALESCE(sum(u.amount) FILTER (WHERE u.source = 'refund'), 0) ELSE 0 END AS refunded
    FROM canonical.payment_uses AS u
    WHERE u.organization_id = payment.organization_id AND u.payment_id = payment.id) AS allocation;

SELECT engine.create_projection('payment_summaries', 'table', '{organization_id,payment_id}');
CREATE INDEX payment_summaries_paid_on_idx ON projection.payment_summaries (organization_id, paid_on, payment_id);
CREATE INDEX payment_summaries_voided_idx ON projection.payment_summaries (organization_id, paid_on, payment_id) WHERE voided;
CREATE INDEX payment_summaries_direction_idx ON projection.payment_summaries (organization_id, direction, paid_on, payment_id);
-- What is not allocated is little among many payments.
CREATE INDEX payment_summaries_unallocated_idx ON projection.payment_summaries (organization_id, party_role, payment_id) WHERE NOT voided AND unallocated <> 0;
CREATE INDEX payment_summaries_party_idx ON projection.payment_summaries (organization_id, party_id, paid_on, payment_id);

SELECT engine.declare_grain('payment_summaries', 'party', '{organization_id,party_id}');
SELECT engine.track('payment_summaries', 'canonical.payments', 'key', '{organization_id,id}', within => '{party_id}');
SELECT engine.track('payment_summaries', 'canonical.payment_allocations', 'key', '{organization_id,payment_id}');
SELECT engine.track('payment_summaries', 'canonical.payment_refunds', 'key', '{organization_id,payment_id}');
SELECT engine.declare_grain('payment_summaries', 'refund', '{organization_id,refund_id}',
    'SELECT m.refund_id AS payment_id UNION ALL
     SELECT r.payment_id FROM canonical.payment_refunds r WHERE r.organization_id = m.organization_id AND r.refund_id = m.refund_id');
SELECT engine.track('payment_summaries', 'canonical.payment_refunds', 'refund', '{organization_id,refund_id}');
SELECT engine.track('payment_summaries', 'canonical.payments', 'refund', '{organization_id,id}', inserts => false);
SELECT engine.track('payment_summaries', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
-- An account keeps its role, and one with a role is there before the first payment is posted.
SELECT engine.declare_grain('payment_summaries', 'account', '{organization_id,account_id}');
SELECT engine.track('payment_summaries', 'canonical.accounts', 'account', '{organization_id,id}', inserts => false);
