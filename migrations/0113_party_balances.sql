-- What is open with a party in a currency: what it owes by invoices and what it is owed by bills, and what was paid or
-- credited without being allocated yet. A party with nothing open has no row; parts that cancel each other, such as a payment
-- and its refund, are nothing.

-- +goose Up
CREATE VIEW source.party_balances AS
SELECT open.organization_id, 'Person'::text AS canonical_type, open.party_id AS canonical_id, open.party_id, party.full_name AS party_name, open.currency,
       canonical.major(open.receivable, open.currency) AS receivable, canonical.major(open.unallocated_in, open.currency) AS unallocated_in,
       canonical.major(open.unapplied_credits, open.currency) AS unapplied_credits,
       canonical.major(open.receivable - open.unallocated_in - open.unapplied_credits, open.currency) AS net_receivable,
       canonical.major(open.payable, open.currency) AS payable, canonical.major(open.unallocated_out, open.currency) AS unallocated_out,
       canonical.major(open.unapplied_vendor_credits, open.currency) AS unapplied_vendor_credits,
       canonical.major(open.payable - open.unallocated_out - open.unapplied_vendor_credits, open.currency) AS net_payable
FROM exact.party_amounts AS open
JOIN canonical.people AS party ON party.organization_id = open.organization_id AND party.id = open.party_id
WHERE (open.receivable, open.unallocated_in, open.unapplied_credits, open.payable, open.unallocated_out, open.unapplied_vendor_credits)
    <> (0, 0, 0, 0, 0, 0);

SELECT engine.create_projection('party_balances', 'table', '{organization_id,party_id,currency}');
CREATE INDEX party_balances_party_name_idx ON projection.party_balances (organization_id, party_name, party_id, currency);
CREATE INDEX party_balances_receivable_idx ON projection.party_balances (organization_id, receivable, party_id, currency);
CREATE INDEX party_balances_payable_idx ON projection.party_balances (organization_id, payable, party_id, currency);

SELECT engine.declare_grain('party_balances', 'party', '{organization_id,party_id}');
SELECT engine.track('party_balances', 'canonical.people', 'party', '{organization_id,id}', inserts => false);
SELECT engine.track('party_balances', 'canonical.document_amounts', 'key', '{organization_id,party_id,currency}', relevant => 'due <> 0');
SELECT engine.track('party_balances', 'canonical.payment_amounts', 'key', '{organization_id,party_id,currency}', relevant => 'unallocated <> 0');
