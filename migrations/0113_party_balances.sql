-- What is open with a party in a currency: what it owes by invoices and what it is owed by bills, and what was paid or
-- credited without being allocated yet. A row for each store, 0 for the office, with something open, and one, of store -1, for all of them together.
-- Parts that cancel each other, such as a payment and its refund, are nothing, and a row of nothing is none.

-- +goose Up
CREATE VIEW source.party_balances AS
SELECT open.organization_id, 'Person'::text AS canonical_type, open.party_id AS canonical_id, open.party_id, party.full_name AS party_name, open.currency, open.store_id,
       canonical.major(open.receivable, open.currency) AS receivable, canonical.major(open.unallocated_in, open.currency) AS unallocated_in,
       canonical.major(open.unapplied_credits, open.currency) AS unapplied_credits,
       canonical.major(open.receivable - open.unallocated_in - open.unapplied_credits, open.currency) AS net_receivable,
       canonical.major(open.payable, open.currency) AS payable, canonical.major(open.unallocated_out, open.currency) AS unallocated_out,
       canonical.major(open.unapplied_vendor_credits, open.currency) AS unapplied_vendor_credits,
       canonical.major(open.payable - open.unallocated_out - open.unapplied_vendor_credits, open.currency) AS net_payable
FROM (
    SELECT a.organization_id, a.party_id, a.currency, a.store_id, a.receivable, a.unallocated_in, a.unapplied_credits, a.payable, a.unallocated_out, a.unapplied_vendor_credits
    FROM exact.party_amounts AS a
    UNION ALL
    SELECT a.organization_id, a.party_id, a.currency, '-1'::bigint AS store_id, sum(a.receivable), sum(a.unallocated_in), sum(a.unapplied_credits), sum(a.payable), sum(a.unallocated_out), sum(a.unapplied_vendor_credits)
    FROM exact.party_amounts AS a GROUP BY a.organization_id, a.party_id, a.currency) AS open
JOIN canonical.people AS party ON party.organization_id = open.organization_id AND party.id = open.party_id
WHERE (open.receivable, open.unallocated_in, open.unapplied_credits, open.payable, open.unallocated_out, open.unapplied_vendor_credits)
    <> (0, 0, 0, 0, 0, 0);

SELECT engine.create_projection('party_balances', 'table', '{organization_id,party_id,currency,store_id}');
CREATE INDEX party_balances_party_name_idx ON projection.party_balances (organization_id, store_id, party_name, party_id, currency);
CREATE INDEX party_balances_receivable_idx ON projection.party_balances (organization_id, store_id, receivable, party_id, currency);
CREATE INDEX party_balances_payable_idx ON projection.party_balances (organization_id, store_id, payable, party_id, currency);

SELECT engine.declare_grain('party_balances', 'party', '{organization_id,party_id}');
-- What changes in a store changes in all of them together.
SELECT engine.declare_grain('party_balances', 'store', '{organization_id,party_id,currency,store_id}',
    'SELECT m.party_id, m.currency, concerned.store_id FROM (VALUES (m.store_id), (-1)) AS concerned (store_id)', few => true);
SELECT engine.track('party_balances', 'canonical.people', 'party', '{organization_id,id}', inserts => false);
SELECT engine.track('party_balances', 'canonical.document_amounts', 'store', '{organization_id,party_id,currency,store_id}', relevant => 'due <> 0');
SELECT engine.track('party_balances', 'canonical.payment_amounts', 'store', '{organization_id,party_id,currency,store_id}', relevant => 'unallocated <> 0');
