-- What lists of money are filtered by, in the order of their days: a rare value is found as fast as a common one. One
-- index cannot have both sides of an account in their order, nor all kinds beside each one: pages are put together.

-- +goose Up
CREATE INDEX money_entry_summaries_voided_idx ON projection.money_entry_summaries (organization_id, kind, occurred_on, money_entry_id) WHERE voided;
ALTER TABLE projection.money_entry_summaries ALTER COLUMN search_text SET STATISTICS 1000;

DROP INDEX projection.transfer_summaries_account_idx;
CREATE INDEX transfer_summaries_from_account_idx ON projection.transfer_summaries (organization_id, from_account_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_to_account_idx ON projection.transfer_summaries (organization_id, to_account_id, occurred_on, transfer_id);
CREATE INDEX transfer_summaries_voided_idx ON projection.transfer_summaries (organization_id, occurred_on, transfer_id) WHERE voided;
ALTER TABLE projection.transfer_summaries ALTER COLUMN search_text SET STATISTICS 1000;

DROP INDEX projection.financial_transactions_account_idx;
CREATE INDEX financial_transactions_from_account_idx ON projection.financial_transactions (organization_id, from_account_id, kind, occurred_on, canonical_type, canonical_id);
CREATE INDEX financial_transactions_to_account_idx ON projection.financial_transactions (organization_id, to_account_id, kind, occurred_on, canonical_type, canonical_id);
-- The kind tells the direction of all others.
CREATE INDEX financial_transactions_direction_idx ON projection.financial_transactions (organization_id, direction, occurred_on, canonical_type, canonical_id) WHERE kind = 'PAYMENT';
CREATE INDEX financial_transactions_voided_idx ON projection.financial_transactions (organization_id, occurred_on, canonical_type, canonical_id) WHERE voided;
ALTER TABLE projection.financial_transactions ALTER COLUMN search_text SET STATISTICS 1000;

CREATE INDEX account_summaries_type_idx ON projection.account_summaries (organization_id, archived, type, code, account_id);

-- +goose Down
DROP INDEX projection.account_summaries_type_idx;
ALTER TABLE projection.financial_transactions ALTER COLUMN search_text SET STATISTICS -1;
DROP INDEX projection.financial_transactions_voided_idx, projection.financial_transactions_direction_idx,
    projection.financial_transactions_to_account_idx, projection.financial_transactions_from_account_idx;
CREATE INDEX financial_transactions_account_idx ON projection.financial_transactions USING gin (account_ids);
ALTER TABLE projection.transfer_summaries ALTER COLUMN search_text SET STATISTICS -1;
DROP INDEX projection.transfer_summaries_voided_idx, projection.transfer_summaries_to_account_idx, projection.transfer_summaries_from_account_idx;
CREATE INDEX transfer_summaries_account_idx ON projection.transfer_summaries USING gin (account_ids);
ALTER TABLE projection.money_entry_summaries ALTER COLUMN search_text SET STATISTICS -1;
DROP INDEX projection.money_entry_summaries_voided_idx;
