-- What live payments pay of which document.

-- +goose Up
CREATE VIEW source.document_payments AS
SELECT allocation.organization_id, allocation.id AS allocation_id, 'Payment'::text AS canonical_type, allocation.payment_id AS canonical_id,
       allocation.document_id, canonical.document_type(document.kind) AS document_type, allocation.payment_id, allocation.allocated_on, payment.paid_on, upper(payment.method) AS method, payment.reference, payment.currency,
       canonical.major(allocation.amount, payment.currency) AS amount
FROM canonical.payment_allocations AS allocation
JOIN canonical.payments AS payment ON payment.organization_id = allocation.organization_id AND payment.id = allocation.payment_id
JOIN canonical.documents AS document ON document.organization_id = allocation.organization_id AND document.id = allocation.document_id
WHERE payment.voided_at IS NULL AND allocation.ended_on IS NULL;

SELECT engine.create_projection('document_payments', 'table', '{organization_id,allocation_id}');
CREATE INDEX document_payments_document_idx ON projection.document_payments (organization_id, document_id, paid_on);
CREATE INDEX document_payments_payment_idx ON projection.document_payments (organization_id, payment_id);

-- A payment that comes back to life gains keys that no stored row names: hence the expansion.
SELECT engine.declare_grain('document_payments', 'payment', '{organization_id,payment_id}',
    'SELECT a.id AS allocation_id FROM canonical.payment_allocations a WHERE a.organization_id = m.organization_id AND a.payment_id = m.payment_id');
SELECT engine.declare_grain('document_payments', 'document', '{organization_id,document_id}');
SELECT engine.track('document_payments', 'canonical.payment_allocations', 'key', '{organization_id,id}', within => '{document_id,payment_id}');
SELECT engine.track('document_payments', 'canonical.payments', 'payment', '{organization_id,id}', inserts => false, within => '{payment_id=id}');
SELECT engine.track('document_payments', 'canonical.documents', 'document', '{organization_id,id}', inserts => false, within => '{document_id=id}');
