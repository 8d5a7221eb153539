-- Which part of a credit note reduces which invoice, or of a vendor's which bill.

-- +goose Up
CREATE VIEW source.credit_allocations AS
SELECT credit.organization_id, credit.id AS allocation_id, canonical.document_type(note.kind) AS canonical_type, credit.credit_note_id AS canonical_id,
       credit.credit_note_id, credit.document_id, credit.allocated_on, note.currency, canonical.major(credit.amount, note.currency) AS amount
FROM canonical.credit_allocations AS credit
JOIN canonical.documents AS note ON note.organization_id = credit.organization_id AND note.id = credit.credit_note_id
WHERE credit.ended_on IS NULL;

SELECT engine.create_projection('credit_allocations', 'table', '{organization_id,allocation_id}');
CREATE INDEX credit_allocations_credit_note_idx ON projection.credit_allocations (organization_id, credit_note_id, allocation_id);
CREATE INDEX credit_allocations_document_idx ON projection.credit_allocations (organization_id, document_id, allocation_id);

SELECT engine.declare_grain('credit_allocations', 'credit_note', '{organization_id,credit_note_id}');
SELECT engine.track('credit_allocations', 'canonical.credit_allocations', 'key', '{organization_id,id}', within => '{document_id,credit_note_id}');
SELECT engine.track('credit_allocations', 'canonical.documents', 'credit_note', '{organization_id,id}', inserts => false, within => '{credit_note_id=id}');
