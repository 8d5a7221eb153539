-- A person with their addresses, what they owe, and what they have paid in advance.

-- +goose Up
CREATE VIEW source.people_summaries AS
SELECT person.organization_id, person.id AS person_id, 'Person'::text AS canonical_type, person.id AS canonical_id,
       person.version, person.full_name, person.given_name, person.family_name, person.date_of_birth, person.email, person.phone,
       person.is_customer, person.is_vendor, person.is_staff, person.external_ref,
       person.archived_at, person.archived_at IS NOT NULL AS archived, person.created_at, person.updated_at,
       address.address_count, address.addresses, balance.balances, credit.credits, invoice.invoice_count,
       canonical.fold(person.full_name || ' ' || COALESCE(person.email, '') || ' ' || COALESCE(person.phone, '') || ' ' || COALESCE(regexp_replace(person.phone, '[^+0-9]+', '', 'g'), '')) AS search_text
FROM canonical.people AS person
CROSS JOIN LATERAL (
    SELECT count(*)::int AS address_count,
           COALESCE(jsonb_agg(jsonb_build_object('id', 'Address:' || a.id::text, 'street', a.street, 'suburb', a.suburb, 'postcode', a.postcode, 'country', a.country_code) ORDER BY a.position), '[]') AS addresses
    FROM canonical.addresses AS a
    WHERE a.organization_id = person.organization_id AND a.person_id = person.id) AS address
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.due, b.currency), 'currency', b.currency) ORDER BY b.currency), '[]') AS balances
    FROM (SELECT d.currency, sum(d.due) AS due FROM canonical.document_amounts AS d
          WHERE d.organization_id = person.organization_id AND d.party_id = person.id AND d.kind = 'invoice' AND d.state = 'approved'
          GROUP BY d.currency HAVING sum(d.due) <> 0) AS b) AS balance
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.credit, b.currency), 'currency', b.currency) ORDER BY b.currency), '[]') AS credits
    FROM (SELECT p.currency, sum(CASE p.direction WHEN 'in' THEN p.amount - l.used ELSE l.used - p.amount END) AS credit
          FROM canonical.payments AS p
          CROSS JOIN LATERAL (SELECT COALESCE(sum(u.amount), 0) AS used FROM canonical.payment_uses AS u
                              WHERE u.organization_id = p.organization_id AND u.payment_id = p.id) AS l
          WHERE p.organization_id = person.organization_id AND p.party_id = person.id AND p.voided_at IS NULL AND p.party_role = 'customer'
          GROUP BY p.currency HAVING sum(CASE p.direction WHEN 'in' THEN p.amount - l.used ELSE l.used - p.amount END) <> 0) AS b) AS credit
CROSS JOIN LATERAL (
    SELECT count(*)::int AS invoice_count FROM canonical.documents AS d
    WHERE d.organization_id = person.organization_id AND d.party_id = person.id AND d.kind = 'invoice' AND d.state <> 'void') AS invoice;

SELECT engine.create_projection('people_summaries', 'table', '{organization_id,person_id}');

CREATE INDEX people_summaries_full_name_idx ON projection.people_summaries (organization_id, archived, full_name, person_id);
CREATE INDEX people_summaries_created_at_idx ON projection.people_summaries (organization_id, archived, created_at, person_id);
CREATE INDEX people_summaries_invoice_count_idx ON projection.people_summaries (organization_id, archived, invoice_count, person_id);
-- Each role may be rare.
CREATE INDEX people_summaries_customers_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_customer;
CREATE INDEX people_summaries_vendors_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_vendor;
CREATE INDEX people_summaries_staff_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_staff;
CREATE INDEX people_summaries_search_idx ON projection.people_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.people_summaries ALTER COLUMN search_text SET STATISTICS 1000;

SELECT engine.declare_grain('people_summaries', 'document', '{organization_id,document_id}',
    'SELECT d.party_id AS person_id FROM canonical.documents d WHERE d.organization_id = m.organization_id AND d.id = m.document_id');
SELECT engine.declare_grain('people_summaries', 'item', '{organization_id,item_id}',
    'SELECT d.party_id AS person_id FROM canonical.document_items i JOIN canonical.documents d ON d.organization_id = i.organization_id AND d.id = i.document_id
     WHERE i.organization_id = m.organization_id AND i.id = m.item_id');
SELECT engine.declare_grain('people_summaries', 'payment', '{organization_id,payment_id}',
    'SELECT p.party_id AS person_id FROM canonical.payments p WHERE p.organization_id = m.organization_id AND p.id = m.payment_id
     UNION ALL
     SELECT d.party_id FROM canonical.payment_allocations a JOIN canonical.documents d ON d.organization_id = a.organization_id AND d.id = a.document_id
     WHERE a.organization_id = m.organization_id AND a.payment_id = m.payment_id');

SELECT engine.track('people_summaries', 'canonical.people', 'key', '{organization_id,id}');
SELECT engine.track('people_summaries', 'canonical.addresses', 'key', '{organization_id,person_id}');
SELECT engine.track('people_summaries', 'canonical.documents', 'key', '{organization_id,party_id}');
SELECT engine.track('people_summaries', 'canonical.payments', 'key', '{organization_id,party_id}');
SELECT engine.track('people_summaries', 'canonical.payments', 'payment', '{organization_id,id}', inserts => false);
SELECT engine.track('people_summaries', 'canonical.document_items', 'document', '{organization_id,document_id}');
SELECT engine.track('people_summaries', 'canonical.document_item_taxes', 'item', '{organization_id,document_item_id}');
SELECT engine.track('people_summaries', 'canonical.payment_allocations', 'document', '{organization_id,document_id}');
SELECT engine.track('people_summaries', 'canonical.payment_allocations', 'payment', '{organization_id,payment_id}');
SELECT engine.track('people_summaries', 'canonical.credit_allocations', 'document', '{organization_id,document_id}');
SELECT engine.track('people_summaries', 'canonical.payment_refunds', 'payment', '{organization_id,payment_id}');
