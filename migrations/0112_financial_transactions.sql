-- Everything that moves money, as one list: payments, incomes, expenses and transfers.

-- +goose Up
CREATE VIEW source.financial_transactions AS
SELECT moved.organization_id, moved.canonical_type, moved.canonical_id, upper(moved.canonical_type) AS kind, moved.direction,
       moved.occurred_on, moved.party_id, COALESCE(party.full_name, '') AS party_name,
       moved.from_account_id, moved.to_account_id, moved.from_store_id, moved.to_store_id,
       moved.currency, canonical.major(moved.amount, moved.currency) AS amount, moved.memo,
       moved.voided_at, moved.voided_at IS NOT NULL AS voided, moved.created_at,
       canonical.fold(COALESCE(party.full_name, '') || ' ' || moved.memo) AS search_text
FROM (
    SELECT payment.organization_id, 'Payment'::text AS canonical_type, payment.id AS canonical_id, upper(payment.direction) AS direction,
           payment.paid_on AS occurred_on, payment.party_id,
           CASE payment.direction WHEN 'out' THEN COALESCE(payment.account_id, usual.id) END AS from_account_id,
           CASE payment.direction WHEN 'in' THEN COALESCE(payment.account_id, usual.id) END AS to_account_id,
           payment.store_id AS from_store_id, payment.store_id AS to_store_id, payment.currency, payment.amount, payment.reference AS memo, payment.voided_at, payment.created_at
    FROM canonical.payments AS payment
    -- Where a payment names no account, it is posted to the one of this role.
    LEFT JOIN canonical.accounts AS usual ON usual.organization_id = payment.organization_id AND usual.system_role = canonical.payment_account_role(payment.method)
    UNION ALL
    SELECT entry.organization_id, canonical.money_entry_type(entry.kind) AS canonical_type, entry.id AS canonical_id, CASE entry.kind WHEN 'income' THEN 'IN' ELSE 'OUT' END AS direction,
           entry.occurred_on, entry.party_id,
           CASE entry.kind WHEN 'income' THEN entry.account_id ELSE entry.money_account_id END AS from_account_id,
           CASE entry.kind WHEN 'income' THEN entry.money_account_id ELSE entry.account_id END AS to_account_id,
           entry.store_id AS from_store_id, entry.store_id AS to_store_id, entry.currency, entry.amount, entry.memo, entry.voided_at, entry.created_at
    FROM canonical.money_entries AS entry
    UNION ALL
    SELECT transfer.organization_id, 'Transfer' AS canonical_type, transfer.id AS canonical_id, NULL AS direction, transfer.occurred_on, NULL AS party_id, transfer.from_account_id, transfer.to_account_id,
           transfer.from_store_id, transfer.to_store_id, transfer.currency, transfer.amount, transfer.memo, transfer.voided_at, transfer.created_at
    FROM canonical.transfers AS transfer) AS moved
LEFT JOIN canonical.people AS party ON party.organization_id = moved.organization_id AND party.id = moved.party_id;

SELECT engine.create_projection('financial_transactions', 'table', '{organization_id,canonical_type,canonical_id}');
CREATE INDEX financial_transactions_occurred_on_idx ON projection.financial_transactions (organization_id, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_amount_idx ON projection.financial_transactions (organization_id, amount, canonical_type, canonical_id);
CREATE INDEX financial_transactions_party_name_idx ON projection.financial_transactions (organization_id, party_name, canonical_type, canonical_id);
CREATE INDEX financial_transactions_created_at_idx ON projection.financial_transactions (organization_id, created_at, canonical_type, canonical_id);
CREATE INDEX financial_transactions_kind_idx ON projection.financial_transactions (organization_id, kind, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_party_idx ON projection.financial_transactions (organization_id, party_id, occurred_on, canonical_type, canonical_id);
-- One index cannot have both sides of an account in the order of days, nor all kinds beside each one: a page of an account
-- is merged from several.
CREATE INDEX financial_transactions_from_account_idx ON projection.financial_transactions (organization_id, from_account_id, kind, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_to_account_idx ON projection.financial_transactions (organization_id, to_account_id, kind, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_from_store_idx ON projection.financial_transactions (organization_id, from_store_id, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_to_store_idx ON projection.financial_transactions (organization_id, to_store_id, occurred_on, canonical_type, canonical_id);
-- The kind tells the direction of everything but payments.
CREATE INDEX financial_transactions_direction_idx ON projection.financial_transactions (organization_id, direction, occurred_on, canonical_type, canonical_id) WHERE kind = 'PAYMENT';
-- Voided records are few, and are found without reading the others.
CREATE INDEX financial_transactions_voided_idx ON projection.financial_transactions (organization_id, occurred_on, canonical_type, canonical_id) WHERE voided;
CREATE INDEX financial_transactions_search_idx ON projection.financial_transactions USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.financial_transactions ALTER COLUMN search_text SET STATISTICS 1000;
-- Which accounts money of a kind moves between: transfers into an account may be none among a million payments into it.
-- A planner that takes kind and account for independent expects to meet them early in a kind's order, and reads it whole.
CREATE STATISTICS projection.financial_transactions_from_kinds (mcv) ON kind, from_account_id FROM projection.financial_transactions;
CREATE STATISTICS projection.financial_transactions_to_kinds (mcv) ON kind, to_account_id FROM projection.financial_transactions;

SELECT engine.declare_grain('financial_transactions', 'party', '{organization_id,party_id}');
SELECT engine.declare_grain('financial_transactions', 'payment', '{organization_id,payment_id}',
    'SELECT ''Payment''::text AS canonical_type, m.payment_id AS canonical_id', few => true);
SELECT engine.declare_grain('financial_transactions', 'money_entry', '{organization_id,money_entry_id}',
    'SELECT kind.canonical_type, m.money_entry_id AS canonical_id FROM (VALUES (''Income''::text), (''Expense'')) AS kind (canonical_type)', few => true);
SELECT engine.declare_grain('financial_transactions', 'transfer', '{organization_id,transfer_id}',
    'SELECT ''Transfer''::text AS canonical_type, m.transfer_id AS canonical_id', few => true);
SELECT engine.declare_grain('financial_transactions', 'account', '{organization_id,account_id}',
    'SELECT ''Payment''::text AS canonical_type, p.id AS canonical_id FROM canonical.payments p JOIN canonical.accounts a ON a.organization_id = p.organization_id
         AND a.system_role = CASE p.method WHEN ''cash'' THEN ''cash'' ELSE ''bank'' END
     WHERE a.organization_id = m.organization_id AND a.id = m.account_id AND p.account_id IS NULL');

SELECT engine.track('financial_transactions', 'canonical.payments', 'payment', '{organization_id,id}', within => '{party_id}');
SELECT engine.track('financial_transactions', 'canonical.money_entries', 'money_entry', '{organization_id,id}', within => '{party_id}');
SELECT engine.track('financial_transactions', 'canonical.transfers', 'transfer', '{organization_id,id}');
SELECT engine.track('financial_transactions', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
-- An account keeps its role, and one with a role is there before the first payment is posted.
SELECT engine.track('financial_transactions', 'canonical.accounts', 'account', '{organization_id,id}', inserts => false);
