-- A person with their addresses, what they owe, and what they have paid in advance.

-- +goose Up
CREATE VIEW source.people_summaries AS
SELECT person.organization_id, person.id AS person_id, 'Person'::text AS canonical_type, person.id AS canonical_id,
       person.version, person.full_name, person.given_name, person.family_name, person.date_of_birth, person.email, person.phone,
       person.is_customer, person.is_vendor, person.is_staff, person.external_ref,
       person.archived_at, person.archived_at IS NOT NULL AS archived, person.created_at, person.updated_at,
       address.address_count, address.addresses, open.balances, open.credits, open.invoice_count,
       canonical.fold(person.full_name || ' ' || COALESCE(person.email, '') || ' ' || COALESCE(person.phone, '') || ' ' || COALESCE(regexp_replace(person.phone, '[^+0-9]+', '', 'g'), '')) AS search_text
FROM canonical.people AS person
CROSS JOIN LATERAL (
    SELECT count(*)::int AS address_count,
           COALESCE(jsonb_agg(jsonb_build_object('id', 'Address:' || a.id::text, 'street', a.street, 'suburb', a.suburb, 'postcode', a.postcode, 'country', a.country_code) ORDER BY a.position), '[]') AS addresses
    FROM canonical.addresses AS a
    WHERE a.organization_id = person.organization_id AND a.person_id = person.id) AS address
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.receivable, b.currency), 'currency', b.currency) ORDER BY b.currency) FILTER (WHERE b.receivable <> 0), '[]') AS balances,
           COALESCE(jsonb_agg(jsonb_build_object('amount', canonical.major(b.unallocated_in, b.currency), 'currency', b.currency) ORDER BY b.currency) FILTER (WHERE b.unallocated_in <> 0), '[]') AS credits,
           COALESCE(sum(b.invoice_count), 0)::int AS invoice_count
    FROM (
        SELECT a.currency, sum(a.receivable) AS receivable, sum(a.unallocated_in) AS unallocated_in, sum(a.invoice_count) AS invoice_count
        FROM exact.party_amounts AS a WHERE a.organization_id = person.organization_id AND a.party_id = person.id GROUP BY a.currency) AS b) AS open;

SELECT engine.create_projection('people_summaries', 'table', '{organization_id,person_id}');

CREATE INDEX people_summaries_full_name_idx ON projection.people_summaries (organization_id, archived, full_name, person_id);
CREATE INDEX people_summaries_created_at_idx ON projection.people_summaries (organization_id, archived, created_at, person_id);
CREATE INDEX people_summaries_updated_at_idx ON projection.people_summaries (organization_id, archived, updated_at, person_id);
CREATE INDEX people_summaries_invoice_count_idx ON projection.people_summaries (organization_id, archived, invoice_count, person_id);
-- Each role may be rare.
CREATE INDEX people_summaries_customers_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_customer;
CREATE INDEX people_summaries_vendors_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_vendor;
CREATE INDEX people_summaries_staff_idx ON projection.people_summaries (organization_id, archived, full_name, person_id) WHERE is_staff;
CREATE INDEX people_summaries_search_idx ON projection.people_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.people_summaries ALTER COLUMN search_text SET STATISTICS 1000;

SELECT engine.track('people_summaries', 'canonical.people', 'key', '{organization_id,id}');
SELECT engine.track('people_summaries', 'canonical.addresses', 'key', '{organization_id,person_id}');
SELECT engine.track('people_summaries', 'canonical.document_amounts', 'key', '{organization_id,party_id}');
SELECT engine.track('people_summaries', 'canonical.payment_amounts', 'key', '{organization_id,party_id}');
