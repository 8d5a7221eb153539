-- A payment with what of it is allocated, what was given back, and its party's name.

-- +goose Up
CREATE VIEW source.payment_summaries AS
SELECT payment.organization_id, payment.id AS payment_id, 'Payment'::text AS canonical_type, payment.id AS canonical_id,
       payment.version, upper(payment.direction) AS direction, upper(payment.party_role) AS party_role, payment.party_id, party.full_name AS party_name, payment.paid_on, upper(payment.method) AS method,
       COALESCE(payment.account_id, usual.id) AS account_id, payment.store_id, payment.reference, payment.currency, trim_scale(payment.fx_rate) AS fx_rate, payment.external_ref, payment.voided_at, payment.voided_at IS NOT NULL AS voided,
       payment.created_at, payment.updated_at,
       canonical.major(payment.amount, payment.currency) AS amount,
       canonical.major(used.allocated, payment.currency) AS allocated,
       canonical.major(used.refunded, payment.currency) AS refunded,
       canonical.major(used.unallocated, payment.currency) AS unallocated
FROM canonical.payments AS payment
JOIN canonical.people AS party ON party.organization_id = payment.organization_id AND party.id = payment.party_id
-- Where a payment names no account, it is posted to the one of this role.
LEFT JOIN canonical.accounts AS usual ON usual.organization_id = payment.organization_id AND usual.system_role = canonical.payment_account_role(payment.method)
JOIN canonical.payment_amounts AS used ON used.organization_id = payment.organization_id AND used.payment_id = payment.id;

SELECT engine.create_projection('payment_summaries', 'table', '{organization_id,payment_id}');
CREATE INDEX payment_summaries_paid_on_idx ON projection.payment_summaries (organization_id, paid_on, payment_id);
CREATE INDEX payment_summaries_updated_at_idx ON projection.payment_summaries (organization_id, updated_at, payment_id);
CREATE INDEX payment_summaries_voided_idx ON projection.payment_summaries (organization_id, paid_on, payment_id) WHERE voided;
CREATE INDEX payment_summaries_direction_idx ON projection.payment_summaries (organization_id, direction, paid_on, payment_id);
-- What is not allocated is little among many payments.
CREATE INDEX payment_summaries_unallocated_idx ON projection.payment_summaries (organization_id, party_role, payment_id) WHERE NOT voided AND unallocated <> 0;
CREATE INDEX payment_summaries_store_idx ON projection.payment_summaries (organization_id, store_id, paid_on, payment_id);
CREATE INDEX payment_summaries_party_idx ON projection.payment_summaries (organization_id, party_id, paid_on, payment_id);

SELECT engine.declare_grain('payment_summaries', 'party', '{organization_id,party_id}');
SELECT engine.track('payment_summaries', 'canonical.payments', 'key', '{organization_id,id}', within => '{party_id}');
SELECT engine.track('payment_summaries', 'canonical.payment_amounts', 'key', '{organization_id,payment_id}', within => '{party_id}');
SELECT engine.track('payment_summaries', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
-- An account keeps its role, and one with a role is there before the first payment is posted.
SELECT engine.declare_grain('payment_summaries', 'account', '{organization_id,account_id}');
SELECT engine.track('payment_summaries', 'canonical.accounts', 'account', '{organization_id,id}', inserts => false);
