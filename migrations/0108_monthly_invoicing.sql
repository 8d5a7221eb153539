-- What was invoiced per party, month, currency and store, 0 for the office: a sum, and beside it the party's name.

-- +goose Up
SELECT engine.create_sum('invoiced_months', 'Person', 'party_id', '{organization_id,party_id,month,currency,store_id}', ARRAY[
    ['canonical.document_amounts', $$
        SELECT organization_id, party_id, month, currency, store_id, total
        FROM changed WHERE kind = 'invoice' AND state = 'approved'$$]]);

CREATE VIEW source.monthly_invoicing AS
SELECT invoiced.organization_id, 'Person'::text AS canonical_type, invoiced.party_id AS canonical_id, invoiced.party_id, party.full_name AS party_name,
       invoiced.month, invoiced.currency, invoiced.store_id, invoiced.row_count::int AS invoice_count, canonical.major(invoiced.total, invoiced.currency) AS total
FROM exact.invoiced_months AS invoiced
JOIN canonical.people AS party ON party.organization_id = invoiced.organization_id AND party.id = invoiced.party_id;

SELECT engine.create_projection('monthly_invoicing', 'table', '{organization_id,party_id,month,currency,store_id}');
CREATE INDEX monthly_invoicing_month_idx ON projection.monthly_invoicing (organization_id, month, party_id, currency, store_id);

SELECT engine.declare_grain('monthly_invoicing', 'party', '{organization_id,party_id}');
SELECT engine.track('monthly_invoicing', 'canonical.people', 'party', '{organization_id,id}', inserts => false, within => '{party_id=id}');
SELECT engine.track('monthly_invoicing', 'canonical.document_amounts', 'key', '{organization_id,party_id,month,currency,store_id}', within => '{party_id}',
    relevant => 'kind = ''invoice'' AND state = ''approved''');
