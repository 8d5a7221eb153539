-- What was invoiced per party, month and currency. A report: it may be as old as its last
-- refresh without anybody minding, and an exact read pays for what changed since. Hence a
-- materialized view, refreshed as a whole and not more than once a minute.

-- +goose Up
CREATE VIEW source.monthly_invoicing AS
SELECT document.organization_id, 'Person'::text AS canonical_type, document.party_id AS canonical_id,
       document.party_id, party.full_name AS party_name,
       document.issued_on - (EXTRACT(day FROM document.issued_on)::int - 1) AS month, document.currency,
       count(*)::int AS invoice_count, canonical.major(sum(amount.total), document.currency) AS total
FROM canonical.documents AS document
JOIN canonical.people AS party ON party.organization_id = document.organization_id AND party.id = document.party_id
JOIN canonical.document_totals AS amount ON amount.organization_id = document.organization_id AND amount.document_id = document.id
WHERE document.kind = 'invoice' AND document.state = 'approved'
GROUP BY document.organization_id, document.party_id, party.full_name, month, document.currency;

SELECT engine.create_projection('monthly_invoicing', 'materialized_view', '{organization_id,party_id,month,currency}');
UPDATE engine.projections SET minimum_interval = '1 minute' WHERE name = 'monthly_invoicing';
CREATE INDEX monthly_invoicing_month_idx ON projection.monthly_invoicing (organization_id, month, party_id, currency);

-- A document's change can make a month that no stored row has yet: hence the expansions.
SELECT engine.declare_grain('monthly_invoicing', 'party', '{organization_id,party_id}',
    'SELECT DISTINCT d.party_id, d.issued_on - (EXTRACT(day FROM d.issued_on)::int - 1) AS month, d.currency
     FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.party_id = m.party_id');
SELECT engine.declare_grain('monthly_invoicing', 'document', '{organization_id,document_id}',
    'SELECT d.party_id, d.issued_on - (EXTRACT(day FROM d.issued_on)::int - 1) AS month, d.currency
     FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.id = m.document_id');
SELECT engine.declare_grain('monthly_invoicing', 'item', '{organization_id,item_id}',
    'SELECT d.party_id, d.issued_on - (EXTRACT(day FROM d.issued_on)::int - 1) AS month, d.currency
     FROM canonical.document_items i JOIN canonical.documents d ON d.organization_id = i.organization_id AND d.id = i.document_id
     WHERE i.organization_id = m.organization_id AND i.id = m.item_id');
SELECT engine.track('monthly_invoicing', 'canonical.documents', 'party', '{organization_id,party_id}');
SELECT engine.track('monthly_invoicing', 'canonical.document_items', 'document', '{organization_id,document_id}');
SELECT engine.track('monthly_invoicing', 'canonical.document_item_taxes', 'item', '{organization_id,document_item_id}');
SELECT engine.track('monthly_invoicing', 'canonical.people', 'party', '{organization_id,id}', inserts => false);
