-- A document with its totals, what is paid and due, and its party's name and address: as they were at approval, of a draft the
-- present ones.

-- +goose Up
CREATE VIEW source.document_summaries AS
SELECT amount.organization_id, amount.document_id, canonical.document_type(amount.kind) AS canonical_type, amount.document_id AS canonical_id,
       amount.kind, document.version, upper(amount.state) AS state, document.number, COALESCE(document.number_value, 0) AS number_value,
       amount.party_id, COALESCE(document.party_name, party.full_name) AS party_name,
       CASE amount.state WHEN 'draft' THEN (
               SELECT canonical.postal_address(a.street, a.suburb, a.postcode, a.country_code) FROM canonical.addresses AS a
               WHERE a.organization_id = party.organization_id AND a.person_id = party.id ORDER BY a.position LIMIT 1)
           ELSE document.party_address END AS party_address,
       amount.issued_on, document.due_on, amount.currency,
       trim_scale(document.fx_rate) AS fx_rate, document.prices_include_tax, upper(document.tax_rounding) AS tax_rounding, document.store_id, document.memo, document.external_ref,
       canonical.major(amount.subtotal, amount.currency) AS subtotal,
       canonical.major(amount.tax, amount.currency) AS tax,
       canonical.major(amount.total, amount.currency) AS total,
       canonical.major(amount.paid, amount.currency) AS paid,
       canonical.major(amount.due, amount.currency) AS due,
       CASE WHEN amount.state <> 'approved' THEN 'NOT_DUE' WHEN amount.due <= 0 THEN 'PAID' WHEN amount.paid > 0 THEN 'PARTIAL' ELSE 'UNPAID' END AS payment_state,
       amount.item_count, document.sent_at, document.approved_at, document.voided_at, document.created_at, document.updated_at,
       canonical.fold(COALESCE(document.number, '') || ' ' || COALESCE(document.party_name, party.full_name) || ' ' || document.memo) AS search_text
FROM canonical.document_amounts AS amount -- it alone tells of most lists whether a document belongs to them; below there always is one
LEFT JOIN canonical.documents AS document ON document.organization_id = amount.organization_id AND document.id = amount.document_id
LEFT JOIN canonical.people AS party ON party.organization_id = document.organization_id AND party.id = document.party_id;

SELECT engine.create_projection('document_summaries', 'table', '{organization_id,document_id}');

CREATE INDEX document_summaries_issued_on_idx ON projection.document_summaries (organization_id, kind, issued_on, document_id);
CREATE INDEX document_summaries_due_on_idx ON projection.document_summaries (organization_id, kind, due_on, document_id);
CREATE INDEX document_summaries_number_idx ON projection.document_summaries (organization_id, kind, number_value, document_id);
CREATE INDEX document_summaries_total_idx ON projection.document_summaries (organization_id, kind, total, document_id);
CREATE INDEX document_summaries_due_idx ON projection.document_summaries (organization_id, kind, due, document_id);
CREATE INDEX document_summaries_party_name_idx ON projection.document_summaries (organization_id, kind, party_name, document_id);
CREATE INDEX document_summaries_created_at_idx ON projection.document_summaries (organization_id, kind, created_at, document_id);
CREATE INDEX document_summaries_updated_at_idx ON projection.document_summaries (organization_id, kind, updated_at, document_id);
CREATE INDEX document_summaries_state_idx ON projection.document_summaries (organization_id, kind, state, issued_on, document_id);
CREATE INDEX document_summaries_payment_state_idx ON projection.document_summaries (organization_id, kind, payment_state, issued_on, document_id);
CREATE INDEX document_summaries_party_idx ON projection.document_summaries (organization_id, party_id, issued_on, document_id);
CREATE INDEX document_summaries_store_idx ON projection.document_summaries (organization_id, kind, store_id, issued_on, document_id);
CREATE INDEX document_summaries_search_idx ON projection.document_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.document_summaries ALTER COLUMN search_text SET STATISTICS 1000;

SELECT engine.declare_grain('document_summaries', 'party', '{organization_id,party_id}');
SELECT engine.track('document_summaries', 'canonical.documents', 'key', '{organization_id,id}', inserts => false, within => '{party_id}');
SELECT engine.track('document_summaries', 'canonical.document_amounts', 'key', '{organization_id,document_id}', within => '{party_id}');
SELECT engine.track('document_summaries', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
SELECT engine.track('document_summaries', 'canonical.addresses', 'party', '{organization_id,person_id}', within => '{party_id=person_id}');
