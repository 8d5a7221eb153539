-- A transfer between two accounts.

-- +goose Up
CREATE VIEW source.transfer_summaries AS
SELECT transfer.organization_id, transfer.id AS transfer_id, 'Transfer'::text AS canonical_type, transfer.id AS canonical_id,
       transfer.version, transfer.from_account_id, transfer.to_account_id, transfer.from_store_id, transfer.to_store_id,
       transfer.occurred_on, transfer.currency, trim_scale(transfer.fx_rate) AS fx_rate, transfer.memo, transfer.external_ref,
       transfer.voided_at, transfer.voided_at IS NOT NULL AS voided, transfer.created_at, transfer.updated_at,
       canonical.major(transfer.amount, transfer.currency) AS amount,
       canonical.major(transfer.fee, transfer.currency) AS fee,
       canonical.fold(transfer.memo) AS search_text
FROM canonical.transfers AS transfer;

SELECT engine.create_projection('transfer_summaries', 'table', '{organization_id,transfer_id}');
CREATE INDEX transfer_summaries_occurred_on_idx ON projection.transfer_summaries (organization_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_amount_idx ON projection.transfer_summaries (organization_id, amount, transfer_id);
CREATE INDEX transfer_summaries_created_at_idx ON projection.transfer_summaries (organization_id, created_at, transfer_id);
-- One index cannot have both sides of an account, or of a store, in the order of days: a page of one is merged from the two.
CREATE INDEX transfer_summaries_from_account_idx ON projection.transfer_summaries (organization_id, from_account_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_to_account_idx ON projection.transfer_summaries (organization_id, to_account_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_from_store_idx ON projection.transfer_summaries (organization_id, from_store_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_to_store_idx ON projection.transfer_summaries (organization_id, to_store_id, occurred_on, transfer_id);
-- Voided transfers are few, and are found without reading the others.
CREATE INDEX transfer_summaries_voided_idx ON projection.transfer_summaries (organization_id, occurred_on, transfer_id) WHERE voided;
CREATE INDEX transfer_summaries_search_idx ON projection.transfer_summaries USING gin (search_text gin_trgm_ops);
-- With the usual hundred samples, one that happens to match makes a rare text look so common that the planner walks
-- through everything in the list's order.
ALTER TABLE projection.transfer_summaries ALTER COLUMN search_text SET STATISTICS 1000;

SELECT engine.track('transfer_summaries', 'canonical.transfers', 'key', '{organization_id,id}');
