-- What is open with a party in a currency: what it owes by invoices and what it is owed by bills, and what was paid or
-- credited without being allocated yet. A party with nothing open has no row; parts that cancel each other, such as a payment
-- and its refund, are nothing.

-- +goose Up
CREATE VIEW source.party_balances AS
SELECT open.organization_id, 'Person'::text AS canonical_type, open.party_id AS canonical_id, open.party_id, party.full_name AS party_name, open.currency,
       open.receivable, open.unallocated_in, open.unapplied_credits, open.receivable - open.unallocated_in - open.unapplied_credits AS net_receivable,
       open.payable, open.unallocated_out, open.payable - open.unallocated_out AS net_payable
FROM (
    SELECT part.organization_id, part.party_id, part.currency,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'invoice'), 0) AS receivable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'customer'), 0) AS unallocated_in,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'credit_note'), 0) AS unapplied_credits,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'bill'), 0) AS payable,
           COALESCE(sum(part.amount) FILTER (WHERE part.kind = 'vendor'), 0) AS unallocated_out
    FROM (
        SELECT document.organization_id, document.party_id, document.currency, document.kind, canonical.major(amount.due, document.currency) AS amount
        FROM canonical.documents AS document
        JOIN canonical.document_amounts AS amount ON amount.organization_id = document.organization_id AND amount.document_id = document.id
        WHERE document.state = 'approved' AND amount.due <> 0
        UNION ALL
        -- A customer's payment is the customer's credit, a payment to a vendor ours; a payment in the other direction
        -- reduces it.
        SELECT payment.organization_id, payment.party_id, payment.currency, payment.party_role,
               canonical.major(CASE WHEN (payment.party_role = 'customer') = (payment.direction = 'in') THEN 1 ELSE -1 END * (payment.amount - allocation.amount), payment.currency)
        FROM canonical.payments AS payment
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(u.amount), 0) AS amount FROM canonical.payment_uses AS u
            WHERE u.organization_id = payment.organization_id AND u.payment_id = payment.id) AS allocation
        WHERE payment.voided_at IS NULL AND payment.amount <> allocation.amount) AS part
    GROUP BY part.organization_id, part.party_id, part.currency) AS open
JOIN canonical.people AS party ON party.organization_id = open.organization_id AND party.id = open.party_id
WHERE (open.receivable, open.unallocated_in, open.unapplied_credits, open.payable, open.unallocated_out) <> (0, 0, 0, 0, 0);

SELECT engine.create_projection('party_balances', 'table', '{organization_id,party_id,currency}');
CREATE INDEX party_balances_party_name_idx ON projection.party_balances (organization_id, party_name, party_id, currency);
CREATE INDEX party_balances_receivable_idx ON projection.party_balances (organization_id, receivable, party_id, currency);
CREATE INDEX party_balances_payable_idx ON projection.party_balances (organization_id, payable, party_id, currency);

SELECT engine.declare_grain('party_balances', 'party', '{organization_id,party_id}');
SELECT engine.declare_grain('party_balances', 'document', '{organization_id,document_id}',
    'SELECT d.party_id, d.currency FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.id = m.document_id');
SELECT engine.declare_grain('party_balances', 'credit_note', '{organization_id,credit_note_id}',
    'SELECT d.party_id, d.currency FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.id = m.credit_note_id');
SELECT engine.declare_grain('party_balances', 'item', '{organization_id,item_id}',
    'SELECT d.party_id, d.currency FROM canonical.document_items i JOIN canonical.documents d ON d.organization_id = i.organization_id AND d.id = i.document_id
     WHERE i.organization_id = m.organization_id AND i.id = m.item_id');
SELECT engine.declare_grain('party_balances', 'payment', '{organization_id,payment_id}',
    'SELECT p.party_id, p.currency FROM canonical.payments p WHERE p.organization_id = m.organization_id AND p.id = m.payment_id
     UNION ALL
     SELECT d.party_id, d.currency FROM canonical.payment_allocations a JOIN canonical.documents d ON d.organization_id = a.organization_id AND d.id = a.document_id
     WHERE a.organization_id = m.organization_id AND a.payment_id = m.payment_id');

SELECT engine.track('party_balances', 'canonical.people', 'party', '{organization_id,id}', inserts => false);
SELECT engine.track('party_balances', 'canonical.documents', 'key', '{organization_id,party_id,currency}');
SELECT engine.track('party_balances', 'canonical.document_items', 'document', '{organization_id,document_id}');
SELECT engine.track('party_balances', 'canonical.document_item_taxes', 'item', '{organization_id,document_item_id}');
SELECT engine.track('party_balances', 'canonical.payments', 'key', '{organization_id,party_id,currency}');
SELECT engine.track('party_balances', 'canonical.payments', 'payment', '{organization_id,id}', inserts => false);
SELECT engine.track('party_balances', 'canonical.payment_allocations', 'document', '{organization_id,document_id}');
SELECT engine.track('party_balances', 'canonical.payment_allocations', 'payment', '{organization_id,payment_id}');
SELECT engine.track('party_balances', 'canonical.payment_refunds', 'payment', '{organization_id,payment_id}');
SELECT engine.track('party_balances', 'canonical.credit_allocations', 'document', '{organization_id,document_id}');
SELECT engine.track('party_balances', 'canonical.credit_allocations', 'credit_note', '{organization_id,credit_note_id}');
