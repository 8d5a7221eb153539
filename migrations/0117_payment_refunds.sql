-- Which part of a payment which live refund gives back.

-- +goose Up
CREATE VIEW source.payment_refunds AS
SELECT part.organization_id, part.id AS allocation_id, 'Payment'::text AS canonical_type, part.refund_id AS canonical_id,
       part.refund_id, part.payment_id, part.allocated_on, refund.currency, canonical.major(part.amount, refund.currency) AS amount
FROM canonical.payment_refunds AS part
JOIN canonical.payments AS refund ON refund.organization_id = part.organization_id AND refund.id = part.refund_id
WHERE refund.voided_at IS NULL AND part.ended_on IS NULL;

SELECT engine.create_projection('payment_refunds', 'table', '{organization_id,allocation_id}');
CREATE INDEX payment_refunds_refund_idx ON projection.payment_refunds (organization_id, refund_id, allocation_id);
CREATE INDEX payment_refunds_payment_idx ON projection.payment_refunds (organization_id, payment_id, allocation_id);

-- A refund that comes back to life gains keys that no stored row names: hence the expansion.
SELECT engine.declare_grain('payment_refunds', 'refund', '{organization_id,refund_id}',
    'SELECT r.id AS allocation_id FROM canonical.payment_refunds r WHERE r.organization_id = m.organization_id AND r.refund_id = m.refund_id');
SELECT engine.track('payment_refunds', 'canonical.payment_refunds', 'key', '{organization_id,id}', within => '{payment_id,refund_id}');
SELECT engine.track('payment_refunds', 'canonical.payments', 'refund', '{organization_id,id}', inserts => false, within => '{refund_id=id}');
